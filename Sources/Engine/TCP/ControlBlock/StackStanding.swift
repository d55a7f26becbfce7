/// Where a connection stands in the lists of its stack, which keeps this with it. The connection itself never looks at it.
package struct StackStanding: Sendable {
    /// Its earliest entry in the timer queue.
    package var queuedDeadline = Instant.distantFuture
    /// Segments are delivered to it.
    package var isLive = false
    /// The guard that its local endpoint came with; nil once the endpoint is let go, or TIME-WAIT's.
    package var heldGuard: GuardKind?
    /// It stands in the list of connections that may have something to send.
    package var isQueued = false
    /// It counts among its listener's connections in their handshake.
    package var isHalfOpen = false
}
