/// Names a connection within one run of the engine; printed `c1`, `c2`, …
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Reads `c1`; nil for anything else.
    public init?(_ text: String) {
        guard text.first == "c", text.utf8.count <= 11, let number = UInt32(text.dropFirst()), number > 0,
            String(number) == text.dropFirst()
        else { return nil }
        rawValue = number
    }

    public var description: String { "c\(rawValue)" }
}
