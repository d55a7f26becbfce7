import CNIO
package import Engine
import HeapModule
import Synchronization

/// A host of user space between two devices: it hands frames on as the simulator's model of a path wants it, with delay, loss,
/// reordering and a rate of its own. Kernels without `netem` have nothing of the kind.
///
/// Whoever is behind it must cut and sum its segments itself: `ethtool -K DEV tx off tso off gso off gro off`.
public final class Middlebox: Sendable {
    /// A frame on its way.
    private struct Flight: Comparable {
        let arrival: Instant
        /// Keeps frames that arrive at the same moment in the order in which they came.
        let serial: UInt64
        let side: Int
        let frame: [UInt8]

        static func == (a: Self, b: Self) -> Bool { a.serial == b.serial }
        static func < (a: Self, b: Self) -> Bool { (a.arrival, a.serial) < (b.arrival, b.serial) }
    }

    /// Longest sleep: how long it takes to end.
    private static let patience = Interval.milliseconds(20)
    /// Most frames taken from one side before the other has its turn.
    private static let batch = 64
    /// A frame of the longest MTU there is.
    private static let longestFrame = 65_535 + 14

    private let wires: [Wire]
    private let poll: Poll
    private let isOver = Atomic(false)

    /// Opens the devices, in the calling thread's network namespace.
    public init(between first: String, and second: String) throws(MiddleboxError) {
        wires = [try Wire(first), try Wire(second)]
        poll = try Poll(wires)
    }

    /// Hands frames on until `stop`; for a thread of its own, in whatever namespace.
    ///
    /// - Parameter paths: from the first device to the second, and back.
    package func run(_ paths: (NetworkPath, NetworkPath), seed: UInt64) {
        var lines = [NetworkLine(paths.0), NetworkLine(paths.1)]
        var random = SplitMix64(seed: seed)
        var flights = Heap<Flight>()
        var serial: UInt64 = 0
        var buffer = [UInt8](repeating: 0, count: Self.longestFrame)
        cnio_set_timer_slack(1_000)
        while !isOver.load(ordering: .relaxed) {
            let now = Clock.now()
            while let flight = flights.min, flight.arrival <= now {
                flights.removeMin()
                wires[flight.side].send(flight.frame)
            }
            poll.wait(flights.min.map { min($0.arrival - now, Self.patience) } ?? Self.patience)
            for side in wires.indices {
                for _ in 0..<Self.batch {
                    guard let frame = wires[side].receive(&buffer) else { break }
                    for arrival in Self.arrivals(of: frame, on: &lines[side], &random) {
                        serial += 1
                        flights.insert(Flight(arrival: arrival, serial: serial, side: 1 - side, frame: frame))
                    }
                }
            }
        }
    }

    /// Ends `run` within a few milliseconds.
    public func stop() { isOver.store(true, ordering: .relaxed) }

    /// When the frame arrives; what is not IP is neither lost nor late, lest two hosts never find each other.
    private static func arrivals(
        of frame: [UInt8], on line: inout NetworkLine, _ random: inout SplitMix64
    ) -> [Instant] {
        let now = Clock.now()
        guard frame.count > 14, [0x0800, 0x86dd].contains(Int(frame[12]) << 8 | Int(frame[13])) else { return [now] }
        switch line.take(frame.count - 14, at: now, &random) {
        case .tooLong, .overflowed, .lost: return []
        case .arrives(let arrival, let copy): return [arrival] + (copy.map { [$0] } ?? [])
        }
    }
}
