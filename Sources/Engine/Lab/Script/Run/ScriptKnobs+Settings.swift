/// The settings of Linux (`net.ipv4.`) and FreeBSD (`net.inet.tcp.`) that have a meaning here, by the end of their names.
extension ScriptKnobs {
    /// Takes over one; false if it has no meaning here.
    mutating func set(_ name: String, words: [String]) -> Bool {
        guard let word = words.first else { return false }
        let numbers = words.map { Int($0) ?? -1 }
        if let apply = Self.switches[name], let value = Int(word) {
            apply(&self, value)
            return true
        }
        if let setting = Self.numbers[name] ?? Self.times[name], setting.range.contains(numbers[0]) {
            setting.apply(&self, numbers[0])
            return true
        }
        return setWords(name, word) || setTriple(name, numbers)
    }

    private typealias Change = @Sendable (inout ScriptKnobs, Int) -> Void

    /// A number, and which ones have a meaning.
    private struct Setting: Sendable {
        let range: ClosedRange<Int>
        let apply: Change

        init(_ range: ClosedRange<Int>, _ apply: @escaping Change) {
            self.range = range
            self.apply = apply
        }

        init(from least: Int, _ apply: @escaping Change) { self.init(least...Int.max, apply) }
    }

    /// What is on or off, or one of a few ways.
    private static let switches: [String: Change] = [
        "tcp_timestamps": { $0.options.timestamps = $1 != 0 },
        "tcp_window_scaling": { $0.options.windowScale = $1 != 0 ? $0.shift : nil },
        // RFC 1323 had both in one switch: 1 both, 2 window scaling alone, 3 timestamps alone.
        "rfc1323": {
            $0.options.timestamps = $1 == 1 || $1 == 3
            $0.options.windowScale = $1 == 1 || $1 == 2 ? $0.shift : nil
        },
        "tcp_sack": { $0.options.sack = $1 != 0 },
        "sack.enable": { $0.options.sack = $1 != 0 },
        // Linux: 0x1 is RACK.
        "tcp_recovery": { $0.options.lossDetection = $1 & 1 != 0 ? .rack : .sack },
        // Until 4.11: 1 early retransmit (RFC 5827), 2 the same after a quarter of the round trip, which RACK has inside, from the
        // newest ACK on; since then just whether the tail is probed.
        "tcp_early_retrans": {
            $0.options.habits.retransmitsEarly = $1 == 1
            $0.options.habits.restartsReordering = $1 == 2
            $0.options.habits.probesTail = $1 >= 3
        },
        // RFC 8985 has early retransmit (RFC 5827) inside, with the delay of a quarter of the round trip.
        "rfc5827": { $0.options.lossDetection = $1 != 0 ? .rack : .sack },
        "do_prr": { $0.options.habits.recoversStepwise = $1 == 0 },
        "rfc6675_pipe": { $0.options.habits.networkEstimate = $1 != 0 ? $0.personality.pipeEstimate : .behindHighest },
        "tcp_mtu_probing": {
            $0.options.habits.pathProbing.beginning = $1 == 0 ? .never : $1 == 1 ? .afterSilence : .atOnce
        },
        "tcp_slow_start_after_idle": { $0.options.habits.restartsAfterIdle = $1 != 0 },
        "tcp_shrink_window": { $0.options.habits.receiveMemory?.mayShrink = $1 != 0 },
        "delayed_ack": { $0.options.delayedAck = $1 != 0 },
        "tolerate_missing_ts": { $0.options.habits.toleratesMissingTimestamps = $1 != 0 },
        "rexmit_drop_options": { $0.options.habits.dropsOptionsOfRepeatedSyn = $1 != 0 },
        "always_keepalive": { $0.alwaysKeepsAlive = $1 != 0 },
        // RFC 1337: a RST in TIME-WAIT is ignored.
        "tcp_rfc1337": { $0.options.timeWaitReset = $1 != 0 ? .ignore : .close },
        // 2, the default, is for loopback.
        "tcp_tw_reuse": { $0.options.reuseTimeWait = $1 == 1 },
        "insecure_rst": { $0.options.habits.believesAnyReset = $1 != 0 },
        "insecure_syn": { $0.options.habits.believesAnySyn = $1 != 0 },
        "drop_synfin": { $0.dropsSynFin = $1 != 0 },
        "icmp_may_rst": { $0.options.habits.ignoresHardErrors = $1 == 0 },
        "fastopen.client_enable": { $0.setFastOpen(FastOpenBits.client, $1 != 0) },
        "fastopen.server_enable": { $0.setFastOpen(FastOpenBits.server, $1 != 0) },
        "tcp_ecn": { $0.setECN($1) },
        "ecn.enable": { $0.setECN($1) },
        "ecn.plusplus": { $0.setExtendedECN($1) },
    ]

