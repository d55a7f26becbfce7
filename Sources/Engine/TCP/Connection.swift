/// The transmission control block of one connection (RFC 9293 §3.3.1), and what may be done to it.
///
/// The only class of the core; it never leaves the engine. Four kinds of members: arrivals and timers come in
/// (`arrive`, `expireTimers`), users command (`write`, `close`, `abort`, `read`), segments go out (`nextSegment`, then
/// `onTransmitted`), and `snapshot` tells. Nothing in it reads a clock, touches a socket, or waits.
package final class Connection {
    /// How far our side of the stream is on its way to being closed.
    enum SendClosure: Sendable {
        case open
        /// CLOSE was called; FIN goes out behind the last octet.
        case requested
        case sent
        case acknowledged
    }

    /// Whether the peer is owed an acknowledgment.
    enum AcknowledgmentDebt: Hashable, Sendable {
        case none
        /// The delayed-ACK timer is running.
        case delayed
        case due(Cause)
    }

    /// What the user has said of text to come: a segment that is not full waits for it.
    package enum Cork: Hashable, Sendable {
        case none
        /// Until the next ACK, or the next write that says nothing of more.
        case untilAcknowledged
        /// Until the user says so.
        case untilRemoved
    }

    /// What happened since the stack last asked; each wakes those who wait for it.
    package struct Changes: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let state = Changes(rawValue: 1)
        package static let acknowledged = Changes(rawValue: 2)
        package static let sent = Changes(rawValue: 4)
        package static let received = Changes(rawValue: 8)
        /// R1 is reached: the peer has not answered for a while (RFC 9293 §3.8.3).
        package static let troubled = Changes(rawValue: 16)
    }

    package let id: ConnectionID
    package let tuple: FourTuple
    /// The listener that it came from; nil for an active open.
    package let listener: ListenerID?
    /// An HTTP client's tunnel opened it.
    package var isTunnel = false
    @Rare package var name: String?
    package var options: ConnectionOptions {
        didSet { firstOptions = firstOptions ?? oldValue }
    }
    /// The options that it began with, once they are others.
    @Rare private var firstOptions: ConnectionOptions?
    package private(set) var state: State
    package private(set) var closeReason: CloseReason?
    package let openedAt: Instant
    @Moment package private(set) var establishedAt: Instant?
    /// When it ended; nil before.
    @Moment package private(set) var closedAt: Instant?
    /// How far the sent stream had come then.
    private(set) var finalProgress: (acknowledged: UInt64, sent: UInt64) = (0, 0)

    var send: SendSequenceSpace
    /// nil until the peer's SYN has come.
    var receive: ReceiveSequenceSpace?
    var sendBuffer: SendBuffer
    var reassembly = ReassemblyQueue()
    var retransmission = RetransmissionQueue()
    var recovery: LossRecovery
    var rack: RACK
    var tailProbe = TailLossProbe()
    var frto: FRTO
    /// The newest recovery, from its beginning until the next one; nil before the first, and once it was undone.
    @Rare var episode: RecoveryEpisode?
    var congestion: any CongestionController
    var pacer = Pacer()
    var ecn = ECNState()
    package internal(set) var history: ConnectionHistory
    /// What its user did.
    var calls = UserCalls()
    var rtt: RTTEstimator
    var timers = TimerTable()
    var timestamps: TimestampState
    var negotiated = ConnectionSnapshot.Negotiated(
        windowScale: false, sack: false, timestamps: false, ecn: false, fastOpen: false
    )
    package internal(set) var counters = ConnectionSnapshot.Counters()

    /// Octets of the largest datagram that the route carried when it began.
    private let routeMTU: Int
    /// Octets of the largest packet that the path carries, as far as is known.
    package internal(set) var pathMTU: Int
    /// What the network last said about our segments.
    @Rare package internal(set) var trouble: NetworkTrouble?
    /// The record of the RST with which this host's kernel has reset the connection.
    @Rare package internal(set) var kernelReset: UInt64?
    /// The MSS in force; before the peer's SYN, RFC 9293 §3.7.1 (MUST-15) default of 536.
    var mss = 536
    /// Options registered at run time that it carries.
    var registered: RegisteredOptions
    /// The record of the peer's SYN.
    package internal(set) var synAckRecord: UInt64?
    var closure = SendClosure.open
    var debt = AcknowledgmentDebt.none
    /// Octets received in order since the last ACK left.
    var octetsSinceAck = 0
    /// What the received text costs, and the window that follows; nil where octets are counted.
    @Rare package internal(set) var memory: ReceiveMemory?
    /// What the text to be sent costs; nil where octets are counted.
    @Rare var sendMemory: SendMemory?
    /// The device takes nothing; nil where it does.
    @Rare var refusal: DeviceRefusal?
    /// What the path takes, as found out by probing; nil where nobody probes.
    @Rare var pathSearch: PathSearch?
    /// When text was last received; nil before the first.
    @Moment var lastTextAt: Instant?
    /// The most that was in flight in the round trip at hand.
    var flightPeak = FlightPeak()
    /// Nobody will read any more: text that comes is answered with a RST.
    var hasNoReader = false
    /// Last.ACK.sent of RFC 7323 §4.3.
    var lastAckSent = SequenceNumber(0)
    /// Where the segment begins whose round trip is measured, for those who time one at a time: t_rtseq.
    var timedFrom = SequenceNumber(0)
    /// Octets that came twice and are not reported yet (RFC 2883).
    @Rare var duplicate: SACKBlock?
    /// The sequence number of a FIN that came before everything in front of it.
    var earlyFin: SequenceNumber?
    /// The peer's FIN has been taken in, so the stream of received octets is complete.
    package internal(set) var isReceiveFinal = false
    /// The stream position behind the last octet that the user pushed.
    var pushPosition: UInt64 = 0
    var urgent = UrgentState()
    var keepAlive = KeepAliveState()
    @Rare private var usedFastOpen: FastOpenState?
    var peerUserTimeout = UserTimeoutState()
    /// Options of the user's own, ready to be sent.
    var extraOptions: ExtraOptions
    /// The stream position behind the last octet that was handed to the user.
    var readPosition: UInt64 = 0
    /// An answer that must not wait for the end of the batch: a duplicate ACK, a challenge, a reset.
    @Rare var immediate: OutgoingSegment?
    /// The record of the segment whose arrival is behind what is sent next; nil after a user's or a timer's turn.
    var trigger: UInt64?
    /// It is the RST of an ABORT, which takes the place of any other.
    var owesReset = false
    /// The user has called CLOSE and will read no more: text that comes now is lost, and a RST says so.
    var refusesText = false
    /// Our text has followed the peer's at once, or carried an ACK that was owed.
    var isInteractive = false
    var windowProbe = WindowProbe()
    /// Nothing was unacknowledged when what leaves now began to leave.
    var burstBeganIdle = false
    /// Behind the newest segment with text that was not full; nil before the first.
    var smallEnd: SequenceNumber?
    /// What holds back a segment that is not full, beside Nagle's algorithm.
    package var cork = Cork.none
    /// The peer has acknowledged our SYN,ACK, and the handshake is not over for that.
    var isAcceptanceDeferred = false
    /// Our SYN was repeated (RFC 5681 §3.1, RFC 6298 §5.7).
    var wasSynRepeated = false
    /// A SYN was sent again after an answer that belonged to an older connection; done once.
    var wasSynRenewed = false
    /// All connections share a number of octets behind holes, and there is room for the arriving segment's.
    var mayKeepEarlyText = true
    /// An acknowledgment or a timeout has changed something that the history shows.
    var isSampleDue = false
    package var changes: Changes = []
    /// Text that is not acknowledged in time; nil while it is.
    @Rare var stall: Stall?
    /// Text of the peer's SYN in a simultaneous open, until the handshake is over.
    @Rare var heldText: HeldText?
    @Rare var textMarks: TextMarks?
    var lastSentAt: Instant
    var challenges = ChallengeThrottle()
    /// An edge was taken that the RFC does not have; `brokenInvariant` reports it.
    @Rare private(set) var breach: String?
    /// Where it stands in the stack's lists.
    package var standing = StackStanding()
    /// Its records in the log.
    package var trail = RecordTrail()

    /// What every connection begins with, beside its options.
    package struct Origin: Sendable {
        fileprivate let id: ConnectionID
        fileprivate let tuple: FourTuple
        fileprivate let iss: SequenceNumber
        /// Octets of the largest datagram that the route carries.
        fileprivate let routeMTU: Int
        fileprivate let timestampOffset: UInt32
        fileprivate let listener: ListenerID?
        /// Options registered at run time that it carries.
        fileprivate let registered: RegisteredOptions

        package init(
            id: ConnectionID, tuple: FourTuple, iss: SequenceNumber, routeMTU: Int, timestampOffset: UInt32,
            listener: ListenerID? = nil, registered: RegisteredOptions = RegisteredOptions()
        ) {
            self.id = id
            self.tuple = tuple
            self.iss = iss
            self.routeMTU = routeMTU
            self.timestampOffset = timestampOffset
            self.listener = listener
            self.registered = registered
        }
    }

    /// A connection that is about to send its SYN (RFC 9293 §3.10.1, active OPEN).
    package static func opening(
        _ origin: consuming Origin, _ options: ConnectionOptions, at now: Instant
    ) -> Connection {
        let connection = Connection(origin, options, in: .closed, at: now)
        connection.transition(to: .synSent)
        return connection
    }

    /// A connection that a listener's SYN begins, about to send its SYN,ACK (RFC 9293 §3.10.7.2, third check).
    package static func accepting(
        _ segment: Segment, record: UInt64, _ origin: consuming Origin, _ options: ConnectionOptions, at now: Instant
    ) -> Connection {
        let connection = Connection(origin, options, in: .listen, at: now)
        connection.counters.segmentsReceived = 1
        connection.trigger = record
        connection.acceptSyn(segment, at: now)
        connection.transition(to: .synReceived)
        return connection
    }

    /// A SYN cookie has spoken for our SYN: it counts as sent, and waits for its acknowledgment.
    package func noteSynSent(at now: Instant) {
        send.advanceNxt(to: send.iss + 1)
        retransmission.append(
            SentSegment(sequence: send.iss, textLength: 0, hasSyn: true, hasFin: false, sentAt: now, record: 0))
        // The first round trip is unknown: the sample would measure nothing.
        retransmission.spoilSamples()
    }

    private init(
        _ origin: consuming Origin, _ options: borrowing ConnectionOptions, in state: State, at now: Instant
    ) {
        id = origin.id
        tuple = origin.tuple
        listener = origin.listener
        self.options = copy options
        standing.heldGuard = options.guardKind
        registered = origin.registered
        routeMTU = origin.routeMTU
        pathMTU = origin.routeMTU
        self.state = state
        openedAt = now
        lastSentAt = now
        extraOptions = ExtraOptions.of(options.customOptions)
        send = SendSequenceSpace(iss: origin.iss)
        sendBuffer = SendBuffer(capacity: options.sendBuffer)
        recovery = LossRecovery(iss: origin.iss)
        history = ConnectionHistory(start: now)
        rack = RACK(iss: origin.iss)
        frto = FRTO(iss: origin.iss)
        congestion = options.congestion.makeController(options.habits.cubic)
        timestamps = TimestampState(offset: origin.timestampOffset)
        rtt = RTTEstimator(options.timeoutBounds)
        rtt.setInitialRTO(options.habits.initialRTO)
        if options.habits.countsSendMemory { countSendMemory(limit: options.sendBuffer) }
    }

    /// Its beginning, and what its user did.
    package var use: ConnectionUse {
        ConnectionUse(
            options: firstOptions ?? options, mtu: routeMTU, openedAt: openedAt, firstRecordAt: trail.begin,
            calls: calls.kept, isCut: calls.isCut)
    }

    /// What it knows of cookies; nearly all connections have none.
    package internal(set) var fastOpen: FastOpenState {
        get { usedFastOpen ?? FastOpenState() }
        set { usedFastOpen = newValue }
    }

    /// The largest segment that the route carries. RFC 9293 §3.7.1: the MSS option counts neither IP nor TCP header.
    /// RFC 791 §3.2: "Every internet module must be able to forward a datagram of 68 octets".
    private var routeMSS: Int { min(max(routeMTU, 68) - tuple.local.address.family.headers, 65_535) }

    /// The MSS that our SYN announces.
    var announcedMSS: Int { min(Int(options.mss ?? UInt16.max), routeMSS) }

    /// The most text that fits into one segment beside its options (RFC 6691 §2).
    var maximumText: Int {
        let extra = extraOptions.onData.count + registered.lengthOnData + octetCountsLength
        return max(mss - (negotiated.timestamps ? 12 : 0) - (extra + 3) & ~3, 1)
    }

    // MARK: State

    /// The one place where the state changes; the edge must stand in `State.successors`.
    func transition(to next: State) {
        if !state.mayBecome(next) { breach = breach ?? "no edge from \(state) to \(next)" }
        state = next
        changes.insert(.state)
    }

    func becomeEstablished(at now: Instant) {
        transition(to: .established)
        establishedAt = now
        armKeepAlive(at: now)
        if !fastOpen.isAdmitted { startCongestionControl() }
        if wasSynRepeated { rtt.reinitializeAfterSynTimeout() }
        // RFC 9293 §3.10.4: a CLOSE in SYN-RECEIVED was queued until now.
        if closure == .requested { transition(to: .finWait1) }
    }

    /// The MSS is settled, and text may leave.
    func startCongestionControl() {
        recovery.lastsBeyondTimeout = options.habits.recoversBeyondTimeout && !negotiated.sack
        congestion.onEstablished(mss: mss, synWasLost: wasSynRepeated)
        if let segments = options.habits.initialWindow, !wasSynRepeated { congestion.setInitialWindow(segments * mss) }
        if let segments = options.habits.widestCongestionWindow {
            congestion.setInitialWindow(min(congestion.window, segments * mss))
        }
    }

    /// Ends the connection: frees the send side at once, keeps what was received for the user.
    func becomeClosed(_ reason: CloseReason, at now: Instant) {
        guard state != .closed else { return }
        transition(to: .closed)
        closeReason = closeReason ?? reason
        closedAt = closedAt ?? now
        finalProgress = (acknowledged: sendBuffer.start, sent: nextTextPosition)
        timers.stopAll()
        retransmission.removeAll()
        sendBuffer.removeAll()
        debt = .none
    }

    /// Both FINs are exchanged; the stack goes on with a `TimeWaitRecord`.
    func becomeTimeWait(at now: Instant) {
        transition(to: .timeWait)
        closeReason = .normal
        closedAt = now
        timers.stopAll()
        sendBuffer.removeAll()
        finalProgress = (acknowledged: sendBuffer.end, sent: sendBuffer.end)
    }

    /// CLOSED, or TIME-WAIT, where the stack answers in its place.
    package var isOver: Bool { state == .closed || state == .timeWait }

    /// 2 MSL are over.
    package func finishTimeWait() {
        if state == .timeWait { transition(to: .closed) }
    }
}
