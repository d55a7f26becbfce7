package import Dispatch

/// A serial Dispatch queue as an actor's executor: Linux has no `DispatchSerialQueue`.
package final class DispatchQueueExecutor: SerialExecutor {
    private static let key = DispatchSpecificKey<ObjectIdentifier>()

    /// The queue. What runs on it is isolated to the actor.
    package let queue: DispatchQueue

    /// An executor on a queue of its own. All such queues share one of Dispatch's pools, which has about a thread per
    /// core: a queue without a target would bring a thread along. Not the default pool, which Swift's own executor uses:
    /// whoever computes there at length must not hold up every connection.
    package init(label: String) {
        queue = DispatchQueue(label: label, target: .global(qos: .userInitiated))
        queue.setSpecific(key: Self.key, value: ObjectIdentifier(self))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

    package func isIsolatingCurrentContext() -> Bool? {
        DispatchQueue.getSpecific(key: Self.key) == ObjectIdentifier(self)
    }
}
