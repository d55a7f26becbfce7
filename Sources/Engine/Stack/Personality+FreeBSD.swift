/// What FreeBSD does differently; a line without a source is what its own scripts expect.
extension Habits {
    /// FreeBSD's habits since version 13.
    static var freebsd: Habits {
        var habits = Habits()
        habits.openAsFreeBSD()
        habits.receiveAsFreeBSD()
        habits.sendAsFreeBSD()
        habits.recoverAsFreeBSD()
        habits.markAsFreeBSD()
        return habits
    }

    /// FreeBSD's habits as they were before version 13 has changed some.
    static var freebsd12: Habits {
        var habits = freebsd
        // TCPTV_RTOBASE, and net.inet.tcp.delacktime.
        habits.initialRTO = .seconds(Int64(3))
        habits.ackDelay = .milliseconds(100)
        habits.repeatedOffers = [.windowScale, .timestamps]
        // tcp_syncache.c: syncache_respond() asked sc_peer_mss.
        habits.answersWithPeersMSS = true
        return habits
    }

    /// The handshake, and what ends a connection.
    private mutating func openAsFreeBSD() {
        synOptions = .scaleSecond
        // net.inet.tcp.keepinit.
        synTimeout = .seconds(Int64(75))
        // net.inet.tcp.syncache.rexmtlimit
        synAckRetries = 3
        renewsSyn = false
        endsOpenAtHopLimit = true
        pathAnnouncement = .onlyV6
        fastOpen.remembersRefusal = true
        fastOpen.delaysAnswer = true
        acksRepeatFin = true
        resetsUnread = false
        timeWaitHearsAcksOnly = true
    }

    private mutating func receiveAsFreeBSD() {
        windowRounding = .upToSegments
        roundsWindowDown = true
        announcesAllGrowth = true
        tellsWidthSparingly = true
        acceptsWholeBuffer = true
        acksEverySecond = true
        // net.inet.tcp.tolerate_missing_ts, which its scripts set where they want it otherwise.
        toleratesMissingTimestamps = true
    }

    private mutating func sendAsFreeBSD() {
        paces = false
        // net.inet.tcp.abc_l_var.
        slowStartLimit = .segments(2)
        startsSlowlyAtThreshold = true
        nagleSparesBursts = true
        keepsWindowOnNarrowPath = true
        // net.inet.tcp.persmin.
        leastProbeInterval = .seconds(Int64(5))
    }

    private mutating func recoverAsFreeBSD() {
        // net.inet.tcp.rexmit_min and rexmit_slop.
        minimumRTO = .milliseconds(30)
        leastVariation = .milliseconds(1)
        extraRTO = .milliseconds(200)
        repeatsUnproven = false
        // net.inet.tcp.do_prr came with 13; what its scripts expect of a recovery was there before.
        recoversStepwise = true
        countsDuplicates = true
        // tcp_output.c: t_rtttime.
        timesOldest = true
        ignoresRoundTripOfSynAck = true
    }

    private mutating func markAsFreeBSD() {
        // net.inet.tcp.ecn.maxretries.
        ecn.synRepetitions = 1
        ecn.repetitionsTellReduction = true
        ecn.delaysEcho = true
        // tcp_input.c: TF_ACKNOW, and cc_cong_signal(), where CC_RTO sets no TF2_ECN_SND_CWR.
        ecn.acknowledgesReduction = true
        ecn.tellsTimeouts = false
        ecn.capable = .probes
        ecn.capableOnceAccurate = .probes
        ecn.marksOnClearedPath = true
    }
}