    private static let numbers: [String: Setting] = [
        "recvspace": Setting(from: 4_096) { $0.options.receiveBuffer = min($1, Self.largestBuffer) },
        "sendspace": Setting(from: 4_096) { $0.options.sendBuffer = min($1, Self.largestBuffer) },
        "initcwnd_segments": Setting(1...1_000) { $0.options.habits.initialWindow = $1 },
        "tcp_base_mss": Setting(64...65_535) { $0.options.habits.pathProbing.baseMSS = UInt16($1) },
        "tcp_mtu_probe_floor": Setting(64...65_535) { $0.options.habits.pathProbing.leastMSS = UInt16($1) },
        "tcp_probe_threshold": Setting(0...65_535) { $0.options.habits.pathProbing.leastStep = UInt16($1) },
        "tcp_keepalive_probes": Setting(1...127) { $0.keepAlive.count = $1 },
        "keepcnt": Setting(1...127) { $0.keepAlive.count = $1 },
        "tcp_syn_retries": Setting(0...127) { $0.options.habits.synTimeout = Self.synTimeout($1) },
        "tcp_synack_retries": Setting(0...255) { $0.options.habits.synAckRetries = $1 },
        "syncache.rexmtlimit": Setting(0...255) { $0.options.habits.synAckRetries = $1 },
        "tcp_retries2": Setting(0...255) { $0.options.habits.dataRetries = $1 },
        "tcp_syn_linear_timeouts": Setting(0...127) { $0.options.habits.evenSynRepetitions = $1 },
        "ecn.maxretries": Setting(from: 0) { $0.options.habits.ecn.synRepetitions = $1 },
    ]

    /// The longest time that a setting may say: a day, in milliseconds.
    private static let longestTime = 86_400_000

    private static let times: [String: Setting] = [
        "delacktime": Setting(0...Self.longestTime) { $0.options.habits.ackDelay = .milliseconds(Int64($1)) },
        "msl": Setting(0...120_000) { $0.options.timeWait = .milliseconds(2 * Int64($1)) },
        "tcp_fin_timeout": Setting(1...Self.longestTime) { $0.options.habits.finWait2Timeout = .seconds(Int64($1)) },
        "finwait2_timeout": Setting(1...Self.longestTime) {
            $0.options.habits.finWait2Timeout = .milliseconds(Int64($1))
        },
        "tcp_keepalive_time": Setting(1...Self.longestTime) { $0.keepAlive.idle = .seconds(Int64($1)) },
        "tcp_keepalive_intvl": Setting(1...Self.longestTime) { $0.keepAlive.interval = .seconds(Int64($1)) },
        "keepidle": Setting(1...Self.longestTime) { $0.keepAlive.idle = .milliseconds(Int64($1)) },
        "keepintvl": Setting(1...Self.longestTime) { $0.keepAlive.interval = .milliseconds(Int64($1)) },
        "keepinit": Setting(1...Self.longestTime) { $0.options.habits.synTimeout = .milliseconds(Int64($1)) },
        "rexmit_initial": Setting(1...Self.longestTime) { $0.options.habits.initialRTO = .milliseconds(Int64($1)) },
        "rexmit_min": Setting(0...Self.longestTime) { $0.options.habits.minimumRTO = .milliseconds(Int64($1)) },
        "rexmit_slop": Setting(0...Self.longestTime) { $0.options.habits.extraRTO = .milliseconds(Int64($1)) },
        "tcp_tw_reuse_delay": Setting(0...Self.longestTime) {
            $0.options.habits.reuseDelay = .milliseconds(Int64($1))
        },
        "tcp_rto_max_ms": Setting(1_000...Self.longestTime) { $0.options.habits.maximumRTO = .milliseconds(Int64($1)) },
        "tcp_rto_min_us": Setting(1_000...Self.longestTime) {
            $0.options.habits.leastVariation = .microseconds(Int64($1))
        },
        "persmin": Setting(0...Self.longestTime) { $0.options.habits.leastProbeInterval = .milliseconds(Int64($1)) },
    ]

    private mutating func setWords(_ name: String, _ word: String) -> Bool {
        switch name {
        case "tcp_congestion_control", "cc.algorithm":
            guard let algorithm = Self.algorithm(word) else { return false }
            options.congestion = algorithm
        case "tcp_fastopen":
            guard let bits = Self.integer(word) else { return false }
            fastOpen = bits
        case "tcp_fastopen_key", "fastopen.setkey": return setFastOpenKey(word)
        // 1 sends the option sparingly, by rules of its own.
        case "tcp_ecn_option" where word != "1": options.habits.ecn.octetCounts = word == "0" ? .never : .onceSeen
        default: return false
        }
        return true
    }

    /// Least, usual and greatest size of a buffer.
    private mutating func setTriple(_ name: String, _ numbers: [Int]) -> Bool {
        guard numbers.count == 3 else { return false }
        switch name {
        case "tcp_rmem" where numbers[1] >= 4_096 && numbers[2] >= numbers[1]:
            options.receiveBuffer = min(max(numbers[1] / 2, 4_096), Self.largestBuffer)
            shift = Self.shift(for: numbers[2])
            if options.windowScale != nil { options.windowScale = shift }
            options.habits.receiveMemory?.maximum = numbers[2]
        case "tcp_wmem" where numbers[2] >= 4_096: options.sendBuffer = min(numbers[2], Self.largestBuffer)
        default: return false
        }
        return true
    }
}
