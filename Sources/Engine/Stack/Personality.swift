/// A stack that ours can look like: the defaults and habits that a peer, or a script written for that stack, relies on.
public enum Personality: String, CaseIterable, Hashable, Sendable {
    case standard = "default"
    case linux
    case freebsd
    /// As it was in version 12, which scripts rely on that were written before 13.
    case freebsd12 = "freebsd-12"

    /// It is some version of FreeBSD.
    package var isFreeBSD: Bool { self == .freebsd || self == .freebsd12 }

    /// The personality that these options were given.
    public init(of options: ConnectionOptions) {
        self = Personality(rawValue: options.habits.name) ?? .standard
    }

    /// The options that a connection has if its user chooses none.
    public var options: ConnectionOptions {
        var options = ConnectionOptions()
        options.habits = habits
        switch self {
        case .standard: break
        case .linux:
            // net.ipv4.tcp_rmem: "Default: 131072 bytes", half of which is window (tcp_adv_win_scale 1); the shift is what
            // lets the window grow to the third number, 6 MiB.
            options.receiveBuffer = 65_536
            options.windowScale = 7
            options.sendBuffer = 4 << 20
            options.nagle = true
        case .freebsd, .freebsd12:
            // net.inet.tcp.recvspace and kern.ipc.maxsockbuf (2 MiB): the shift with which 65,535 reach the latter.
            options.receiveBuffer = 65_536
            options.windowScale = 6
            options.sendBuffer = 32_768
            options.nagle = true
            // RACK is in a stack of its own there, which a user must choose.
            options.lossDetection = .sack
            // Its own scripts are for versions before 14, where CUBIC became the default.
            options.congestion = .newreno
        }
        return options
    }

    private var habits: Habits {
        var habits =
            switch self {
            case .standard: Habits()
            case .linux: Habits.linux
            case .freebsd: Habits.freebsd
            case .freebsd12: Habits.freebsd12
            }
        habits.name = rawValue
        return habits
    }

    /// When an idle connection is probed whose user has asked for that and said no more.
    package var keepAlive: KeepAlive {
        var keepAlive = KeepAlive()
        // FreeBSD: TCPTV_KEEPCNT.
        if isFreeBSD { keepAlive.count = 8 }
        return keepAlive
    }

    /// What fast recovery takes to be in the network once net.inet.tcp.rfc6675_pipe is set.
    package var pipeEstimate: Habits.NetworkEstimate {
        // tcp_sack_doack() began to keep what was reported, beyond the newest ACK, with 13.
        self == .freebsd12 ? .notInNewestReport : .unreported
    }
}
