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

    /// The personality that they belong to.
    public var name = "default"
    /// The order of the options in a SYN.
    public var synOptions = OptionOrder.scaleLast
    public var windowRounding = WindowRounding.none
    /// A segment that leaves anyway announces a window that has grown by less than a segment too.
    public var announcesAllGrowth = false
    /// Segments are spread over the round trip where the congestion controller asks for it.
    public var paces = true
    /// Segments of the initial congestion window; nil: RFC 6928's ten.
    public var initialWindow: Int?
    /// A congestion window counts as used if it was used at any moment of the round trip, not just before the ACK.
    public var countsPeakOfRound = false
    /// RTO before the first round trip. RFC 6298 §2.1: "the sender SHOULD set RTO <- 1 second".
    public var initialRTO = Interval.seconds(Int64(1))
    /// How long a SYN may stay unanswered; nil: the user timeout, or R2.
    public var synTimeout: Interval?
    /// Our SYN carries no MSS option; whoever wants no options at all leaves out the others by their own switches.
    public var omitsOptions = false
    /// Least RTO. RFC 6298 §2.4 says SHOULD 1 s; 200 ms is what Linux does.
    public var minimumRTO = Interval.milliseconds(200)
    /// Added to every RTO that is computed from round trips.
    public var extraRTO = Interval.zero
    /// Least variance term in the RTO: G of RFC 6298 §2.2, the clock granularity. Our clock is finer, but on a quiet path the
    /// term would shrink to nothing, and the first ACK that the peer delays (by 40 ms, as we do) or that was overtaken would
    /// mean a timeout. Half the least RTO bears that; Linux bears all of it.
    public var leastVariation = Interval.milliseconds(100)
    /// Delay before a lone ACK is sent. RFC 9293 §3.8.6.3 allows < 500 ms; 40 ms matches Linux.
    public var ackDelay = Interval.milliseconds(40)
    /// Segments with text that are acknowledged at once when a connection begins, so that the peer's slow start is not held
    /// up by delayed ACKs.
    public var quickAcks = 0
    /// After an answer to our SYN that belongs to an older connection our SYN is sent again at once.
    public var renewsSyn = true
    /// What the whole buffer has room for is acceptable, also where the header's 16 bits could not announce it.
    public var acceptsWholeBuffer = false
    /// A RST anywhere in the window ends the connection, as before RFC 5961 §3.2.
    public var believesAnyReset = false
    /// A SYN in the window ends the connection, as before RFC 5961 §4.2.
    public var believesAnySyn = false
    /// In a simultaneous open our SYN,ACK repeats what our SYN offered, whether or not the peer's did.
    public var repeatsOffers = false
    /// A CLOSE while received octets are unread aborts. RFC 9293 §3.6.1: "SHOULD send a RST to show that data was lost".
    public var resetsUnread = true
    /// A segment without the timestamps that were negotiated is taken. RFC 7323 §3.2: "SHOULD silently drop the segment".
    public var toleratesMissingTimestamps = false

    public init() {}
}
