package import Engine

/// A lease as answers show it.
enum LeaseModel {
    /// `{"expiresAt": …}`, or null for what stays.
    static func json(_ expiry: Instant?, wallTime: (Instant) -> Int64) -> JSON {
        expiry.map { ["expiresAt": .string(Timestamp.text(nanoseconds: wallTime($0)))] } ?? .null
    }
}

extension StrictObject {
    /// A lease: how long the resource stays unless renewed. nil: not named; null inside: for ever.
    package mutating func lease() -> Interval?? {
        guard has("lease") else { return nil }
        return .some(interval("lease", in: .milliseconds(1)...(.milliseconds(86_400_000))))
    }
}
