/// A TCP sequence number: a position in a ring of 2³² (RFC 9293 §3.4).
///
/// `<` compares along the shorter way round the ring. The type is deliberately not `Comparable`: the relation is not
/// transitive, so `max`, `sort` and ranges must not compile.
public struct SequenceNumber: Hashable, Sendable {
    /// The 32 bits as they stand in the header.
    public var rawValue: UInt32

    /// Makes the sequence number that stands in a header as `rawValue`.
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// True if `a` comes before `b` on the shorter way round.
    @inlinable public static func < (a: Self, b: Self) -> Bool { Int32(bitPattern: a.rawValue &- b.rawValue) < 0 }
    /// True if `a` comes before `b`, or is `b`.
    @inlinable public static func <= (a: Self, b: Self) -> Bool { Int32(bitPattern: a.rawValue &- b.rawValue) <= 0 }
    /// True if `a` comes after `b` on the shorter way round.
    @inlinable public static func > (a: Self, b: Self) -> Bool { b < a }
    /// True if `a` comes after `b`, or is `b`.
    @inlinable public static func >= (a: Self, b: Self) -> Bool { b <= a }

    /// The position `octets` further on, modulo 2³².
    @inlinable public static func + (a: Self, octets: Int) -> Self {
        Self(a.rawValue &+ UInt32(truncatingIfNeeded: octets))
    }
    /// The position `octets` back, modulo 2³².
    @inlinable public static func - (a: Self, octets: Int) -> Self {
        Self(a.rawValue &- UInt32(truncatingIfNeeded: octets))
    }
    /// The signed distance from `b` to `a`, −2³¹ ..< 2³¹.
    @inlinable public static func - (a: Self, b: Self) -> Int { Int(Int32(bitPattern: a.rawValue &- b.rawValue)) }
    /// Moves on by `octets`, modulo 2³².
    @inlinable public static func += (a: inout Self, octets: Int) { a = a + octets }

    /// True if the number lies in `start ..< start + length`; never for an empty window.
    @inlinable public func isWithin(_ start: Self, length: Int) -> Bool {
        Int(rawValue &- start.rawValue) < length
    }
}

extension SequenceNumber: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
