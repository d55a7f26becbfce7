extension String {
    /// Octets as text that cannot drive a terminal: printable ASCII as it is, everything else as `\xNN`, and a backslash
    /// doubled so that the text can be read back.
    package init(printable octets: some Sequence<UInt8>) {
        var text: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\\"): text += Array("\\\\".utf8)
            case 0x20...0x7e: text.append(octet)
            default: text += Array("\\x".utf8) + [digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        self = String(decoding: text, as: UTF8.self)
    }
}
