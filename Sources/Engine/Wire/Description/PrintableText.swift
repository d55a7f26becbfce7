extension String {
    /// Octets as text that cannot drive a terminal: printable ASCII as it is, everything else as `\xNN`, and a backslash
    /// doubled so that the text can be read back.
    package init(printable octets: some Sequence<UInt8>) {
        var text: [UInt8] = []
        text.reserveCapacity(octets.underestimatedCount)
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\\"): text.append(contentsOf: [octet, octet])
            case 0x20...0x7e: text.append(octet)
            default:
                text.append(UInt8(ascii: "\\"))
                text.append(UInt8(ascii: "x"))
                text.append(Self.digit(octet >> 4))
                text.append(Self.digit(octet & 15))
            }
        }
        self = String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
