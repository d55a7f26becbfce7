/// What implementations of TCP do differently within the RFCs, and their users rely on without knowing. Plain data; the
/// named sets are in `Stack/Personality.swift`.
public struct Habits: Hashable, Sendable {
    /// How the window that our SYN announces is fitted to whole segments.
    public enum WindowRounding: Hashable, Sendable {
        case none
        /// The buffer grows to a whole number of segments once the peer's MSS is known.
        case upToSegments
        /// The window shrinks to a whole number of segments.
        case downToSegments
    }

    /// Whether a SYN that is repeated behind an ICMP error announces what the path carries, rather than what the route does.
    public enum PathAnnouncement: Hashable, Sendable {
        case never
        case onlyV6
        case always
    }

    /// An option of our SYN that takes effect only if the peer's SYN has it as well.
    public enum RepeatedOffer: Hashable, Sendable {
        case windowScale
        case timestamps
        case sack
    }

    /// What fast recovery that goes step by step takes to be in the network.
    public enum NetworkEstimate: Hashable, Sendable {
        /// What lies behind the highest octet that was reported, and repetitions: FreeBSD's awnd.
        case behindHighest
        /// All that was not reported: RFC 6675 §4, SetPipe ().
        case unreported
        /// All that the newest ACK does not report, whatever those before it did.
        case notInNewestReport
    }

