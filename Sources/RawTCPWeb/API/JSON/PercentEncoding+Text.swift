import Engine

extension PercentEncoding {
    /// The text with everything but unreserved characters (RFC 3986 §2.3) escaped.
    package static func encode(_ text: String) -> String {
        let octets = text.utf8.flatMap { octet -> [UInt8] in
            switch octet {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [octet]
            default: [UInt8(ascii: "%")] + Array(String(octet, radix: 16, width: 2).uppercased().utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
