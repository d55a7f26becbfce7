import Engine

/// One cell of the table of loss recovery: a path, a controller, and what came of them.
struct LossCell: Sendable {
    let roundTrip: Int
    let loss: Double
    let reordering: Double
    let algorithm: CongestionAlgorithm

    /// Octets a second that the path carries, headers included: 5 Mbit/s.
    static let rate = 625_000
    /// Octets of text in a full segment, and of its datagram.
    static let text = 1_448
    static let datagram = 1_500

    /// All of them, in the order of the table.
    static let all: [LossCell] = {
        var cells: [LossCell] = []
        for algorithm in [CongestionAlgorithm.cubic, .newreno] {
            for reordering in [0, 0.05] {
                for roundTrip in [1, 10, 50, 200] {
                    for loss in [0, 0.001, 0.01, 0.03, 0.1] {
                        cells.append(
                            LossCell(roundTrip: roundTrip, loss: loss, reordering: reordering, algorithm: algorithm))
                    }
                }
            }
        }
        return cells
    }()

    /// Simulated seconds; long where a timeout would show that recovery has a gap.
    var seconds: Int { loss == 0.01 ? 1_000 : 60 }

    private var path: NetworkPath {
        var path = NetworkPath()
        path.delay = .microseconds(Int64(roundTrip) * 500)
        path.loss = loss
        path.reordering = reordering
        // Late by half a round trip: more than RACK allows at first, less than it allows in the end.
        path.lateness = .microseconds(Int64(roundTrip) * 500)
        path.rate = Self.rate
        path.queueLimit = max(Self.rate * roundTrip / 1_000, 64 << 10)
        return path
    }

    /// Runs the transfer.
    func measure(seed: UInt64) throws -> LossResult {
        var bulk = BulkNetwork(seed: seed, path: path)
        try bulk.open(algorithm)
        try bulk.run(for: .seconds(Int64(seconds)))
        let outcome = try bulk.outcomes()[0]
        let goodput = Double(outcome.octets) / Double(seconds)
        let counters = outcome.sender.counters
        let segments = Double(outcome.octets) / Double(Self.text)
        return LossResult(
            cell: self, capacityShare: goodput / capacity, responseShare: goodput / min(capacity, response),
            repeated: Double(counters.retransmissions) / segments,
            spurious: Double(outcome.receiver.counters.segmentsDropped) / segments, timeouts: counters.timeouts)
    }

    private var capacity: Double { Double(Self.rate * Self.text / Self.datagram) }

    /// Octets a second that theory allows at this loss.
    private var response: Double {
        guard loss > 0 else { return capacity }
        let seconds = Double(roundTrip) / 1_000
        // Mathis et al., 1997: W = sqrt(3 / 2p)
        let reno = (1.5 / loss).squareRoot()
        guard algorithm == .cubic else { return reno / seconds * Double(Self.text) }
        // RFC 9438 §5.1, figure 8: AVG_W_cubic = (C * (3 + β) / (4 * (1 - β)))^(1/4) * RTT^(3/4) / p^(3/4), C = 0.4, β = 0.7
        let ratio = seconds / loss
        let cubic = 1.054 * (ratio.squareRoot() * ratio.squareRoot().squareRoot())
        return max(reno, cubic) / seconds * Double(Self.text)
    }
}

/// What came of one cell.
struct LossResult: Sendable {
    let cell: LossCell
    /// Goodput as a share of what the path carries, and of the smaller of that and the response function.
    let capacityShare, responseShare: Double
    /// Repeated segments, and needlessly repeated ones, per segment that arrived.
    let repeated, spurious: Double
    let timeouts: Int

    static let header = "algorithm  rtt/ms  loss/%  late/%  of capacity  of response  repeated/%  spurious/%  RTOs"

    /// The row of the table.
    var line: String {
        let values = [
            column(cell.algorithm.rawValue, -9), column("\(cell.roundTrip)", 8), column(fixed(cell.loss * 100, 1), 8),
            column(fixed(cell.reordering * 100, 0), 8), column(fixed(capacityShare, 3), 13),
            column(fixed(responseShare, 3), 13), column(fixed(repeated * 100, 2), 12),
            column(fixed(spurious * 100, 2), 12), column("\(timeouts)", 6),
        ]
        return values.joined()
    }

    private func column(_ text: String, _ width: Int) -> String {
        let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? text + padding : padding + text
    }

    private func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
