/// The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words, added up piece by piece.
///
/// A piece may have an odd number of octets: the next one then continues in the middle of a word.
package struct Checksum: Sendable {
    /// A sum of words in this machine's byte order. RFC 1071 §2(B): the sum is independent of the byte order, so that
    /// one swap at the end is enough.
    private var sum: UInt64 = 0
    /// The octets added so far are odd in number.
    private var isOdd = false

    package init() {}

    /// Adds octets.
    package mutating func add(_ octets: RawSpan) {
        octets.withUnsafeBytes { add($0) }
    }

    /// Adds octets.
    package mutating func add(_ octets: UnsafeRawBufferPointer) {
        let piece = Self.foldOnce(Self.wideSum(octets))
        // A word that starts at an odd octet has its halves swapped (RFC 1071 §2(B) again).
        add(native: isOdd ? UInt64(UInt16(truncatingIfNeeded: Self.fold(piece)).byteSwapped) : piece)
        if octets.count & 1 != 0 { isOdd.toggle() }
    }

    /// Adds 32-bit words, whose sum in the machine's byte order this is. The octets before them must be even in number.
    package mutating func add(sumOfWords words: UInt64) {
        assert(!isOdd, "words after an odd number of octets")
        add(native: words)
    }

    /// Adds the pseudo-header of RFC 9293 §3.1 (RFC 8200 §8.1 for IPv6): both addresses, the protocol, and the octets of
    /// TCP header and text.
    package mutating func addPseudoHeader(
        source: IPAddress, destination: IPAddress, protocolNumber: UInt8 = 6, length: Int
    ) {
        assert(!isOdd, "a pseudo-header after an odd number of octets")
        add(source)
        add(destination)
        add(native: UInt64(UInt16(protocolNumber).bigEndian))
        add(native: UInt64(UInt32(truncatingIfNeeded: length).bigEndian))
    }

    /// The sum folded to 16 bits, not complemented.
    package var folded: UInt16 { UInt16(bigEndian: Self.fold(sum)) }

    /// The value for a header's checksum field: the complement of the sum.
    package func finished() -> UInt16 { ~folded }

    private mutating func add(_ address: IPAddress) {
        add(native: Self.foldOnce(address.high.bigEndian))
        add(native: Self.foldOnce(address.low.bigEndian))
    }

    @inline(__always)
    private mutating func add(native words: UInt64) {
        let (total, carry) = sum.addingReportingOverflow(words)
        sum = total &+ (carry ? 1 : 0)
    }

    @inline(__always)
    private static func foldOnce(_ wide: UInt64) -> UInt64 { (wide & 0xffff_ffff) &+ wide >> 32 }

    private static func fold(_ wide: UInt64) -> UInt16 {
        // Added to itself with its halves swapped, a number has in its upper half the sum of both, the carry of the lower one included.
        let half = UInt32(truncatingIfNeeded: (wide &+ (wide << 32 | wide >> 32)) >> 32)
        return UInt16(truncatingIfNeeded: (half &+ (half << 16 | half >> 16)) >> 16)
    }

    /// The sum of the octets as 32-bit halves of wide lanes, so that no carry is lost: up to 2³² × 32 octets.
    ///
    /// Σ low = Σ word − 2³² Σ high, and less than 2⁶⁴: that the sum of the words overflows does no harm. It costs one operation less
    /// than to mask each word.
    private static func wideSum(_ octets: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = octets.baseAddress else { return 0 }
        var offset = 0
        var sum: UInt64 = 0
        if octets.count >= 64 {
            var words = SIMD4<UInt64>.zero
            var highs = SIMD4<UInt64>.zero
            while offset <= octets.count - 64 {
                let a = base.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
                let b = base.loadUnaligned(fromByteOffset: offset + 32, as: SIMD4<UInt64>.self)
                words &+= a &+ b
                highs &+= (a &>> 32) &+ (b &>> 32)
                offset += 64
            }
            let lows = words &- (highs &<< 32)
            sum = (lows &+ highs).wrappedSum()
        }
        while offset <= octets.count - 8 {
            sum &+= foldOnce(base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        if offset <= octets.count - 4 {
            sum &+= UInt64(base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            offset += 4
        }
        if offset <= octets.count - 2 {
            sum &+= UInt64(base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            offset += 2
        }
        if offset < octets.count {
            // RFC 1071 §4.1: the last octet counts as if a zero followed.
            sum &+= UInt64(UInt16(base.load(fromByteOffset: offset, as: UInt8.self)).littleEndian)
        }
        return sum
    }

    /// The same sum word by word, as RFC 1071 §4.1 writes it: the measure for the fast one.
    package static func scalar(_ octets: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for at in stride(from: 0, to: octets.count, by: 2) {
            sum += UInt32(octets[at]) << 8 | (at + 1 < octets.count ? UInt32(octets[at + 1]) : 0)
            sum = (sum & 0xffff) + sum >> 16
        }
        return UInt16(sum)
    }
}
