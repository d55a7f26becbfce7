import Foundation

/// Runs blocking work on a thread of its own, so that no thread of the pool is held.
package func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Runs `body` on a thread in a network namespace of its own, with loopback up and nothing else in it. Issues recorded
/// there would belong to no test: return what was found, and judge it outside.
package func inNetworkNamespace<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await onThread {
        try NetworkNamespace.enter()
        return try body()
    }
}
