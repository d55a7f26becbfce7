/// How far times may be off, by packetdrill's rule: so much, or a part of the time since the step before where that is more.
/// Scripts are written on hosts whose timers are coarser than ours, and pass there by this rule.
struct ScriptTolerance: Hashable, Sendable {
    /// `--tolerance_usecs`. packetdrill's default.
    var least = Interval.milliseconds(4)
    /// `--tolerance_percent`
    var percent: Double

    /// packetdrill's defaults: timers of Linux may be an eighth late since 4.8, those of FreeBSD a twentieth. Ours are exact.
    init(_ personality: Personality) {
        percent =
            switch personality {
            case .standard: 0
            case .linux: 12.5
            case .freebsd, .freebsd12: 5
            }
    }

    /// For what comes so long after the step before.
    func after(_ interval: Interval) -> Interval { max(least, .seconds(interval.seconds * percent / 100)) }
}
