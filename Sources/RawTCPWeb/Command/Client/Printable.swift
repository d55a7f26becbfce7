import Engine

/// Text for a terminal, which nobody's octets may drive.
enum Printable {
    /// The octets as text: printable ASCII as it is, everything else as `\xNN`.
    static func text(_ octets: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for octet in octets {
            if (0x20...0x7e).contains(octet) {
                text.append(octet)
            } else {
                text += "\\x\(String(octet, radix: 16, width: 2))".utf8
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The same for text of many lines: line feeds and tabs stay.
    static func lines(_ octets: some Sequence<UInt8>) -> String {
        octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { text($0) }
                .joined(separator: "\t")
        }.joined(separator: "\n")
    }
}
