/// What must be under a name for something to be put there.
public enum Standing: Hashable, Sendable {
    case either
    /// Nothing: what is there is not replaced.
    case absent
    /// Something: nothing new is made.
    case present

    /// Whether something may be put under the name.
    public func allows(isThere: Bool) -> Bool {
        switch self {
        case .either: true
        case .absent: !isThere
        case .present: isThere
        }
    }
}
