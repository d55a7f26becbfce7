import CNIO
import Glibc
import Synchronization

/// A thread of the host, apart from those that run tasks: it may block, stand on a core, and live in a namespace.
final class PinnedThread: Sendable {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let handle: UInt

    init(_ body: @escaping @Sendable () -> Void) {
        var handle: pthread_t = 0
        let work = Unmanaged.passRetained(Work(body))
        let failure = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        precondition(failure == 0, "pthread_create: errno \(failure)")
        self.handle = UInt(handle)
    }

    /// Waits for its end; once.
    func join() { pthread_join(pthread_t(handle), nil) }
}

/// Runs `body` on a thread of its own and waits for it.
func onThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws(BenchmarkError) -> Result
) throws(BenchmarkError) -> Result {
    let outcome = Outcome<Result>()
    PinnedThread {
        do throws(BenchmarkError) {
            outcome.set(.success(try body()))
        } catch {
            outcome.set(.failure(error))
        }
    }.join()
    return try outcome.get()
}

/// What a thread leaves behind.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, BenchmarkError>>(.failure(BenchmarkError("the thread has no result")))
    func set(_ result: Result<Value, BenchmarkError>) { self.result.withLock { $0 = result } }
    func get() throws(BenchmarkError) -> Value { try result.withLock { $0 }.get() }
}
