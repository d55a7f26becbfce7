/// What a script's settings have chosen: the options that its sockets start with, and what else `sysctl` may say.
struct ScriptKnobs: Sendable {
    let personality: Personality
    /// The options of the next socket.
    var options: ConnectionOptions
    /// When idle connections are probed that ask for it.
    var keepAlive: KeepAlive
    /// They are probed without asking, as on FreeBSD.
    var alwaysKeepsAlive: Bool
    /// The shift that a SYN offers where window scaling is on.
    var shift: UInt8?
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
        keepAlive = personality.keepAlive
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

    mutating func setECN(_ value: Int) {
        ecn = value
        options.habits.ecn.offersAccurate = value == 3
        options.habits.ecn.acceptsAccurate = (3...5).contains(value)
        // Linux has AccECN since it repeats a SYN each second at first (net.ipv4.tcp_syn_linear_timeouts: 4).
        options.habits.evenSynRepetitions = personality == .linux && value >= 3 ? 4 : 0
    }

    /// ECN+ (RFC 5562) marks the SYN,ACK, ECN++ whatever leaves.
    mutating func setExtendedECN(_ value: Int) {
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
        if let segments = route.widestWindow { options.habits.widestCongestionWindow = segments }
        if let variation = route.leastVariation { options.habits.leastVariation = variation }
    }

    /// Takes over a setting; false if it has no meaning here.
    mutating func set(_ name: String, _ value: String) -> Bool {
        let words = value.split { $0 == " " || $0 == "\t" }.map(String.init)
        if let path = Self.tail(name, "net.ipv4.") ?? Self.tail(name, "net.inet.tcp.") {
            return set(path, words: words)
        }
        // Each segment leaves by itself, as it does here. Since 4.17 Linux puts segments together anyway.
        if name == "device.tso", options.habits.initialReceiveWindow != nil { return true }
        // The shift with which 65,535 reach the largest buffer that a socket may have.
        if name == "kern.ipc.maxsockbuf", let octets = Int(value), octets > 0 {
            shift = (0...14).first { 65_535 << $0 >= octets } ?? 14
            if options.windowScale != nil { options.windowScale = shift }
            return true
        }
        return false
    }

    /// Most octets of a buffer in a script.
    static let largestBuffer = 1 << 24

    /// Scripts for Linux that set nothing come from hosts which others had set up for the rest: the shift is the one of their
    /// `tcp_rmem`, not of the kernel's.
    ///
    /// - Parameters:
    ///   - syn: our first SYN as the script itself has it; nil: there is none.
    ///   - firstWindow: the window of the first segment behind it; nil: it says none.
    mutating func assumeCommonSettings(_ syn: ScriptPacket?, firstWindow: UInt16?) {
        guard personality == .linux else { return }
        if let segments = syn.flatMap(announcedSegments) {
            options.habits.initialReceiveWindow = segments
            // That came later, with 5.4.
            options.habits.pushesBursts = false
        }
        // Linux's own 128 KiB make a whole number of segments; only a larger buffer fills the field.
        if syn?.window == .max { _ = set("net.ipv4.tcp_rmem", Self.commonReceiveMemory) }
        let shift = syn?.windowScale ?? Self.shift(for: Self.commonMaximum)
        if firstWindow.map(Int.init) == (65_535 + (1 << Int(shift)) - 1) >> Int(shift), shift > 0 {
            // Before Linux 6.10 no connection began with a wider window (tcp_select_initial_window()).
            options.habits.widestFirstWindow = 65_535
        }
        self.shift = shift
        options.windowScale = shift
        options.habits.receiveMemory?.maximum = min(Self.commonMaximum, 65_535 << Int(shift))
    }

    /// Before Linux 4.20 a connection began with a window of twenty segments (tcp_default_init_rwnd()), earlier of ten, and first of
    /// four, which a script shows by its SYN.
    private func announcedSegments(_ syn: ScriptPacket) -> Int? {
        guard let window = syn.window, let size = syn.maximumSegmentSize else { return nil }
        return [20, 10, 4].first { $0 * size == Int(window) || $0 * (size - 12) == Int(window) }
    }

    /// `tcp_rmem` in packetdrill's own scripts.
    private static let commonReceiveMemory = "4096 540000 15728640"
    /// Its third number, 15 MiB.
    private static let commonMaximum = 15 << 20

    /// What packetdrill's own scripts for Linux set first.
    mutating func setDefaults() {
        for (name, value) in [
            ("tcp_rmem", Self.commonReceiveMemory), ("tcp_wmem", "4096 262144 4194304"), ("tcp_timestamps", "1"),
            ("tcp_sack", "1"), ("tcp_congestion_control", "cubic"), ("tcp_ecn", "0"),
            ("tcp_slow_start_after_idle", "0"),
            ("tcp_syn_retries", "5"), ("tcp_fastopen", "3"),
            ("tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
        ] { _ = set("net.ipv4." + name, value) }
    }

    private static func tail(_ name: String, _ prefix: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.utf8.count)) : nil
    }

    mutating func setFastOpen(_ bit: Int, _ isOn: Bool) {
        fastOpen = isOn ? fastOpen | bit : fastOpen & ~bit
    }

    /// `a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`: four numbers in hexadecimal, each with its low octet first.
    mutating func setFastOpenKey(_ text: String) -> Bool {
        let words = text.split(separator: "-").compactMap { UInt32($0, radix: 16) }
        let octets = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        guard let key = FastOpenKey(octets, ofClientAlone: personality.isFreeBSD) else { return false }
        fastOpenKey = key
        return true
    }

    /// How long a SYN waits that is repeated so often, after 1, 2, 4, … seconds.
    static func synTimeout(_ repetitions: Int) -> Interval { .seconds(Int64(1) << Int64(min(repetitions, 20) + 1) - 1) }

    /// The repetitions of a SYN,ACK, after 1, 2, 4, … seconds, that so many seconds take (tcp.c, secs_to_retrans()).
    static func repetitions(within seconds: Int64) -> Int {
        guard seconds > 0 else { return 0 }
        return (0..<20).first { synTimeout($0) >= .seconds(min(seconds, 1 << 20)) }.map { $0 + 1 } ?? 20
    }

    /// A number, decimal or with `0x` in front.
    static func integer(_ text: String) -> Int? {
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
