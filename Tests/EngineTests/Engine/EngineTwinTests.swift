import Engine
import TestSupport
import Testing

/// Connections by the kernel's own TCP: what a socket can be told is told, the rest is refused.
@Suite struct EngineTwinTests {
    private func request(_ server: Endpoint, _ change: (inout OpenRequest) -> Void) -> OpenRequest {
        var request = OpenRequest(remote: server)
        request.engine = .kernel
        change(&request)
        return request
    }

    private func expectRefusal(_ request: OpenRequest, _ member: String, by engine: Engine) async {
        let error = await #expect(throws: EngineError.self) {
            try await engine.connect(request, timeout: .patience)
        }
        guard case .invalidRequest(let named, _) = error else {
            Issue.record("\(member): \(error as Any)")
            return
        }
        #expect(named == member)
    }

    private func unexpected(_ what: String) { Issue.record("not expected: \(what)") }

    private func sysctl(_ name: String) throws -> [Substring] {
        try ProcFile.read("/proc/sys/net/ipv4/\(name)").split(whereSeparator: \.isWhitespace)
    }

    @Test func itsSegmentsAndItsSocketShowWhatItWasTold() async throws {
        try await withEngine { engine, server in
            let wanted = request(server) { request in
                request.options.keepAlive = KeepAlive()
                request.options.nagle = true
                request.options.ttl = 9
                request.options.dscp = 10
                request.options.mss = 700
                request.options.userTimeout = .seconds(Int64(30))
                request.options.receiveBuffer = 8_192
                request.options.sendBuffer = 65_536
            }
            let twin = try await engine.connect(wanted, timeout: .patience)
            #expect(twin.state == .established && twin.mss <= 700)
            let mss = try await engine.profile(of: twin.id).traits.first { $0.name == "syn.mss" }
            #expect(mss?.value == "700")
            let log = await engine.log()
            let syn = try #require(log.numbers.compactMap { log[$0] }.first { $0.connection == twin.id }?.headers)
            guard case .v4(let header) = syn.ip else { return unexpected("\(syn)") }
            #expect(header.ttl == 9 && header.dscp == 10)
            let window = syn.tcp?.window ?? .max
            #expect(window <= 8_192)
        }
    }

    @Test func itsNumbersAndItsHistoryAreThereFromTheHandshakeOn() async throws {
        try await withEngine { engine, server in
            let twin = try await engine.connect(request(server) { _ in }, timeout: .patience)
            #expect(twin.send.una == twin.send.iss + 1 && twin.receive.nxt == twin.receive.irs + 1)
            let log = await engine.log()
            let syn = try #require(log.numbers.compactMap { log[$0] }.first { $0.connection == twin.id }?.headers)
            #expect(syn.tcp?.sequence == twin.send.iss)
            let row = try #require(try await engine.history(of: twin.id).rows(after: 0).rows.last)
            #expect(row.window > 0 && row.inFlight == 0)
        }
    }

    @Test func aPortGoesFromOneToTheOtherAndBack() async throws {
        try await withEngine { engine, server in
            var ours = OpenRequest(remote: server)
            let first = try await engine.connect(ours, timeout: .patience)
            ours.localPort = first.local.port
            var theirs = request(server) { _ in }
            theirs.localPort = first.local.port
            await #expect(throws: EngineError.portInUse(first.local, holder: "a connection of ours")) {
                try await engine.connect(theirs, timeout: .patience)
            }
            try await engine.delete(first.id)
            for _ in 1...2 {
                let twin = try await engine.connect(theirs, timeout: .patience)
                #expect(twin.local == first.local)
                // It stays readable; its port is free all the same.
                try await engine.abort(twin.id)
                let over = try await engine.connection(twin.id)
                #expect(over.congestion.kernelAlgorithm == twin.congestion.kernelAlgorithm)
                let again = try await engine.connect(ours, timeout: .patience)
                #expect(again.local == first.local)
                try await engine.delete(again.id)
            }
        }
    }

    @Test(arguments: [(CongestionAlgorithm.cubic, "cubic"), (.newreno, "reno")])
    func congestionControlIsTheOneAskedForOrRefused(algorithm: CongestionAlgorithm, name: String) async throws {
        let isAvailable = try sysctl("tcp_available_congestion_control").contains { $0 == name }
        try await withEngine { engine, server in
            let wanted = request(server) { request in
                request.options.congestion = algorithm
                request.written = ["congestion"]
            }
            guard isAvailable else { return await expectRefusal(wanted, "congestion", by: engine) }
            let twin = try await engine.connect(wanted, timeout: .patience)
            #expect(twin.congestion.kernelAlgorithm == name)
        }
    }

    @Test func unaskedTheCongestionControlIsTheHosts() async throws {
        let standard = try sysctl("tcp_congestion_control").joined()
        try await withEngine { engine, server in
            let twin = try await engine.connect(request(server) { _ in }, timeout: .patience)
            #expect(twin.congestion.kernelAlgorithm == standard)
        }
    }

    @Test func fastOpenTakesTextAlongOnceThereIsACookie() async throws {
        let isAllowed = try sysctl("tcp_fastopen").first.flatMap { Int($0) }.map { $0 & 1 == 1 } ?? false
        try await withEngine { engine, _ in
            var listening = ListenRequest(local: Endpoint(.loopbackV4, 0))
            listening.options.fastOpen = true
            let listener = try await engine.listen(listening)
            let wanted = request(Endpoint(.loopbackV4, listener.local.port)) { request in
                request.options.fastOpen = true
                request.payload = Array("hello".utf8)
            }
            guard isAllowed else { return await expectRefusal(wanted, "fastOpen", by: engine) }
            // The kernel keeps cookies by address: whether it has one at first is not ours to know, but then it has.
            for turn in 0..<2 {
                let twin = try await engine.connect(wanted, timeout: .patience)
                let found = try await engine.accepted(by: listener.id, after: UInt64(turn), patience: .patience)
                let ours = try #require(found.connections.first)
                #expect(try await engine.read(octets: 5, from: ours.id) == Array("hello".utf8))
                guard turn == 1 else { continue }
                let isNegotiated = try await engine.connection(twin.id).negotiated.fastOpen
                #expect(isNegotiated)
            }
        }
    }

    @Test(arguments: [
        "congestion", "customOptions", "initialSequence", "windowScale", "keepAlive", "delayedAck", "timeWait",
        "timeWaitReset", "reuseTimeWait", "userTimeoutOption", "guard", "personality", "mss",
    ])
    func whatASocketCannotBeToldIsRefusedByName(member: String) async throws {
        try await withEngine { engine, server in
            let wanted = request(server) { request in
                request.written = [member]
                switch member {
                case "congestion": request.options.congestion = .none
                case "customOptions": request.options.customOptions = [CustomOption(kind: 253, data: [1], place: .syn)]
                case "initialSequence": request.initialSequence = SequenceNumber(1)
                case "keepAlive": request.options.keepAlive = KeepAlive(idle: .milliseconds(1_500))
                case "delayedAck": request.options.delayedAck = false
                case "reuseTimeWait": request.options.reuseTimeWait = true
                case "userTimeoutOption": request.options.userTimeoutOption = true
                case "personality": request.options = Personality.freebsd.options
                case "mss": request.options.mss = 10
                default: break  // Written as our default is: asked for all the same.
                }
            }
            await expectRefusal(wanted, member, by: engine)
        }
    }

    @Test(arguments: ["sack", "timestamps", "windowScale", "ecn"])
    func whatTheHostSetsForAllMustBeAsItIs(member: String) async throws {
        let names = [
            "sack": "tcp_sack", "timestamps": "tcp_timestamps", "windowScale": "tcp_window_scaling", "ecn": "tcp_ecn",
        ]
        let name = try #require(names[member])
        let value = try #require(try sysctl(name).first.flatMap { Int($0) })
        let isOn = member == "ecn" ? ![0, 2, 5].contains(value) : value != 0
        try await withEngine { engine, server in
            for isWanted in [true, false] {
                let wanted = request(server) { request in
                    // A shift cannot be asked for, so "on" is what is not written.
                    request.written = member == "windowScale" ? [] : [member]
                    switch member {
                    case "sack": request.options.sack = isWanted
                    case "timestamps": request.options.timestamps = isWanted
                    case "windowScale": request.options.windowScale = isWanted ? 7 : nil
                    default: request.options.ecn = isWanted
                    }
                }
                if isWanted == isOn || member == "windowScale" && isWanted {
                    let twin = try await engine.connect(wanted, timeout: .patience)
                    #expect(twin.state == .established)
                } else {
                    await expectRefusal(wanted, member, by: engine)
                }
            }
        }
    }

    @Test func aLivingSocketIsToldOfChanges() async throws {
        try await withEngine { engine, server in
            let twin = try await engine.connect(request(server) { _ in }, timeout: .patience)
            var change = ConnectionChange()
            change.ttl = 5
            change.keepAlive = .some(KeepAlive())
            change.autoRelease = true
            let changed = try await engine.update(twin.id, change)
            #expect(changed.options.ttl == 5 && changed.options.keepAlive == KeepAlive())
            _ = try await engine.write(Array("gone".utf8), to: twin.id, push: true, timeout: .patience)
            while try await engine.connection(twin.id).counters.bytesReceived < 4 { await Task.yield() }
            #expect(try await engine.connection(twin.id).receive.buffered == 0)
            let log = await engine.log()
            let text = log.numbers.compactMap { log[$0] }.first { $0.direction == .outbound && $0.payloadLength == 4 }
            guard case .v4(let header) = text?.headers?.ip else { return unexpected("\(text as Any)") }
            #expect(header.ttl == 5)
            var refused = ConnectionChange()
            refused.delayedAck = false
            let error = await #expect(throws: EngineError.self) { try await engine.update(twin.id, refused) }
            guard case .invalidRequest("delayedAck", _) = error else { return unexpected("\(error as Any)") }
        }
    }

    @Test func theLastThousandThatAreOverStayReadable() async throws {
        let nobody = try KernelSocket.bound()
        defer { withExtendedLifetime(nobody) {} }
        try await withEngine { engine, _ in
            var ids: [ConnectionID] = []
            for _ in 0..<1_010 { ids.append(try await engine.open(request(nobody.endpoint) { _ in }).id) }
            // Each look at one that was refused finds it closed; the next open forgets what is too much.
            for id in ids.suffix(1_000) { #expect(try await engine.connection(id).state == .closed) }
            _ = try await engine.open(request(nobody.endpoint) { _ in })
            #expect(await engine.connections().count <= 1_001)
            await #expect(throws: EngineError.self) { try await engine.connection(ids[0]) }
            #expect(try await engine.connection(ids[1_009]).closeReason == .refused)
        }
    }

    @Test func aChangeMustFitBesideTheRegisteredOptionsOfTheConnection() async throws {
        try await withEngine { engine, server in
            _ = try await engine.register(Self.probe)
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            var change = ConnectionChange()
            // 12 of timestamps, 12 registered: 16 are left.
            change.customOptions = [CustomOption(kind: 253, data: [UInt8](repeating: 0, count: 14), place: .data)]
            _ = try await engine.update(id, change)
            change.customOptions = [CustomOption(kind: 253, data: [UInt8](repeating: 0, count: 15), place: .data)]
            await #expect(throws: EngineError.self) { try await engine.update(id, change) }
        }
    }

    @Test func aRegistrationMustFitBesideTheOptionsOfEveryListener() async throws {
        try await withEngine { engine, server in
            var listening = ListenRequest(local: Endpoint(.loopbackV4, 0))
            // 20 of the handshake's own, 12 of these: 8 are left, and the registered one takes 12.
            listening.options.customOptions = [
                CustomOption(kind: 253, data: [UInt8](repeating: 0, count: 10), place: .syn)
            ]
            let listener = try await engine.listen(listening)
            let error = await #expect(throws: EngineError.self) { try await engine.register(Self.probe) }
            guard case .invalidRequest("attach", let detail) = error else { return unexpected("\(error as Any)") }
            #expect(detail.contains("listener \(listener.id)") && detail.contains("44 octets"), "\(detail)")
            #expect(await engine.registeredOptions().isEmpty)
            try await engine.close(listener.id)
            #expect(try await engine.register(Self.probe))
            // And the other way round: what stands is counted for whoever comes later, by name.
            let refusal = await #expect(throws: EngineError.self) { try await engine.listen(listening) }
            guard case .invalidRequest("customOptions", let reason) = refusal else {
                return unexpected("\(refusal as Any)")
            }
            #expect(reason.contains("probe (12)"), "\(reason)")
        }
    }

    /// 12 octets on every segment.
    private static var probe: OptionDefinition {
        let field = OptionField(name: "n", kind: .u64, count: .one, size: nil, rule: .constant(.number(1)))
        return OptionDefinition(
            name: "probe", kind: 254, experiment: [0xbe, 0xef], fields: [field], attachment: .every)
    }
}

extension KeepAlive {
    fileprivate init(idle: Interval) {
        self.init()
        self.idle = idle
    }
}
