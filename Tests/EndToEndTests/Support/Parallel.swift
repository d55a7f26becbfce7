import Foundation
import Synchronization
import TestSupport

/// What a job on another thread came to.
private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
    let arrived = DispatchSemaphore(value: 0)
}

/// Runs the first job on a thread of its own while the second runs on this one; returns what the first returned.
func inParallel<Value: Sendable>(
    _ first: @escaping @Sendable () throws -> Value, _ second: () throws -> Void
) throws -> Value {
    let outcome = Outcome<Value>()
    Thread.detachNewThread {
        let result = Result { try first() }
        outcome.result.withLock { $0 = result }
        outcome.arrived.signal()
    }
    let other = Result { try second() }
    outcome.arrived.wait()
    try other.get()
    guard let result = outcome.result.withLock({ $0 }) else { throw HarnessError("a job left no result") }
    return try result.get()
}

/// Runs the job for every index, on at most `width` threads at once; the results are in the order of the indices.
func concurrently<Value: Sendable>(
    _ count: Int, width: Int, _ job: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: width) { _ in
        while true {
            let index = next.withLock { value in
                defer { value += 1 }
                return value
            }
            guard index < count else { return }
            let result = Result { try job(index) }
            results.withLock { $0[index] = result }
        }
    }
    return try results.withLock { all in try (0..<count).compactMap { try all[$0]?.get() } }
}
