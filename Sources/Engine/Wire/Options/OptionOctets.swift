/// Up to forty octets of TCP options as they stand in a header, kind and length included, without any allocation.
///
/// Forty is what the data offset leaves: 15 words less the 5 of the fixed header (RFC 9293 §3.1).
package struct OptionOctets: Sendable {
    package static let capacity = 40

    private var octets = InlineArray<40, UInt8>(repeating: 0)
    private var length: UInt8 = 0

    package init() {}

    /// These octets; nil if they are more than fit.
    package init?(_ octets: [UInt8]) {
        guard append(octets.span.bytes) else { return nil }
    }

    /// Octets held.
    package var count: Int { Int(length) }
    package var isEmpty: Bool { length == 0 }

    /// Octets that they take in a header: filled up to a word.
    package var paddedCount: Int { (count + 3) & ~3 }

    /// The octet in this place.
    package subscript(index: Int) -> UInt8 {
        precondition(index < count, "octet \(index) of \(count)")
        return octets[index]
    }

    /// The four octets from `index` on, the first one most significant; behind the last one there are zeros.
    ///
    /// RFC 9293 §3.1, MUST-69: "The content of the header beyond the End of Option List Option MUST be header padding of zeros"; a
    /// zero is that option too.
    package func word(at index: Int) -> UInt32 {
        (index..<index + 4).reduce(0) { $0 << 8 | UInt32($1 < count ? octets[$1] : 0) }
    }

    /// The octets as an array.
    package var array: [UInt8] { (0..<count).map { octets[$0] } }

    /// Adds octets behind the others; false, and nothing happens, if they do not all fit.
    @discardableResult
    package mutating func append(_ added: RawSpan) -> Bool {
        guard added.byteCount <= Self.capacity - count else { return false }
        for index in 0..<added.byteCount { octets[count + index] = added.readUInt8(at: index) }
        length += UInt8(added.byteCount)
        return true
    }

    /// Adds the octets of another list behind these; false, and nothing happens, if they do not all fit.
    @discardableResult
    package mutating func append(_ other: OptionOctets) -> Bool {
        guard other.count <= Self.capacity - count else { return false }
        for index in 0..<other.count { octets[count + index] = other.octets[index] }
        length += other.length
        return true
    }

    /// Adds one option: its kind, its length, and `data`. False, and nothing happens, if it does not fit.
    @discardableResult
    package mutating func append(kind: UInt8, data: [UInt8]) -> Bool {
        guard data.count + 2 <= Self.capacity - count else { return false }
        return append(([kind, UInt8(data.count + 2)] + data).span.bytes)
    }

    /// The octets behind kind and length of the first option of this kind; nil if there is none.
    package func data(ofKind kind: UInt8) -> [UInt8]? {
        var at = 0
        while at + 1 < count {
            if octets[at] == 1 {
                at += 1
                continue
            }
            let size = Int(octets[at + 1])
            guard size >= 2, at + size <= count else { return nil }
            if octets[at] == kind { return (at + 2..<at + size).map { octets[$0] } }
            at += size
        }
        return nil
    }
}

extension OptionOctets: Hashable {
    package static func == (a: Self, b: Self) -> Bool {
        a.length == b.length && (0..<a.count).allSatisfy { a.octets[$0] == b.octets[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(octets[index]) }
    }
}
