/// Names a connection within one run of the engine: one of ours, `c1`, `c2`, …, or one of the kernel's that is observed, `o1`.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    /// Set in the numbers of observations, so that a record names either in 32 bits.
    private static let observationBit: UInt32 = 1 << 31

    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The name of an observation.
    public init(observation number: UInt32) { rawValue = number | Self.observationBit }

    /// Reads `c1` or `o1`; nil for anything else.
    public init?(_ text: String) {
        guard let letter = text.first, letter == "c" || letter == "o", text.utf8.count <= 11,
            let number = UInt32(text.dropFirst()), number > 0, number < Self.observationBit,
            String(number) == text.dropFirst()
        else { return nil }
        rawValue = letter == "o" ? number | Self.observationBit : number
    }

    /// The connection is the kernel's, and observed.
    public var isObservation: Bool { rawValue & Self.observationBit != 0 }

    public var description: String { isObservation ? "o\(rawValue & ~Self.observationBit)" : "c\(rawValue)" }
}
