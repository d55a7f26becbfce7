/// The secret that callers must present.
package struct AccessToken: Sendable {
    /// Longer ones would not fit a header field comfortably.
    package static let longest = 512

    private let octets: [UInt8]

    /// A token of 1 to 512 printable ASCII characters without spaces; nil if the text is none.
    package init?(_ text: some StringProtocol) {
        octets = Array(text.utf8)
        guard 1...Self.longest ~= octets.count, octets.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    }

    /// Whether `presented` is the token. Takes the same time wherever they differ, so that a caller who measures learns
    /// at most the length of what it sent itself.
    package func matches(_ presented: some StringProtocol) -> Bool {
        var difference = octets.count ^ presented.utf8.count
        for (index, octet) in presented.utf8.enumerated() {
            difference |= Int(octet ^ octets[index % octets.count])
        }
        return difference == 0
    }
}
