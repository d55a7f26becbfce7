import Engine
import Glibc

/// One connection's bulk data in both directions, on loopback and over the veth pair.
struct BulkBenchmark {
    /// Which way the data goes, seen from the contestants.
    enum Direction: String, CaseIterable {
        case sending
        case receiving
    }

    private let plan: Plan
    private let warmUp: Interval
    private let span: Interval

    /// - Parameters:
    ///   - warmUp: milliseconds; so many that the log's rings are full and no more of its memory is new.
    ///   - span: milliseconds that are measured.
    init(_ plan: Plan, warmUp: Int = 2_400, span: Int = 800) {
        self.plan = plan
        self.warmUp = .milliseconds(Int64(plan.scaled(warmUp)))
        self.span = .milliseconds(Int64(plan.scaled(span)))
    }

    func measure(_ report: inout Report) async throws {
        report.section("bulk, one connection")
        for direction in Direction.allCases {
            let floor = direction == .sending ? 0.25 : 0.4
            try await measure("loopback, \(direction.rawValue)", direction, .loopbackV4, &report, floor: nil)
            try await measure(
                "veth, \(direction.rawValue)", direction, plan.network.farAddress(0), &report, floor: floor)
        }
    }

    /// Both contestants in turn, each with a server of its own at `address`.
    ///
    /// - Parameter repairs: where to leave what the runs took to repair losses.
    func measure(
        _ title: String, _ direction: Direction, _ address: IPAddress, _ report: inout Report, floor: Double?,
        repairs: RepairTally? = nil
    ) async throws {
        guard plan.wants(title) else { return }
        let service = direction == .sending ? KernelServer.Service.sink : .source
        let (ours, kernel) = try await interleave(plan.runs) {
            let server = try KernelServer(service, at: address, plan)
            defer { server.stop() }
            return try await measureEngine(server, direction, repairs: repairs)
        } _: {
            let server = try KernelServer(service, at: address, plan)
            defer { server.stop() }
            return try measureKernel(server, direction, repairs: repairs)
        }
        report.compare(title, ours, kernel, in: .gigabits, floor: floor)
    }

    /// Bits per second through the engine.
    func measureEngine(
        _ server: KernelServer, _ direction: Direction, logEnabled: Bool = true, repairs: RepairTally? = nil
    ) async throws -> Double {
        let session = try await EngineSession(plan) { $0.logEnabled = logEnabled }
        defer { session.end() }
        let window = RateWindow(warmUp: warmUp, span: span)
        return try await Self.transfer(direction, server, window, repairs, inside: session.engine)
    }

    private static func transfer(
        _ direction: Direction, _ server: KernelServer, _ window: RateWindow, _ repairs: RepairTally?,
        inside engine: isolated Engine
    ) async throws -> Double {
        let id = try await engine.connect(to: server.endpoint)
        let rate =
            switch direction {
            case .sending: try await send(to: id, server, window, inside: engine)
            case .receiving: try await receive(from: id, window, inside: engine)
            }
        repairs?.add(try engine.connection(id))
        try engine.delete(id)
        return rate * 8
    }

    private static func send(
        to id: ConnectionID, _ server: KernelServer, _ window: RateWindow, inside engine: isolated Engine
    ) async throws -> Double {
        var window = window
        let chunk = [UInt8](repeating: 0x2a, count: KernelServer.chunk)
        while !window.isOver(server.received) {
            _ = try await engine.write(chunk, to: id, push: false, timeout: .seconds(Int64(10)))
        }
        return window.rate
    }

    private static func receive(
        from id: ConnectionID, _ window: RateWindow, inside engine: isolated Engine
    ) async throws -> Double {
        var window = window
        var request = ReadRequest()
        request.limit = KernelServer.chunk
        request.patience = .seconds(Int64(10))
        request.offset = 0
        repeat {
            request.offset = try await engine.read(request, from: id).nextOffset
        } while !window.isOver(request.offset ?? 0)
        return window.rate
    }
}

// MARK: - The kernel's

extension BulkBenchmark {
    private func measureKernel(
        _ server: KernelServer, _ direction: Direction, repairs: RepairTally? = nil
    ) throws(BenchmarkError) -> Double {
        let before = repairs.map { _ in KernelCounters() }
        let socket = try KernelSocket.connected(to: server.endpoint)
        defer { socket.close() }
        defer { if let before { repairs?.add(KernelCounters(), since: before) } }
        var window = RateWindow(warmUp: warmUp, span: span)
        var buffer = [UInt8](repeating: 0x2a, count: KernelServer.chunk)
        switch direction {
        case .sending:
            while !window.isOver(server.received) {
                try check("send", Int32(Glibc.send(socket.descriptor, buffer, buffer.count, 0)))
            }
        case .receiving:
            var total: UInt64 = 0
            while !window.isOver(total) {
                total += UInt64(try check("recv", Int32(recv(socket.descriptor, &buffer, buffer.count, 0))))
            }
        }
        return window.rate * 8
    }
}
