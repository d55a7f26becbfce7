/// Classes of octets in RFC 9110 and RFC 3986, as bit sets: no table to load, no branch per member.
extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// RFC 9110 §5.6.2: tchar.
    var isToken: Bool { isMember(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }

    /// RFC 9110 §5.5: what a field's value may hold: HTAB, SP, VCHAR and obs-text.
    var isFieldContent: Bool { self >= 0x20 ? self != 0x7F : self == .tab }

    /// RFC 3986 §2.3 and §2.2: unreserved or sub-delims, the plain characters of a host name.
    var isRegisteredName: Bool { isMember(0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE) }

    /// What a request target may hold: visible ASCII without `#`. RFC 3986 leaves out `"<>[]\^`{|}` too, but the
    /// WHATWG URL standard does not, and so browsers send them.
    var isTarget: Bool { self > 0x20 && self < 0x7F && self != UInt8(ascii: "#") }

    var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    /// ASCII letters in lower case; everything else unchanged.
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// Membership in a set of ASCII octets, given as one bit for each of 0–63 and of 64–127.
    private func isMember(_ low: UInt64, _ high: UInt64) -> Bool {
        switch self >> 6 {
        case 0: low >> (self & 63) & 1 == 1
        case 1: high >> (self & 63) & 1 == 1
        default: false
        }
    }
}

extension Collection<UInt8> {
    /// Whether these octets are `text`, which is in lower case, in any case.
    func isEqualIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return zip(self, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            .allSatisfy { $0.lowercased == $1 }
    }

    /// These octets as text.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension BidirectionalCollection<UInt8> where SubSequence == Self {
    /// Without optional whitespace at both ends (RFC 9110 §5.6.3).
    var trimmed: Self {
        var slice = self
        while let octet = slice.first, octet == .space || octet == .tab { slice.removeFirst() }
        while let octet = slice.last, octet == .space || octet == .tab { slice.removeLast() }
        return slice
    }
}
