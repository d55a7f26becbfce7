import Glibc

/// What an ordinary socket is told of a connection; nil leaves it to the kernel.
package struct KernelSettings: Sendable {
    package var ttl: UInt8?
    package var dscp: UInt8?
    package var noDelay: Bool?
    package var mss: UInt16?
    /// The kernel's name of an algorithm: `cubic`, `reno`.
    package var congestion: String?
    /// Zero: the kernel's own R2.
    package var userTimeout: Interval?
    package var probing: Probing?
    /// Octets of text that may wait on either side.
    package var receiveBuffer: Int?
    package var sendBuffer: Int?

    package init() {}

    /// Keep-alives.
    package enum Probing: Sendable {
        case off
        case on(idleSeconds: Int32, intervalSeconds: Int32, count: Int32)
    }

    /// The settings, by the name that stands in the `.system` of one that failed.
    package enum Name: String, CaseIterable, Sendable {
        case ttl = "IP_TTL"
        case dscp = "IP_TOS"
        case noDelay = "TCP_NODELAY"
        case mss = "TCP_MAXSEG"
        case congestion = "TCP_CONGESTION"
        case userTimeout = "TCP_USER_TIMEOUT"
        case probing = "SO_KEEPALIVE"
        case receiveBuffer = "SO_RCVBUF"
        case sendBuffer = "SO_SNDBUF"
        case fastOpen = "MSG_FASTOPEN"
    }

    /// Tells the socket.
    ///
    /// - Throws: `.system` with a `Name` for what it would not take.
    func apply(to descriptor: Int32, _ family: IPAddress.Family) throws(LinkError) {
        func set(_ call: Name, _ level: Int32, _ option: Int32, _ value: Int32) throws(LinkError) {
            var value = value
            guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw .system(call: call.rawValue, errno: errno)
            }
        }
        let (ip, tcp) = (Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6), Int32(IPPROTO_TCP))
        if let ttl { try set(.ttl, ip, family == .v4 ? IP_TTL : IPV6_UNICAST_HOPS, Int32(ttl)) }
        if let dscp { try set(.dscp, ip, family == .v4 ? IP_TOS : IPV6_TCLASS, Int32(dscp) << 2) }
        if let noDelay { try set(.noDelay, tcp, TCP_NODELAY, noDelay ? 1 : 0) }
        if let mss { try set(.mss, tcp, TCP_MAXSEG, Int32(mss)) }
        if let userTimeout {
            try set(.userTimeout, tcp, TCP_USER_TIMEOUT, Int32(clamping: userTimeout.nanoseconds / 1_000_000))
        }
        switch probing {
        case .off: try set(.probing, SOL_SOCKET, SO_KEEPALIVE, 0)
        case .on(let idle, let interval, let count):
            try set(.probing, tcp, TCP_KEEPIDLE, idle)
            try set(.probing, tcp, TCP_KEEPINTVL, interval)
            try set(.probing, tcp, TCP_KEEPCNT, count)
            try set(.probing, SOL_SOCKET, SO_KEEPALIVE, 1)
        case nil: break
        }
        if let receiveBuffer { try setBuffer(.receiveBuffer, SO_RCVBUF, SO_RCVBUFFORCE, receiveBuffer, of: descriptor) }
        if let sendBuffer { try setBuffer(.sendBuffer, SO_SNDBUF, SO_SNDBUFFORCE, sendBuffer, of: descriptor) }
        if let congestion { try setCongestion(congestion, of: descriptor) }
    }

    /// socket(7): "The kernel doubles this value (to allow space for bookkeeping overhead)". Beyond net.core.rmem_max it takes less
    /// without a word, unless the process has CAP_NET_ADMIN and forces it.
    private func setBuffer(
        _ call: Name, _ option: Int32, _ forced: Int32, _ octets: Int, of descriptor: Int32
    ) throws(LinkError) {
        var value = Int32(clamping: min(octets, Int(Int32.max) / 2))
        let wanted = value * 2
        let length = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(descriptor, SOL_SOCKET, forced, &value, length) != 0 {
            guard setsockopt(descriptor, SOL_SOCKET, option, &value, length) == 0 else {
                throw .system(call: call.rawValue, errno: errno)
            }
        }
        var held: Int32 = 0
        var size = length
        getsockopt(descriptor, SOL_SOCKET, option, &held, &size)
        guard held >= wanted else { throw .system(call: call.rawValue, errno: ENOBUFS) }
    }

    private func setCongestion(_ name: String, of descriptor: Int32) throws(LinkError) {
        let octets = Array(name.utf8)
        let result = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, octets, socklen_t(octets.count))
        guard result == 0 else { throw .system(call: Name.congestion.rawValue, errno: errno) }
    }
}

/// What the host sets for all sockets, and no socket for itself.
package enum KernelSwitch: String, Sendable {
    case windowScale = "net.ipv4.tcp_window_scaling"
    case sack = "net.ipv4.tcp_sack"
    case timestamps = "net.ipv4.tcp_timestamps"
    case ecn = "net.ipv4.tcp_ecn"

    /// Whether a SYN of this host offers it; nil if the kernel does not tell.
    package var isOn: Bool? {
        let path = "/proc/sys/" + rawValue.split(separator: ".").joined(separator: "/")
        guard let value = try? ProcFile.numbers(path).first else { return nil }
        // tcp_ecn: 0, 2 (the default) and 5 make no offers (Documentation/networking/ip-sysctl.rst).
        return self == .ecn ? ![0, 2, 5].contains(value) : value != 0
    }
}
