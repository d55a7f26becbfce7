import Engine
import Glibc
import Middlebox

/// Goodput over a path that loses segments at random, beside the kernel's own CUBIC: how well losses are found and repaired.
///
/// Without delay the veth pair itself loses, by rules of nftables; with delay a middlebox of user space stands in between.
struct LossBenchmark {
    /// One path.
    private struct Path {
        let title: String
        /// Of a hundred segments in each direction, so many are lost.
        let percent: Int
        /// Milliseconds; 0: the veth pair alone.
        let roundTrip: Int
        /// Milliseconds of a run. Losses are few in a short span, and luck decides: a path with delay has a tenth of the segments.
        var span: Int { roundTrip == 0 ? 2_000 : 8_000 }
    }

    private static let paths = [0, 10].flatMap { roundTrip in
        [1, 5].map { percent in
            let way = roundTrip == 0 ? "veth" : "\(roundTrip) ms"
            return Path(title: "\(way), \(percent) % loss, sending", percent: percent, roundTrip: roundTrip)
        }
    }

    private let plan: Plan

    init(_ plan: Plan) { self.plan = plan }

    func measure(_ report: inout Report) async throws {
        report.section("bulk over a path that loses, one connection")
        for path in Self.paths where plan.wants(path.title) {
            let repairs = RepairTally()
            defer { for line in repairs.lines { report.note(line) } }
            let bulk = BulkBenchmark(plan, warmUp: 600, span: path.span)
            if path.roundTrip == 0 {
                try plan.network.lose(path.percent)
                defer { plan.network.loseNothing() }
                try await bulk.measure(
                    path.title, .sending, plan.network.farAddress(0), &report, floor: 0.9, repairs: repairs)
            } else {
                let delayed = try plan.network.delay(by: path.roundTrip, losing: path.percent)
                defer { delayed.stop() }
                try await bulk.measure(
                    path.title, .sending, plan.network.delayedAddress, &report, floor: 0.9, repairs: repairs)
            }
        }
    }
}

extension BenchmarkNetwork {
    /// Drops at random what comes in at either end, before raw sockets and the kernel's TCP see it.
    fileprivate func lose(_ percent: Int) throws(BenchmarkError) {
        let drop: @Sendable () throws(BenchmarkError) -> Void = { () throws(BenchmarkError) in
            try run("nft", "add table ip loss")
            try run("nft", "add chain ip loss in { type filter hook prerouting priority -300 ; }")
            try run("nft", "add rule ip loss in ip protocol tcp numgen random mod 100 < \(percent) drop")
        }
        try drop()
        try far.perform(drop)
    }

    fileprivate func loseNothing() {
        try? run("nft", "delete table ip loss")
        try? far.perform { () throws(BenchmarkError) in try run("nft", "delete table ip loss") }
    }

    /// Builds a second link to the far host, with a middlebox in it that holds every packet for half of `roundTrip`.
    fileprivate func delay(by roundTrip: Int, losing percent: Int) throws(BenchmarkError) -> DelayedLink {
        let box = try Namespace()
        try run("ip", "link", "add", "near2", "type", "veth", "peer", "name", "west", "netns", box.path)
        try configure("near2", "\(delayedNetwork)1/24")
        let far = far
        let middlebox = try box.perform { () throws(BenchmarkError) in
            try run("ip", "link", "add", "east", "type", "veth", "peer", "name", "far2", "netns", far.path)
            for device in ["west", "east"] { try run("ip", "link", "set", device, "up") }
            do {
                return try Middlebox(between: "west", and: "east")
            } catch {
                throw BenchmarkError("\(error)")
            }
        }
        let farNetwork = "\(delayedNetwork)2/24"
        try far.perform { () throws(BenchmarkError) in try configure("far2", farNetwork) }
        for (namespace, device) in [(nil, "near2"), (far, "far2")] as [(Namespace?, String)] {
            // A middlebox passes on what it gets: sums must be there already.
            let sum: @Sendable () throws(BenchmarkError) -> Void = { () throws(BenchmarkError) in
                try run("ethtool", "-K", device, "tx", "off")
            }
            if let namespace { try namespace.perform(sum) } else { try sum() }
        }
        var path = NetworkPath()
        path.delay = .microseconds(Int64(roundTrip) * 500)
        path.loss = Double(percent) / 100
        return DelayedLink(middlebox, path, far: far)
    }
}

/// A link with a middlebox at work.
private final class DelayedLink: Sendable {
    private let middlebox: Middlebox
    private let thread: PinnedThread
    private let far: Namespace

    init(_ middlebox: Middlebox, _ path: NetworkPath, far: Namespace) {
        self.middlebox = middlebox
        self.far = far
        thread = PinnedThread { middlebox.run((path, path), seed: UInt64.random(in: 0...(.max))) }
    }

    /// Ends it; its devices go too.
    func stop() {
        middlebox.stop()
        thread.join()
        try? run("ip", "link", "delete", "near2")
        try? far.perform { () throws(BenchmarkError) in try run("ip", "link", "delete", "far2") }
    }
}
