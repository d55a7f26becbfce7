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
        var habits = Habits()
        habits.name = rawValue
        switch self {
        case .standard: break
        case .linux:
            habits.windowRounding = .downToSegments
            // Its CUBIC leaves pacing to the queue of the device, and scripts are written for one without.
            habits.paces = false
            habits.countsPeakOfRound = true
            habits.slowStartLimit = .none
            habits.nagleWaitsForSmall = true
            habits.receiveMemory = ReceiveMemoryHabits()
            habits.probesWithoutText = true
            habits.countsDeliveredOnce = true
            habits.recoversFromOneAck = true
            habits.reducesFromWindow = true
            habits.probesAreNoTimeouts = true
            habits.cubic = .linux
            // tcp_output.c: a packet that the device will cut carries PSH, which its last segment gets.
            habits.pushesBursts = true
            habits.remembersPushes = true
            // tcp_input.c: tcp_clean_rtx_queue() goes by sequence.
            habits.measuresHighest = true
            // net.ipv4.tcp_syn_retries: six, after 1, 2, 4, … seconds.
            habits.synTimeout = .seconds(Int64(127))
            habits.ignoresEarlyAcks = true
            habits.endsOpenOnSoftErrors = true
            habits.tellsWindowInReset = true
            // Linux keeps the variance term, not the sum, above its least RTO.
            habits.leastVariation = .milliseconds(200)
            habits.delaysOnceInteractive = true
            // tcp.h: TCP_TIMEOUT_MIN, two ticks.
            habits.probeMargin = .milliseconds(2)
            habits.toleratesMissingTimestamps = true
            habits.dropsTextOfSyn = true
            habits.delaysAckOfFin = true
            // tcp_input.c: tcp_fin() calls tcp_sack_reset().
            habits.finEndsReports = true
            habits.pathAnnouncement = .always
            habits.fastOpen.triesExperimental = true
            // tcp_ecn.h: tcp_ecn_send() marks every segment of a connection with AccECN.
            habits.ecn.capableOnceAccurate = [.empty, .repetitions, .probes]
            habits.ecn.acknowledgesChange = true
            habits.ecn.reducesGradually = true
            habits.ecn.octetCounts = .onceSeen
            // tcp_input.c: ACK_COMP_THRESH.
            habits.ecn.trustsLongAcks = true
        case .freebsd, .freebsd12:
            habits.synOptions = .scaleSecond
            habits.windowRounding = .upToSegments
            // net.inet.tcp.rexmit_min and rexmit_slop.
            habits.minimumRTO = .milliseconds(30)
            habits.leastVariation = .milliseconds(1)
            habits.extraRTO = .milliseconds(200)
            habits.announcesAllGrowth = true
            habits.paces = false
            // net.inet.tcp.keepinit.
            habits.synTimeout = .seconds(Int64(75))
            habits.acceptsWholeBuffer = true
            habits.acksRepeatFin = true
            habits.repeatsUnproven = false
            habits.timeWaitHearsAcksOnly = true
            habits.endsOpenAtHopLimit = true
            habits.pathAnnouncement = .onlyV6
            habits.renewsSyn = false
            habits.resetsUnread = false
            // net.inet.tcp.abc_l_var and ecn.maxretries.
            habits.slowStartLimit = .segments(2)
            habits.startsSlowlyAtThreshold = true
            // net.inet.tcp.do_prr came with 13; what its scripts expect of a recovery was there before.
            habits.recoversStepwise = true
            // tcp_output.c: t_rtttime.
            habits.timesOldest = true
            habits.ecn.synRepetitions = 1
            habits.ecn.repetitionsTellReduction = true
            habits.ecn.delaysEcho = true
            habits.ecn.capable = .probes
            habits.ecn.capableOnceAccurate = .probes
            habits.roundsWindowDown = true
            habits.ecn.marksOnClearedPath = true
            habits.acksEverySecond = true
            habits.ignoresRoundTripOfSynAck = true
            habits.keepsWindowOnNarrowPath = true
            // net.inet.tcp.persmin.
            habits.leastProbeInterval = .seconds(Int64(5))
            habits.nagleSparesBursts = true
            habits.fastOpen.remembersRefusal = true
            if self == .freebsd12 { makeOlder(&habits) }
        }
        return habits
    }

    /// What FreeBSD 13 has changed.
    private func makeOlder(_ habits: inout Habits) {
        // TCPTV_RTOBASE, and net.inet.tcp.delacktime.
        habits.initialRTO = .seconds(Int64(3))
        habits.ackDelay = .milliseconds(100)
        // net.inet.tcp.tolerate_missing_ts: nobody asked.
        habits.toleratesMissingTimestamps = true
        habits.repeatsOffers = true
    }
}
