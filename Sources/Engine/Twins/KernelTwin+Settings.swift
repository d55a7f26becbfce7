import Glibc

/// What a connection by the kernel is asked for: told to its socket, or refused by the member's name.
extension OpenRequest {
    /// What the socket is told.
    ///
    /// - Throws: `.invalidRequest` naming the first member that no socket can be told.
    func kernelSettings() throws(EngineError) -> KernelSettings {
        if let refused = beyondTheKernel.first {
            throw .invalidRequest(member: refused.member, detail: "\(refused.reason); with engine: kernel leave it out")
        }
        for (setting, member, wanted) in hostSwitches where written.contains(member) || !wanted {
            guard let isOn = setting.isOn, isOn != wanted else { continue }
            throw .invalidRequest(
                member: member,
                detail: "is a setting of the host, \(setting.rawValue), which has it \(isOn ? "on" : "off")")
        }
        var settings = KernelSettings()
        (settings.ttl, settings.dscp, settings.noDelay) = (options.ttl, options.dscp, !options.nagle)
        (settings.mss, settings.userTimeout) = (options.mss, options.userTimeout)
        settings.probing = try options.keepAlive?.kernelProbing()
        // Our defaults are not the kernel's: unasked, its buffers grow by themselves, and its congestion control is the host's.
        if asks("receiveBuffer", options.receiveBuffer != standard.receiveBuffer) {
            settings.receiveBuffer = options.receiveBuffer
        }
        if asks("sendBuffer", options.sendBuffer != standard.sendBuffer) { settings.sendBuffer = options.sendBuffer }
        if asks("congestion", options.congestion != standard.congestion) {
            settings.congestion = try options.congestion.kernelName()
        }
        return settings
    }

    private var standard: ConnectionOptions { ConnectionOptions() }

    private func asks(_ member: String, _ differs: Bool) -> Bool { written.contains(member) || differs }

    private var hostSwitches: [(KernelSwitch, member: String, wanted: Bool)] {
        var switches: [(KernelSwitch, member: String, wanted: Bool)] = [
            (.windowScale, "windowScale", options.windowScale != nil), (.sack, "sack", options.sack),
            (.timestamps, "timestamps", options.timestamps),
        ]
        // Off is our default and Linux's: only who says so means it.
        if asks("ecn", options.ecn) { switches.append((.ecn, "ecn", options.ecn)) }
        return switches
    }

    /// The members asked for that no socket has a setting for, with the reason.
    private var beyondTheKernel: [(member: String, reason: String)] {
        let isScaleAsked =
            options.windowScale != nil && asks("windowScale", options.windowScale != standard.windowScale)
        let members: [(member: String, isAsked: Bool, reason: String)] = [
            ("personality", options.habits != standard.habits, "the kernel looks like itself"),
            ("initialSequence", initialSequence != nil, "the kernel chooses its own numbers"),
            ("customOptions", !options.customOptions.isEmpty, "the kernel sends no options but its own"),
            ("windowScale", isScaleAsked, "the kernel's shift follows from net.ipv4.tcp_rmem"),
            (
                "userTimeoutOption", options.userTimeoutOption,
                "the kernel does not announce its user timeout (RFC 5482)"
            ),
            ("delayedAck", !options.delayedAck, "TCP_QUICKACK holds for a moment only"),
            ("timeWait", asks("timeWait", options.timeWait != standard.timeWait), "the kernel's takes 60 s, always"),
            (
                "timeWaitReset", asks("timeWaitReset", options.timeWaitReset != standard.timeWaitReset),
                "is a setting of the host, net.ipv4.tcp_rfc1337"
            ),
            ("reuseTimeWait", options.reuseTimeWait, "is a setting of the host, net.ipv4.tcp_tw_reuse"),
            (
                "guard", written.contains("guard") && options.guardKind != .none,
                "the kernel knows the connection and needs no guard against itself"
            ),
            ("lossDetection", options.lossDetection != standard.lossDetection, "the kernel's is net.ipv4.tcp_recovery"),
        ]
        return members.filter(\.isAsked).map { ($0.member, $0.reason) }
    }
}

