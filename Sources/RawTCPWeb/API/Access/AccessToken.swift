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
    package func matches(_ presented: some StringProtocol) -> Bool { matches(presented.utf8) }

    /// The same for octets: each of them is looked at, whatever those before it were.
    package func matches(_ presented: some Sequence<UInt8>) -> Bool {
        var difference = 0
        var length = 0
        for octet in presented {
            difference |= Int(octet ^ octets[length % octets.count])
            length += 1
        }
        return difference | (length ^ octets.count) == 0
    }
}
