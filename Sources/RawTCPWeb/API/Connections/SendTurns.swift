package import Engine

/// Lets one request at a time send on a connection, in the order they came: two bodies that are streamed in piece by piece
/// must not mix, and an `offset` must still be true when its bytes are accepted.
package actor SendTurns {
    /// Another request was still sending when the patience ran out.
    package struct TimedOut: Error, Hashable {}

    private struct Waiter {
        let ticket: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Those who wait for each connection that somebody sends on.
    private var queues: [ConnectionID: [Waiter]] = [:]
    private var nextTicket: UInt64 = 0

    package init() {}

    /// How many wait for their turn.
    package func waiting(on id: ConnectionID) -> Int { queues[id]?.count ?? 0 }

    /// Runs `body` when all earlier senders on the connection are done. Throws `TimedOut` if that takes longer
    /// than `patience`, and when the task is cancelled meanwhile.
    nonisolated package func take<T: Sendable>(
        on id: ConnectionID, patience: Interval, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        guard await enter(id, patience: patience) else {
            throw TimedOut()
        }
        do {
            let result = try await body()
            await leave(id)
            return result
        } catch {
            await leave(id)
            throw error
        }
    }

    private func enter(_ id: ConnectionID, patience: Interval) async -> Bool {
        guard queues[id] != nil else {
            queues[id] = []
            return true
        }
        nextTicket += 1
        let ticket = nextTicket
        let alarm = Task {
            try? await Task.sleep(for: .nanoseconds(patience.nanoseconds))
            giveUp(id, ticket)
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queues[id]?.append(Waiter(ticket: ticket, continuation: continuation))
            }
        } onCancel: {
            alarm.cancel()  // wakes it from its sleep, so that the waiter is let go at once
        }
    }

    private func giveUp(_ id: ConnectionID, _ ticket: UInt64) {
        guard let index = queues[id]?.firstIndex(where: { $0.ticket == ticket }) else { return }
        queues[id]?.remove(at: index).continuation.resume(returning: false)
    }

    private func leave(_ id: ConnectionID) {
        guard let first = queues[id]?.first else {
            queues[id] = nil
            return
        }
        queues[id]?.removeFirst()
        first.continuation.resume(returning: true)
    }
}
