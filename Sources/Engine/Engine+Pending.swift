// A stand-in until the doctor is there.
extension Engine {
    /// Proves what works on this host.
    public func diagnose() async -> DoctorReport { DoctorReport(checks: []) }
}

/// What the doctor found.
public struct DoctorReport: Sendable {
    public enum Verdict: String, Sendable {
        case pass
        case warn
        case fail
    }
    public struct Check: Sendable {
        public var name: String
        public var verdict: Verdict
        public var detail: String
        public var remedy: String?
    }
    public var checks: [Check]
}
