import Engine
import Glibc
import TestSupport
import Testing

/// Our listeners, called by the kernel's own TCP and by our own client.
@Suite struct EngineListenerTests {
    @Test func aKernelClientIsEchoedAndClosedAfter() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
            request.service = .echo
            let listener = try await engine.listen(request)
            let answer = try KernelClient.exchange(Array("hello raw".utf8), with: listener.local)
            #expect(answer == Array("hello raw".utf8))
            let found = try await engine.accepted(by: listener.id, after: 0, patience: .patience)
            #expect(found.connections.map(\.origin) == [.listener(listener.id)])
            #expect(found.next == 1)
        }
    }

    @Test func acceptedAskedTwiceGivesTheSameAnswer() async throws {
        try await withEngine { engine, _ in
            let listener = try await engine.listen(ListenRequest(local: Endpoint(.loopbackV4, 0)))
            _ = try await engine.connect(OpenRequest(remote: listener.local), timeout: .patience)
            _ = try await engine.connect(OpenRequest(remote: listener.local), timeout: .patience)
            let first = try await engine.accepted(by: listener.id, after: 0, patience: .patience)
            let again = try await engine.accepted(by: listener.id, after: 0, patience: .patience)
            #expect(first.connections.map(\.id) == again.connections.map(\.id))
            let second = try await engine.accepted(by: listener.id, after: 1, patience: .patience)
            #expect(second.connections.count == 1 && second.next == 2)
            let page = try await engine.accepted(by: listener.id, after: 0, limit: 1, patience: .patience)
            #expect(page.connections.map(\.id) == first.connections.prefix(1).map(\.id) && page.next == 1)
        }
    }

    @Test func aListenerTakesAPortWhoseGuardIsIdle() async throws {
        var configuration = EngineConfiguration()
        configuration.portRange = 19_990...19_991
        try await withEngine(configuration) { engine, server in
            var ids: [ConnectionID] = []
            for _ in configuration.portRange {
                ids.append(try await engine.connect(OpenRequest(remote: server), timeout: .patience).id)
            }
            for id in ids { try await engine.delete(id) }
            for _ in configuration.portRange {
                var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
                request.service = .echo
                let listener = try await engine.listen(request)
                #expect(try KernelClient.exchange([7], with: listener.local) == [7])
            }
        }
    }

    @Test func ourClientAndOurListenerExchangeAMillionOctets() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
            request.service = .echo
            let listener = try await engine.listen(request)
            let id = try await engine.connect(OpenRequest(remote: listener.local), timeout: .patience).id
            try await engine.expectEcho(octets: 1_000_000, over: id)
            // The reset ends the echo service as well, which would go on waiting for us.
            try await engine.delete(id)
            while await !engine.hasNoWaiters { await Task.yield() }
        }
    }

    @Test func aListenersConnectionsBeginAndSpeakAsItSays() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
            request.initialSequence = SequenceNumber(.max)
            request.payload = Array("welcome".utf8)
            let listener = try await engine.listen(request)
            for _ in 1...2 {
                let client = try await engine.connect(OpenRequest(remote: listener.local), timeout: .patience)
                #expect(client.receive.irs == SequenceNumber(.max))
                var greeting = ReadRequest()
                (greeting.minimum, greeting.patience) = (7, .patience)
                #expect(try await engine.read(greeting, from: client.id).octets == request.payload)
            }
        }
    }

    @Test func aGreetingMustFitIntoTheSendBuffer() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
            request.options.sendBuffer = 4_096
            request.payload = [UInt8](repeating: 0, count: 4_097)
            await #expect(throws: EngineError.self) { try await engine.listen(request) }
            #expect(await engine.listeners().isEmpty)
        }
    }

    @Test func twoListenersCannotShareAnEndpoint() async throws {
        try await withEngine { engine, _ in
            let listener = try await engine.listen(ListenRequest(local: Endpoint(.loopbackV4, 0)))
            await #expect(throws: EngineError.portInUse(listener.local, holder: "\(listener.id), LISTEN")) {
                try await engine.listen(ListenRequest(local: listener.local))
            }
            try await engine.close(listener.id)
            #expect(try await engine.listen(ListenRequest(local: listener.local)).local == listener.local)
        }
    }

    @Test func aListenerForAllAddressesAnswersAtEach() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.anyV4, 0))
            request.service = .echo
            let listener = try await engine.listen(request)
            for bits: UInt32 in [0x7f00_0001, 0x7f00_0009] {
                let target = Endpoint(IPAddress(v4: bits), listener.local.port)
                #expect(try KernelClient.exchange([1, 2, 3], with: target) == [1, 2, 3])
            }
        }
    }

    @Test func aFullBacklogIsAnsweredWithCookies() async throws {
        try await withEngine { engine, _ in
            var request = ListenRequest(local: Endpoint(.loopbackV4, 0))
            request.service = .echo
            request.backlog = 1
            let listener = try await engine.listen(request)
            // A SYN whose handshake nobody completes: the answer goes to a port where segments are dropped.
            let silent = try KernelSocket.silent()
            try KernelClient.sendLoneSyn(from: silent.endpoint, to: listener.local)
            while try await engine.listener(listener.id).halfOpen == 0 { await Task.yield() }
            #expect(try KernelClient.exchange([4, 5, 6], with: listener.local) == [4, 5, 6])
            #expect(await engine.status().counters.cookiesSent >= 1)
        }
    }

    @Test func noPortIsChosenThatWouldConnectAnEndpointToItself() async throws {
        try await withEngine { engine, server in
            // The guard of a held endpoint is the pool's only one, which the next connection would like to share.
            var hold = CraftRequest(
                subject: .endpoints(localAddress: .loopbackV4, localPort: nil, remote: server))
            hold.repetitions = 0
            let held = try await engine.craft(hold).local
            let connection = try await engine.open(OpenRequest(remote: held))
            #expect(connection.local != held)
            try await engine.delete(connection.id)
        }
    }

    @Test func aPortThatNobodyAskedForIsNeverAnotherProgramsPort() async throws {
        let taken = try KernelSocket.silent()
        var configuration = EngineConfiguration()
        configuration.portRange = taken.endpoint.port...taken.endpoint.port + 15
        try await withEngine(configuration) { engine, server in
            var craft = CraftRequest(
                subject: .endpoints(localAddress: .loopbackV4, localPort: nil, remote: server))
            craft.repetitions = 0
            // As often as there are ports: each has its turn.
            for _ in 1...16 {
                let local = try await engine.craft(craft).local
                #expect(local.port != taken.endpoint.port)
            }
            craft.subject = .endpoints(localAddress: .loopbackV4, localPort: taken.endpoint.port, remote: server)
            await #expect(throws: EngineError.self) { try await engine.craft(craft) }
        }
    }

    @Test func heldEndpointsMakeRoomForMore() async throws {
        // A range of its own: in the standard one, guards of other tests' engines may stand in a row that is longer than the
        // ports that are tried.
        var configuration = EngineConfiguration()
        configuration.portRange = 30_000...31_999
        try await withEngine(configuration) { engine, server in
            // One endpoint each, and more than are held at once; nothing leaves.
            var hold = CraftRequest(
                subject: .endpoints(localAddress: .loopbackV4, localPort: nil, remote: server))
            hold.repetitions = 0
            var places: Set<Endpoint> = []
            for _ in 1...1_100 { places.insert(try await engine.craft(hold).local) }
            #expect(places.count > 1_000)
            #expect(await engine.status().guardsOpen <= 1_100)
        }
    }
}
