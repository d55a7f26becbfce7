import Synchronization

/// How many connections a server has open, for whoever counts.
package final class ConnectionGauge: Sendable {
    private let count = Atomic(0)
    private let refusals = Atomic<UInt64>(0)

    package init() {}

    /// Connections that are open.
    package var open: Int { count.load(ordering: .relaxed) }
    /// Connections that were only told that there are too many.
    package var refused: UInt64 { refusals.load(ordering: .relaxed) }

    /// So many connections are open now.
    func set(_ open: Int) { count.store(open, ordering: .relaxed) }
    /// One more connection was only told that there are too many.
    func noteRefusal() { refusals.add(1, ordering: .relaxed) }
}