    /// The personality that they belong to.
    public var name = "default"
    /// The order of the options in a SYN.
    public var synOptions = OptionOrder.scaleLast
    public var windowRounding = WindowRounding.none
    /// Nagle's algorithm waits only for the ACK of a segment that was not full either (Minshall's variant).
    public var nagleWaitsForSmall = false
    /// Nagle's algorithm looks at what was unacknowledged when a burst began, not at the burst itself.
    public var nagleSparesBursts = false
    /// Least time before a zero-window probe, the first and any other. RFC 9293 §3.8.6.1 wants an RTO.
    public var leastProbeInterval = Interval.zero
    /// The send buffer counts what packets cost as well, and its user waits until a third of it is free.
    public var countsSendMemory = false
    /// The receive buffer counts what packets cost, and the window follows from that; nil: it counts octets.
    public var receiveMemory: ReceiveMemoryHabits?
    /// A zero-window probe carries no text: it repeats the last sequence number that is acknowledged already.
    public var probesWithoutText = false
    /// The next zero-window probe waits from the answer to the one before, not from that itself.
    public var probesAfterAnswer = false
    /// A window that the shift cannot express is rounded down, also where that takes back a little of what was announced.
    public var roundsWindowDown = false
    /// A segment that leaves anyway announces a window that has grown by less than a segment too.
    public var announcesAllGrowth = false
    /// Most segments of the window that a connection begins with; nil: what the buffer has room for.
    public var initialReceiveWindow: Int?
    /// A wider window is worth an ACK of its own from a quarter of the buffer on, and never while an ACK is delayed.
    public var tellsWidthSparingly = false
    /// Our SYN,ACK announces no larger an MSS than the peer's SYN does.
    public var answersWithPeersMSS = false
    /// Segments are spread over the round trip where the congestion controller asks for it.
    public var paces = true
    /// How far one ACK may open the congestion window in slow start.
    public var slowStartLimit = SlowStartLimit.ofController
    /// What selective or duplicate ACKs have reported before opens the congestion window no more once an ACK covers it.
    public var countsDeliveredOnce = false
    public var cubic = CubicVariant.rfc
    /// ssthresh comes from the congestion window, whatever was in flight; RFC 5681 §3.1 takes FlightSize.
    public var reducesFromWindow = false
    /// With tail loss probes (RFC 8985 §7).
    public var probesTail = true
    /// With fewer segments in flight than three duplicates need, and nothing to send, all that can come are enough (RFC 5827 §3.2);
    /// else RACK's delay is for them, too.
    public var retransmitsEarly = false
    /// RACK's delay counts from the newest ACK, not from the first that it was about.
    public var restartsReordering = false
    /// What was reported and is not acknowledged when its turn comes is repeated after half a round trip; else after an RTO.
    public var suspectsReneging = false
    /// A timeout behind a tail loss probe is the first of its segment, and reduces ssthresh.
    public var probesAreNoTimeouts = false
    /// Fast recovery with SACK goes step by step, as BSD had it, and no report of a duplicate undoes it; RFC 9937 reduces the rate in
    /// proportion.
    public var recoversStepwise = false
    /// What such a recovery takes to be in the network.
    public var networkEstimate = NetworkEstimate.behindHighest
    /// Such a recovery begins with the third duplicate, however much was reported. RFC 6675 §5 step (4) asks for reports as well.
    public var countsDuplicates = false
    /// Without SACK, the recovery from a timeout lasts until something behind it is acknowledged, also where it was undone.
    public var recoversBeyondTimeout = false
    /// Segments that the congestion window never grows beyond; nil: there is no such limit.
    public var widestCongestionWindow: Int?
    /// A window as wide as ssthresh grows by slow start; RFC 5681 §3.1 leaves it open.
    public var startsSlowlyAtThreshold = false
    /// What may leave when a recovery begins is what the ACK that has found the loss reports, whatever came just before.
    public var recoversFromOneAck = false
    /// The last full segment of several that leave together carries PSH, so that the receiver need not wait for more.
    public var pushesBursts = false
    /// A segment that was pushed is pushed again where it is repeated, and so is the text of a SYN; where packets are counted, text
    /// is pushed inside a write that is long for the peer's window, too.
    public var remembersPushes = false
    /// RACK's round trip is that of the highest segment which an ACK delivers. RFC 8985 §6.2 takes the one that was sent last.
    public var measuresHighest = false
    /// RFC 5681 §4.1: after an idle RTO the congestion window falls back.
    public var restartsAfterIdle = true
    /// Segments of the initial congestion window; nil: RFC 6928's ten.
    public var initialWindow: Int?
    /// On a path that has become narrower the congestion window keeps its octets, not its segments.
    public var keepsWindowOnNarrowPath = false
    /// A congestion window counts as used if it was used at any moment of the round trip, not just before the ACK.
    public var countsPeakOfRound = false
    /// One segment is timed at a time, and with timestamps the oldest that an ACK covers; a report of what lies behind a hole gives
    /// no round trip.
    public var timesOldest = false
    /// The round trip of our SYN,ACK is taken from its timestamp, or not at all.
    public var ignoresRoundTripOfSynAck = false
    /// RTO before the first round trip. RFC 6298 §2.1: "the sender SHOULD set RTO <- 1 second".
    public var initialRTO = Interval.seconds(Int64(1))
    /// Repetitions of our SYN before the intervals grow.
    public var evenSynRepetitions = 0
    /// How long a SYN may stay unanswered; nil: the user timeout, or R2.
    public var synTimeout: Interval?
    /// A listener's connection ends without a word once its SYN,ACK was repeated so often; nil: like one that we open.
    public var synAckRetries: Int?
    /// How long FIN-WAIT-2 lasts once the user reads no more; nil: RFC 9293 lets it last. It ends without a word.
    public var finWait2Timeout: Interval?
    /// Connections in their handshake go without a word when their listener is closed: what comes for them then is answered with a RST.
    public var dropsHandshakesSilently = false
    /// A listener's connection stays in its handshake until text comes: until its SYN,ACK has waited in vain so often, an ACK without
    /// text is dropped. 0: it completes the handshake, as RFC 9293 §3.10.7.4 has it.
    public var acceptDeferral = 0
    /// Text that is repeated so often without an answer ends the connection, without a word; nil: R2 is a time (RFC 9293 §3.8.3).
    public var dataRetries: Int?
    /// Our SYN carries no MSS option; whoever wants no options at all leaves out the others by their own switches.
    public var omitsOptions = false
    /// Least RTO. RFC 6298 §2.4 says SHOULD 1 s; 200 ms is what Linux does.
    public var minimumRTO = Interval.milliseconds(200)
    /// The RTO never grows beyond this. RFC 6298 §2.5: "provided it is at least 60 seconds"; a lab may want less.
    public var maximumRTO = Interval.seconds(Int64(60))
    /// Added to every RTO that is computed from round trips.
    public var extraRTO = Interval.zero
    /// Least variance term in the RTO: G of RFC 6298 §2.2, the clock granularity. Our clock is finer, but on a quiet path the
    /// term would shrink to nothing, and the first ACK that the peer delays (by 40 ms, as we do) or that was overtaken would
    /// mean a timeout. Half the least RTO bears that; Linux bears all of it.
    public var leastVariation = Interval.milliseconds(100)
    /// What a tail loss probe waits beyond two round trips; nil: nothing, but two milliseconds at least.
    public var probeMargin: Interval?
    /// Delay before a lone ACK is sent. RFC 9293 §3.8.6.3 allows < 500 ms; 40 ms matches Linux.
    public var ackDelay = Interval.milliseconds(40)
    /// Every second segment with text is acknowledged at once, whatever its size, and one that is longer than those that we send.
    public var acksEverySecond = false
    /// Acknowledgments wait for text to go with once text goes both ways, also where they would not have waited.
    public var delaysOnceInteractive = false
    /// After an answer to our SYN that belongs to an older connection our SYN is sent again at once.
    public var renewsSyn = true
    /// What the whole buffer has room for is acceptable, also where the header's 16 bits could not announce it.
    public var acceptsWholeBuffer = false
    /// A RST anywhere in the window ends the connection, as before RFC 5961 §3.2.
    public var believesAnyReset = false
    /// A SYN in the window ends the connection, as before RFC 5961 §4.2.
    public var believesAnySyn = false
    /// In a simultaneous open text of the peer's SYN is dropped, and comes again. RFC 9293 §3.10.7.3: "queue them for processing
    /// after the ESTABLISHED state has been reached".
    public var dropsTextOfSyn = false
    /// What our SYN,ACK in a simultaneous open offers as our SYN did, whatever the peer's SYN says.
    public var repeatedOffers: Set<RepeatedOffer> = []
    /// While our FIN is unacknowledged, an ACK carries it once more; a challenge ACK does not.
    public var acksRepeatFin = false
    /// In TIME-WAIT a segment without ACK is dropped unless it begins a new connection, for which a SYN may carry FIN too.
    /// RFC 9293 §3.10.7.4 looks at the sequence number first, and answers where that is not acceptable.
    public var timeWaitHearsAcksOnly = false
    /// An ACK without text that is older than the newest text, by its timestamp as well, is dropped. RFC 7323 §5.3 R1 answers it.
    public var dropsOldAcks = false
    /// The peer's FIN in ESTABLISHED, without text and some time after the last, is acknowledged as text is: after a delay.
    public var delaysAckOfFin = false
    /// Once the peer's FIN is taken, nothing that came twice is reported any more.
    public var finEndsReports = false
    /// What our SYN announces once the path has become narrower.
    public var pathAnnouncement = PathAnnouncement.never
    /// How long a name must have been in TIME-WAIT before an OPEN that may take it over does.
    public var reuseDelay = Interval.seconds(Int64(1))
    /// The SYN of such an OPEN echoes the newest timestamp of the connection before. RFC 7323 §3.2 has zero there.
    public var echoesIntoReuse = false
    /// A CLOSE while received octets are unread aborts. RFC 9293 §3.6.1: "SHOULD send a RST to show that data was lost".
    public var resetsUnread = true
    /// An ACK of what was never sent is dropped. RFC 9293 §3.10.7.4: "then send an ACK, drop the segment, and return".
    public var ignoresEarlyAcks = false
    /// Any ICMP error about it ends an open, not only a hard one.
    public var endsOpenOnSoftErrors = false
    /// An ICMP error that says that the hop limit was exceeded ends an open, as a hard one does.
    public var endsOpenAtHopLimit = false
    /// No ICMP error ends a connection.
    public var ignoresHardErrors = false
    /// A RST of ours announces the window that the connection had; else none.
    public var tellsWindowInReset = false
    /// Whether segments probe what the path takes.
    public var pathProbing = PathProbingHabits()
    /// The widest window that a connection begins with, in octets; nil: as wide as the buffer.
    public var widestFirstWindow: Int?
    /// How congestion is heard of and told.
    public var ecn = ECNHabits()
    /// Without RACK, what may still be on its way is repeated where nothing else can leave: RFC 6675 §4, NextSeg () rules (3)
    /// and (4).
    public var repeatsUnproven = true
    /// From the third repetition on our SYN carries no option but the MSS.
    public var dropsOptionsOfRepeatedSyn = false
    /// How a Fast Open that has no cookie, or was refused, is dealt with.
    public var fastOpen = FastOpenHabits()
    /// A segment without the timestamps that were negotiated is taken. RFC 7323 §3.2: "SHOULD silently drop the segment".
    public var toleratesMissingTimestamps = false

    public init() {}
}

/// What implementations do differently about Fast Open (RFC 7413).
public struct FastOpenHabits: Hashable, Sendable {
    /// A client sends text in its SYN without a cookie.
    public var sendsWithoutCookie = false
    /// A server takes the text of a SYN without a cookie.
    public var takesWithoutCookie = false
    /// A server that grants no cookie, or does not take the text that came with one, is not asked again.
    public var remembersRefusal = false
    /// A server's answer to a SYN with a cookie waits for the user's text as any ACK does, and carries it; it grants the cookie once
    /// more.
    public var delaysAnswer = false
    /// A server that grants nothing is asked once more by the experimental option of the years before RFC 7413.
    public var triesExperimental = false

    public init() {}
}