extension ConnectionChange {
    /// What a living socket is told.
    ///
    /// - Throws: `.invalidRequest` naming the first member that no socket can be told.
    func kernelSettings() throws(EngineError) -> KernelSettings {
        let beyond: [(member: String, isAsked: Bool)] = [
            ("customOptions", customOptions.map { !$0.isEmpty } ?? false), ("delayedAck", delayedAck == false),
            ("timeWait", timeWait != nil), ("timeWaitReset", timeWaitReset != nil),
        ]
        if let member = beyond.first(where: \.isAsked)?.member {
            throw .invalidRequest(member: member, detail: "of a connection by the kernel it cannot be changed")
        }
        var settings = KernelSettings()
        (settings.ttl, settings.dscp, settings.noDelay) = (ttl, dscp, nagle.map { !$0 })
        if let userTimeout { settings.userTimeout = userTimeout ?? .zero }
        if let keepAlive { settings.probing = try keepAlive?.kernelProbing() ?? .off }
        settings.congestion = try congestion?.kernelName()
        return settings
    }
}

extension CongestionAlgorithm {
    fileprivate func kernelName() throws(EngineError) -> String {
        switch self {
        case .cubic: return "cubic"
        case .newreno: return "reno"
        case .none:
            throw .invalidRequest(
                member: "congestion", detail: "the kernel always controls it; with engine: kernel give cubic or newreno"
            )
        }
    }
}

extension KeepAlive {
    /// Linux takes whole seconds up to 32,767 and at most 127 probes (include/net/tcp.h: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPCNT).
    fileprivate func kernelProbing() throws(EngineError) -> KernelSettings.Probing {
        let second: Int64 = 1_000_000_000
        for time in [idle, interval]
        where time.nanoseconds % second != 0 || !(1...32_767).contains(time.nanoseconds / second) {
            throw .invalidRequest(
                member: "keepAlive", detail: "the kernel takes whole seconds from 1 to 32767, not \(time.seconds) s")
        }
        guard count <= 127 else {
            throw .invalidRequest(member: "keepAlive", detail: "the kernel sends at most 127 probes, not \(count)")
        }
        return .on(
            idleSeconds: Int32(idle.nanoseconds / second), intervalSeconds: Int32(interval.nanoseconds / second),
            count: Int32(count))
    }
}

extension Engine {
    /// The error for what a socket would not take.
    static func refusedSetting(_ call: String, _ errno: Int32) -> EngineError {
        guard let setting = KernelSettings.Name(rawValue: call) else { return .system(call: call, errno: errno) }
        return .invalidRequest(member: setting.member, detail: "\(setting.refusal) (\(call): errno \(errno))")
    }
}

extension KernelSettings.Name {
    /// The member of a request that it comes from.
    var member: String {
        switch self {
        case .ttl: "ttl"
        case .dscp: "dscp"
        case .noDelay: "nagle"
        case .mss: "mss"
        case .congestion: "congestion"
        case .userTimeout: "userTimeout"
        case .probing: "keepAlive"
        case .receiveBuffer: "receiveBuffer"
        case .sendBuffer: "sendBuffer"
        case .fastOpen: "fastOpen"
        }
    }

    fileprivate var refusal: String {
        switch self {
        case .congestion: "the kernel lets this process choose among: \(Self.sysctl("tcp_allowed_congestion_control"))"
        case .mss: "the kernel takes 88 to 32767"
        case .receiveBuffer: "the kernel takes at most net.core.rmem_max"
        case .sendBuffer: "the kernel takes at most net.core.wmem_max"
        case .fastOpen: "the host does not allow it: net.ipv4.tcp_fastopen is \(Self.sysctl("tcp_fastopen"))"
        case .ttl, .dscp, .noDelay, .userTimeout, .probing: "the kernel does not take this value"
        }
    }

    private static func sysctl(_ name: String) -> String {
        let text = (try? ProcFile.read("/proc/sys/net/ipv4/\(name)")) ?? "unknown"
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
