/// The options that a connection began with, as shell lines and calls of a script.
struct ReplaySettings {
    private let options: ConnectionOptions
    private let base: ConnectionOptions
    private let isActive: Bool

    init(_ use: ConnectionUse, isActive: Bool) {
        options = use.options
        base = Personality(of: use.options).options
        self.isActive = isActive
    }

    /// From the settings to `connect` or `listen`.
    var lines: [String] {
        var lines = switches.map { "`sysctl -q \($0)`" }
        lines.append("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3")
        lines += socketOptions.map { "+0 setsockopt(3, \($0)) = 0" }
        guard isActive else { return lines + ["+0 bind(3, ..., ...) = 0", "+0 listen(3, 8) = 0"] }
        return lines + ["+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0"]
    }

    private var switches: [String] {
        var switches: [String] = []
        if let shift = options.windowScale {
            // The third number gives the shift; SO_RCVBUF says the buffer.
            if shift != base.windowScale {
                switches.append("net.ipv4.tcp_rmem=\"4096 8192 \(1 << (Int(shift) + 15))\"")
            }
        } else {
            switches.append("net.ipv4.tcp_window_scaling=0")
        }
        if !options.sack { switches.append("net.ipv4.tcp_sack=0") }
        if !options.timestamps { switches.append("net.ipv4.tcp_timestamps=0") }
        switches.append("net.ipv4.tcp_ecn=\(options.ecn ? 1 : 0)")
        if options.sendBuffer != base.sendBuffer {
            switches.append("net.ipv4.tcp_wmem=\"4096 16384 \(options.sendBuffer)\"")
        }
        if options.congestion != base.congestion {
            switches.append("net.ipv4.tcp_congestion_control=\(options.congestion.rawValue)")
        }
        if options.lossDetection == .sack { switches.append("net.ipv4.tcp_recovery=0") }
        if options.timeWaitReset != base.timeWaitReset {
            switches.append("net.ipv4.tcp_rfc1337=\(options.timeWaitReset == .ignore ? 1 : 0)")
        }
        if options.timeWait != base.timeWait {
            switches.append("net.inet.tcp.msl=\(options.timeWait.nanoseconds / 2_000_000)")
        }
        return switches
    }

    private var socketOptions: [String] {
        var calls: [String] = []
        // Linux lets a buffer grow whose size nobody has chosen.
        if options.habits.receiveMemory?.isFixed != false || options.receiveBuffer != base.receiveBuffer {
            calls.append("SOL_SOCKET, SO_RCVBUF, [\(options.receiveBuffer)], 4")
        }
        if options.nagle != base.nagle { calls.append("SOL_TCP, TCP_NODELAY, [\(options.nagle ? 0 : 1)], 4") }
        if !options.delayedAck { calls.append("SOL_TCP, TCP_QUICKACK, [1], 4") }
        if let mss = options.mss { calls.append("SOL_TCP, TCP_MAXSEG, [\(mss)], 4") }
        if let patience = options.userTimeout {
            calls.append("SOL_TCP, TCP_USER_TIMEOUT, [\(patience.nanoseconds / 1_000_000)], 4")
        }
        if let keepAlive = options.keepAlive {
            calls.append("SOL_TCP, TCP_KEEPIDLE, [\(keepAlive.idle.nanoseconds / 1_000_000_000)], 4")
            calls.append("SOL_TCP, TCP_KEEPINTVL, [\(keepAlive.interval.nanoseconds / 1_000_000_000)], 4")
            calls.append("SOL_TCP, TCP_KEEPCNT, [\(keepAlive.count)], 4")
            calls.append("SOL_SOCKET, SO_KEEPALIVE, [1], 4")
        }
        return calls
    }
}
