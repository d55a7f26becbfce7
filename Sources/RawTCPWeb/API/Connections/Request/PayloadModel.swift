import FoundationEssentials

/// A payload as requests write it: `{"text": …}` xor `{"hex": …}` xor `{"base64": …}`.
package enum PayloadModel {
    /// The members, of which exactly one is there.
    package static let names = ["text", "hex", "base64"]

    /// Reads the payload from an object that has its members.
    package static func read(_ object: inout StrictObject) -> [UInt8]? {
        let given = object.written.intersection(names)
        let text = object.string("text").map { Array($0.utf8) }
        let hex = object.read("hex", "pairs of hexadecimal digits") { $0.text.flatMap(Hex.decode) }
        let base64 = object.read("base64", "Base64 (RFC 4648 §4)") { $0.text.flatMap(Base64.decode) }
        if given.count != 1 {
            object.addFault("must have exactly one of text, hex, base64; it has \(given.count)")
        }
        return text ?? hex ?? base64
    }
}

extension JSON {
    /// The text of a string, nil of anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

/// Hexadecimal text.
package enum Hex {
    /// The octets that the digits stand for. Spaces and line ends between octets are skipped, so that dumps paste.
    package static func decode(_ text: String) -> [UInt8]? {
        var octets: [UInt8] = []
        var high: UInt8?
        for character in text {
            if character.isWhitespace, high == nil { continue }
            guard character.isASCII, let digit = character.hexDigitValue.map(UInt8.init) else { return nil }
            if let first = high {
                octets.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? octets : nil
    }
}

/// Base64 (RFC 4648 §4).
package enum Base64 {
    /// The octets that the text stands for; nil unless it is padded and without anything foreign.
    package static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }

    /// The text that stands for the octets.
    package static func encode(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }
}
