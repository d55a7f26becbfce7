/// Percent-decoding (RFC 3986 §2.1).
package enum PercentEncoding {
    /// The octets that `text` stands for. A percent sign without two hexadecimal digits stands for itself.
    package static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8] {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }) else {
            return Array(text)
        }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count)
        var rest = text[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), let high = rest.first?.hexValue, let low = rest.dropFirst().first?.hexValue {
                octets.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                octets.append(plusIsSpace && octet == UInt8(ascii: "+") ? .space : octet)
            }
        }
        return octets
    }

    /// The parameters of a query, in their order: percent- and plus-decoded, as forms encode them.
    package static func parameters(ofQuery query: String) -> [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
            let equals = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.endIndex
            return (
                name: decode(parameter[..<equals], plusIsSpace: true).text,
                value: decode(parameter[equals...].dropFirst(), plusIsSpace: true).text
            )
        }
    }
}
