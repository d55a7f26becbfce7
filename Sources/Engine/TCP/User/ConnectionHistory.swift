import DequeModule

/// What a connection's numbers were over time, for plots: a row at each change, the newest rows only.
public struct ConnectionHistory: Sendable {
    /// The numbers at one moment. 32 octets, since thousands of them are kept.
    public struct Row: Sendable {
        public let at: Instant
        private let cwnd, ssthresh, srtt, rto32, flight, peer: UInt32

        /// cwnd in octets.
        public var window: Int { Int(cwnd) }
        /// ssthresh in octets; nil while it is arbitrarily high.
        public var slowStartThreshold: Int? { ssthresh == .max ? nil : Int(ssthresh) }
        /// nil before the first sample.
        public var smoothedRoundTrip: Interval? { srtt == .max ? nil : .nanoseconds(Int64(srtt) * Self.grain) }
        public var rto: Interval { .nanoseconds(Int64(rto32) * 1_000) }
        /// Octets sent and not acknowledged.
        public var inFlight: Int { Int(flight) }
        /// SND.WND in octets.
        public var peerWindow: Int { Int(peer) }

        /// Nanoseconds of a round trip's last digit: fine enough for loopback, and 32 bits hold 429 seconds.
        private static let grain: Int64 = 100

        init(
            window: Int, slowStartThreshold: Int?, smoothedRoundTrip: Interval?, rto: Interval, inFlight: Int,
            peerWindow: Int, at now: Instant
        ) {
            at = now
            cwnd = UInt32(clamping: window)
            ssthresh = slowStartThreshold.map { UInt32(clamping: $0) } ?? .max
            srtt = smoothedRoundTrip.map { UInt32(clamping: $0.nanoseconds / Self.grain) } ?? .max
            rto32 = UInt32(clamping: rto.nanoseconds / 1_000)
            flight = UInt32(clamping: inFlight)
            peer = UInt32(clamping: peerWindow)
        }

        /// The same but for the time.
        func isLike(_ other: Row) -> Bool {
            cwnd == other.cwnd && ssthresh == other.ssthresh && srtt == other.srtt && rto32 == other.rto32
                && flight == other.flight && peer == other.peer
        }
    }

    /// Most rows kept: 64 KiB a connection.
    public static let capacity = 2_048

    private var rows = Deque<Row>()
    /// How many rows there have been; the number of the newest one.
    public private(set) var newest: UInt64 = 0
    /// When the connection was opened; rows count from here.
    public let start: Instant

    init(start: Instant) { self.start = start }

    /// Adds a row, unless nothing has changed since the last one.
    mutating func append(_ row: Row) {
        if let last = rows.last, last.isLike(row) { return }
        if rows.count == Self.capacity { rows.removeFirst() }
        rows.append(row)
        newest += 1
    }

    /// The rows with numbers above `number`, and how many of those are not kept any more. Rows are numbered from 1.
    public func rows(after number: UInt64) -> (rows: [Row], evicted: UInt64) {
        let oldest = newest - UInt64(rows.count)
        guard number < newest else { return ([], 0) }
        let skipped = number > oldest ? Int(number - oldest) : 0
        return (Array(rows.dropFirst(skipped)), number < oldest ? oldest - number : 0)
    }
}

extension Connection {
    /// Adds a row to the history if an acknowledgment or a timeout has asked for one; called when the connection has sent
    /// what it could.
    package func sampleHistory(at now: Instant) {
        guard isSampleDue else { return }
        isSampleDue = false
        history.append(
            ConnectionHistory.Row(
                window: congestion.window, slowStartThreshold: congestion.slowStartThreshold,
                smoothedRoundTrip: rtt.smoothed, rto: rtt.rto.interval, inFlight: state == .closed ? 0 : send.inFlight,
                peerWindow: send.wnd, at: now))
    }
}
