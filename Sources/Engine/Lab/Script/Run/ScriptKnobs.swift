/// What a script's settings have chosen: the options that its sockets start with, and what else `sysctl` may say.
struct ScriptKnobs: Sendable {
    let personality: Personality
    /// The options of the next socket.
    var options: ConnectionOptions
    /// When idle connections are probed that ask for it.
    var keepAlive = KeepAlive()
    /// They are probed without asking, as on FreeBSD.
    var alwaysKeepsAlive: Bool
    /// The shift that a SYN offers where window scaling is on.
    private var shift: UInt8?
    /// ECN, as both systems number it: 0 never, 1 always, 2 when the peer asks, which is their default; 3 AccECN always, 4 and 5
    /// when the peer asks.
    private var ecn: Int
    /// Fast Open, as Linux numbers it: 1 for clients, 2 for servers, 4 and 0x200 without cookies, 0x400 for every listener.
    var fastOpen: Int
    /// Segments with SYN and FIN are dropped, whoever they are for.
    var dropsSynFin = false
    /// Octets of the largest packet that the route carries, if a command has said so.
    private(set) var routeMTU: Int?
    /// The key of our Fast Open cookies; nil: the stack's own secret.
    var fastOpenKey: FastOpenKey?

    init(_ personality: Personality) {
        self.personality = personality
        options = personality.options
        shift = options.windowScale
        alwaysKeepsAlive = personality.isFreeBSD
        ecn = personality == .standard ? 0 : 2
        fastOpen = personality == .linux ? FastOpenBits.client : FastOpenBits.client | FastOpenBits.server
    }

    /// The bits of `fastOpen`.
    enum FastOpenBits {
        static let client = 1
        static let server = 2
        static let clientWithoutCookie = 4
        static let serverWithoutCookie = 0x200
        static let everyListener = 0x400
    }

    /// A listener takes up an offer of ECN.
    var acceptsECN: Bool { ecn != 0 }

    /// A client offers ECN. Linux's 4 offers what RFC 3168 has, FreeBSD's nothing.
    var offersECN: Bool { ecn == 1 || ecn == 3 || (ecn == 4 && personality == .linux) }

    private mutating func setECN(_ value: Int) {
        ecn = value
        options.habits.ecn.offersAccurate = value == 3
        options.habits.ecn.acceptsAccurate = (3...5).contains(value)
        // Linux has AccECN since it repeats a SYN each second at first (net.ipv4.tcp_syn_linear_timeouts: 4).
        options.habits.evenSynRepetitions = personality == .linux && value >= 3 ? 4 : 0
    }

    /// ECN+ (RFC 5562) marks the SYN,ACK, ECN++ whatever leaves.
    private mutating func setExtendedECN(_ value: Int) {
        let marked: ECNHabits.Segments = value >= 2 ? .everything : value == 1 ? .synAck : []
        options.habits.ecn.capable = personality.options.habits.ecn.capable.union(marked)
        options.habits.ecn.capableOnceAccurate = personality.options.habits.ecn.capableOnceAccurate.union(marked)
    }

    /// What a client's connection asks of Fast Open, if it asks at all.
    var fastOpenHabits: FastOpenHabits {
        var habits = options.habits.fastOpen
        habits.sendsWithoutCookie = fastOpen & FastOpenBits.clientWithoutCookie != 0
        habits.takesWithoutCookie = fastOpen & FastOpenBits.serverWithoutCookie != 0
        return habits
    }

    /// Takes over what a command says of the route.
    mutating func take(_ route: ScriptRoute) {
        if let size = route.announcedMSS { options.mss = size }
        if let mtu = route.mtu { routeMTU = mtu }
        if let segments = route.initialWindow { options.habits.initialWindow = segments }
        if let variation = route.leastVariation { options.habits.leastVariation = variation }
    }

    /// Takes over a setting; false if it has no meaning here.
    mutating func set(_ name: String, _ value: String) -> Bool {
        let numbers = value.split { $0 == " " || $0 == "\t" }.map(String.init)
        if let path = Self.tail(name, "net.ipv4.") ?? Self.tail(name, "net.inet.tcp.") {
            if setSwitch(path, Int(value)) { return true }
            return setNumber(path, numbers)
        }
        // The shift with which 65,535 reach the largest buffer that a socket may have.
        if name == "kern.ipc.maxsockbuf", let octets = Int(value), octets > 0 {
            shift = (0...14).first { 65_535 << $0 >= octets } ?? 14
            if options.windowScale != nil { options.windowScale = shift }
            return true
        }
        return false
    }

