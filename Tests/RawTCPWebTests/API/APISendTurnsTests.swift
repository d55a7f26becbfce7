import Engine
import RawTCPWeb
import Testing

@Suite struct APISendTurnsTests {
    private let turns = SendTurns()
    private let id = ConnectionID(rawValue: 1)

    @Test func whoCameFirstSendsFirst() async throws {
        let order = Order()
        let senders = try await turns.take(on: id, patience: .zero) { [turns, id] in
            var senders: [Task<Void, any Error>] = []
            for number in 0..<20 {
                senders.append(
                    Task {
                        try await turns.take(on: id, patience: .milliseconds(60_000)) { await order.append(number) }
                    })
                while await turns.waiting(on: id) <= number { await Task.yield() }
            }
            #expect(await order.numbers == [])
            return senders
        }
        for sender in senders { try await sender.value }
        #expect(await order.numbers == Array(0..<20))
    }

    @Test func whoWaitsTooLongIsToldSo() async throws {
        await #expect(throws: SendTurns.TimedOut.self) {
            try await turns.take(on: id, patience: .zero) { [turns, id] in
                try await turns.take(on: id, patience: .milliseconds(1)) {}
            }
        }
        #expect(await turns.waiting(on: id) == 0)
    }

    @Test func whoGoesAwayWhileWaitingLeavesTheLine() async throws {
        try await turns.take(on: id, patience: .zero) { [turns, id] in
            let waiter = Task { try await turns.take(on: id, patience: .milliseconds(60_000)) {} }
            while await turns.waiting(on: id) == 0 { await Task.yield() }
            waiter.cancel()
            await #expect(throws: (any Error).self) { try await waiter.value }
        }
        try await turns.take(on: id, patience: .zero) {}
    }

    @Test func otherConnectionsDoNotWait() async throws {
        try await turns.take(on: id, patience: .zero) { [turns] in
            try await turns.take(on: ConnectionID(rawValue: 2), patience: .zero) {}
        }
    }
}

private actor Order {
    private(set) var numbers: [Int] = []
    func append(_ number: Int) { numbers.append(number) }
}
