/// What Linux does differently; a line without a source is what its own scripts expect.
extension Habits {
    /// Linux's habits.
    static var linux: Habits {
        var habits = Habits()
        habits.openAsLinux()
        habits.receiveAsLinux()
        habits.sendAsLinux()
        habits.recoverAsLinux()
        habits.markAsLinux()
        return habits
    }

    /// The handshake, and what ends a connection.
    private mutating func openAsLinux() {
        // net.ipv4.tcp_syn_retries: six, after 1, 2, 4, … seconds.
        synTimeout = .seconds(Int64(127))
        // net.ipv4.tcp_synack_retries
        synAckRetries = 5
        endsOpenOnSoftErrors = true
        dropsTextOfSyn = true
        // tcp_output.c: tcp_send_synack() sends the SYN once more, with ACK.
        repeatedOffers = [.windowScale, .timestamps, .sack]
        pathAnnouncement = .always
        fastOpen.triesExperimental = true
        tellsWindowInReset = true
        // tcp_ipv4.c: tcp_twsk_unique().
        echoesIntoReuse = true
        // net.ipv4.tcp_fin_timeout
        finWait2Timeout = .seconds(Int64(60))
        // inet_connection_sock.c: inet_csk_listen_stop().
        dropsHandshakesSilently = true
    }

    private mutating func receiveAsLinux() {
        windowRounding = .downToSegments
        receiveMemory = ReceiveMemoryHabits()
        ignoresEarlyAcks = true
        // tcp_input.c: SKB_DROP_REASON_TCP_RFC7323_PAWS_ACK.
        dropsOldAcks = true
        delaysOnceInteractive = true
        toleratesMissingTimestamps = true
        delaysAckOfFin = true
        // tcp_input.c: tcp_fin() calls tcp_sack_reset().
        finEndsReports = true
    }

    private mutating func sendAsLinux() {
        // Its CUBIC leaves pacing to the queue of the device, and scripts are written for one without.
        paces = false
        countsPeakOfRound = true
        slowStartLimit = .none
        nagleWaitsForSmall = true
        probesWithoutText = true
        // tcp_input.c: tcp_ack_probe().
        probesAfterAnswer = true
        countsDeliveredOnce = true
        cubic = .linux
        // tcp_output.c: a packet that the device will cut carries PSH, which its last segment gets.
        pushesBursts = true
        remembersPushes = true
    }

    private mutating func recoverAsLinux() {
        recoversFromOneAck = true
        reducesFromWindow = true
        probesAreNoTimeouts = true
        // tcp_input.c: tcp_check_sack_reneging().
        suspectsReneging = true
        // tcp_input.c: tcp_clean_rtx_queue() goes by sequence.
        measuresHighest = true
        // Linux keeps the variance term, not the sum, above its least RTO.
        leastVariation = .milliseconds(200)
        recoversBeyondTimeout = true
        // net.ipv4.tcp_retries2
        dataRetries = 15
        // tcp.h: TCP_RTO_MAX.
        maximumRTO = .seconds(Int64(120))
        // tcp.h: TCP_TIMEOUT_MIN, two ticks.
        probeMargin = .milliseconds(2)
    }

    private mutating func markAsLinux() {
        // tcp_ecn.h: tcp_ecn_send() marks every segment of a connection with AccECN.
        ecn.capableOnceAccurate = [.empty, .repetitions, .probes]
        ecn.acknowledgesChange = true
        ecn.believesLateAnswer = true
        ecn.reducesGradually = true
        ecn.octetCounts = .onceSeen
        // tcp_input.c: ACK_COMP_THRESH.
        ecn.trustsLongAcks = true
    }
}