    /// Most octets of a buffer in a script.
    private static let largestBuffer = 1 << 24

    /// Scripts for Linux that set nothing come from hosts which others had set up for the rest: the shift is the one of their
    /// `tcp_rmem`, not of the kernel's.
    mutating func assumeCommonSettings() {
        guard personality == .linux else { return }
        shift = Self.shift(for: Self.commonMaximum)
        options.windowScale = shift
        options.habits.receiveMemory?.maximum = Self.commonMaximum
    }

    /// 15 MiB, the third number of `tcp_rmem` in packetdrill's own scripts.
    private static let commonMaximum = 15 << 20

    /// What packetdrill's own scripts for Linux set first.
    mutating func setDefaults() {
        for (name, value) in [
            ("tcp_rmem", "4096 540000 15728640"), ("tcp_wmem", "4096 262144 4194304"), ("tcp_timestamps", "1"),
            ("tcp_sack", "1"), ("tcp_congestion_control", "cubic"), ("tcp_ecn", "0"),
            ("tcp_slow_start_after_idle", "0"),
            ("tcp_syn_retries", "5"), ("tcp_fastopen", "3"),
            ("tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
        ] { _ = set("net.ipv4." + name, value) }
    }

    private static func tail(_ name: String, _ prefix: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.utf8.count)) : nil
    }

    private mutating func setSwitch(_ name: String, _ value: Int?) -> Bool {
        guard let value else { return false }
        switch name {
        case "tcp_timestamps": options.timestamps = value != 0
        case "tcp_window_scaling": options.windowScale = value != 0 ? shift : nil
        // RFC 1323 had both in one switch: 1 both, 2 window scaling alone, 3 timestamps alone.
        case "rfc1323":
            options.timestamps = value == 1 || value == 3
            options.windowScale = value == 1 || value == 2 ? shift : nil
        case "tcp_sack", "sack.enable": options.sack = value != 0
        // Linux: 0x1 is RACK.
        case "tcp_recovery": options.lossDetection = value & 1 != 0 ? .rack : .sack
        case "delayed_ack": options.delayedAck = value != 0
        // RFC 1337: a RST in TIME-WAIT is ignored.
        case "tcp_rfc1337": options.timeWaitReset = value != 0 ? .ignore : .close
        case "insecure_rst": options.habits.believesAnyReset = value != 0
        case "insecure_syn": options.habits.believesAnySyn = value != 0
        case "always_keepalive": alwaysKeepsAlive = value != 0
        case "drop_synfin": dropsSynFin = value != 0
        case "tolerate_missing_ts": options.habits.toleratesMissingTimestamps = value != 0
        case "tcp_shrink_window": options.habits.receiveMemory?.mayShrink = value != 0
        case "tcp_slow_start_after_idle": options.habits.restartsAfterIdle = value != 0
        case "rexmit_drop_options": options.habits.dropsOptionsOfRepeatedSyn = value != 0
        case "do_prr": options.habits.recoversStepwise = value == 0
        case "rfc6675_pipe": options.habits.countsPipe = value != 0
        // RFC 8985 has early retransmit (RFC 5827) inside, with the delay of a quarter of the round trip.
        case "rfc5827": options.lossDetection = value != 0 ? .rack : .sack
        case "icmp_may_rst": options.habits.ignoresHardErrors = value == 0
        case "fastopen.client_enable": setFastOpen(FastOpenBits.client, value != 0)
        case "fastopen.server_enable": setFastOpen(FastOpenBits.server, value != 0)
        case "tcp_ecn", "ecn.enable": setECN(value)
        case "ecn.plusplus": setExtendedECN(value)
        // 1 sends the option sparingly, by rules of its own.
        case "tcp_ecn_option" where value != 1: options.habits.ecn.octetCounts = value == 0 ? .never : .onceSeen
        default: return false
        }
        return true
    }

    private mutating func setFastOpen(_ bit: Int, _ isOn: Bool) {
        fastOpen = isOn ? fastOpen | bit : fastOpen & ~bit
    }

    /// `a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`: four numbers in hexadecimal, each with its low octet first.
    private mutating func setFastOpenKey(_ text: String) -> Bool {
        let words = text.split(separator: "-").compactMap { UInt32($0, radix: 16) }
        let octets = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        guard let key = FastOpenKey(octets) else { return false }
        fastOpenKey = key
        return true
    }

    private mutating func setNumber(_ name: String, _ values: [String]) -> Bool {
        let numbers = values.map { Int($0) ?? -1 }
        guard let first = values.first, let number = numbers.first else { return false }
        switch name {
        case "tcp_rmem" where numbers.count == 3 && numbers[1] >= 4_096 && numbers[2] >= numbers[1]:
            options.receiveBuffer = min(max(numbers[1] / 2, 4_096), Self.largestBuffer)
            shift = Self.shift(for: numbers[2])
            options.windowScale = shift
            options.habits.receiveMemory?.maximum = numbers[2]
        case "tcp_wmem" where numbers.count == 3 && numbers[2] >= 4_096:
            options.sendBuffer = min(numbers[2], Self.largestBuffer)
        case "recvspace" where number >= 4_096: options.receiveBuffer = min(number, Self.largestBuffer)
        case "sendspace" where number >= 4_096: options.sendBuffer = min(number, Self.largestBuffer)
        case "delacktime" where number >= 0: options.habits.ackDelay = .milliseconds(Int64(number))
        case "initcwnd_segments" where (1...1_000).contains(number): options.habits.initialWindow = number
        case "msl" where number >= 0 && number <= 120_000: options.timeWait = .milliseconds(2 * Int64(number))
        case "tcp_keepalive_time" where number >= 1: keepAlive.idle = .seconds(Int64(number))
        case "tcp_keepalive_intvl" where number >= 1: keepAlive.interval = .seconds(Int64(number))
        case "keepidle" where number >= 1: keepAlive.idle = .milliseconds(Int64(number))
        case "keepintvl" where number >= 1: keepAlive.interval = .milliseconds(Int64(number))
        case "tcp_keepalive_probes" where (1...127).contains(number): keepAlive.count = number
        case "keepcnt" where (1...127).contains(number): keepAlive.count = number
        case "rexmit_initial" where number >= 1: options.habits.initialRTO = .milliseconds(Int64(number))
        case "tcp_syn_retries" where (0...127).contains(number): options.habits.synTimeout = Self.synTimeout(number)
        case "tcp_rto_max_ms" where number >= 1_000: options.habits.maximumRTO = .milliseconds(Int64(number))
        case "tcp_fastopen":
            guard let bits = Self.integer(first) else { return false }
            fastOpen = bits
        case "tcp_fastopen_key": return setFastOpenKey(first)
        case "tcp_syn_linear_timeouts" where (0...127).contains(number): options.habits.evenSynRepetitions = number
        case "tcp_rto_min_us" where number >= 1_000: options.habits.leastVariation = .microseconds(Int64(number))
        case "persmin" where number >= 0: options.habits.leastProbeInterval = .milliseconds(Int64(number))
        case "ecn.maxretries" where number >= 0: options.habits.ecn.synRepetitions = number
        case "keepinit" where number >= 1: options.habits.synTimeout = .milliseconds(Int64(number))
        case "rexmit_min" where number >= 0: options.habits.minimumRTO = .milliseconds(Int64(number))
        case "rexmit_slop" where number >= 0: options.habits.extraRTO = .milliseconds(Int64(number))
        case "tcp_congestion_control", "cc.algorithm":
            guard let algorithm = Self.algorithm(first) else { return false }
            options.congestion = algorithm
        default: return false
        }
        return true
    }

    /// How long a SYN waits that is repeated so often, after 1, 2, 4, … seconds.
    static func synTimeout(_ repetitions: Int) -> Interval { .seconds(Int64(1) << Int64(min(repetitions, 20) + 1) - 1) }

    /// A number, decimal or with `0x` in front.
    private static func integer(_ text: String) -> Int? {
        text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }

    /// The algorithm that Linux and FreeBSD know by this name.
    static func algorithm(_ name: String) -> CongestionAlgorithm? {
        name == "reno" ? .newreno : CongestionAlgorithm(rawValue: name)
    }

    /// The shift with which 16 bits reach this many octets, as Linux computes it.
    static func shift(for octets: Int) -> UInt8 {
        let bits = Int.bitWidth - octets.leadingZeroBitCount - 1
        return UInt8(min(max(bits - 15, 0), 14))
    }
}
