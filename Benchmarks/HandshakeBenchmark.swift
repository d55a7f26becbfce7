import CNIO
import Engine
import Glibc

/// Handshake and RST through the engine's own API, against the kernel's connect and close with RST, to one listener that
/// closes with RST.
struct HandshakeBenchmark {
    /// Every handshake has the next of so many ports.
    private static let ports = 4_096
    private static let firstPort = EngineSession.ports.lowerBound
    /// Handshakes before the timed ones: at five records each they fill the log's ring once, and use every port.
    private static let warmUp = 56_000
    /// Far longer than a handshake takes on loopback.
    private static let patience = Interval.seconds(Int64(10))

    private let plan: Plan
    private let count: Int

    init(_ plan: Plan) {
        self.plan = plan
        count = plan.scaled(16_384) * plan.times
    }

    func measure(_ report: inout Report) async throws {
        report.section("handshake + RST, loopback, each from the next of \(Self.ports) local ports")
        let server = try KernelServer(.reset, at: .loopbackV4, plan)
        defer { server.stop() }
        for (atOnce, floor) in [(1, 1.0), (64, 1.5)] {
            for onLoop in [true, false] {
                try await measure(server.endpoint, atOnce: atOnce, onLoop: onLoop, &report, floor: onLoop ? floor : nil)
            }
            try await measureBare(server.endpoint, atOnce: atOnce, &report)
        }
    }

    /// What the raw socket lets through at most: no floor of ours can lie above it.
    private func measureBare(_ remote: Endpoint, atOnce: Int, _ report: inout Report) async throws {
        let title = "\(atOnce) at once, bare segments"
        guard plan.wants(title) else { return }
        let (bare, kernel) = try await interleave(plan.runs) {
            // Opened for each run: an open raw socket slows everybody's TCP down.
            var bare = try BareHandshakes(remote, from: Self.firstPort...Self.firstPort + UInt16(Self.ports - 1))
            return try bare.rate(count, atOnce: atOnce)
        } _: {
            try measureKernel(remote, atOnce: atOnce)
        }
        report.compare(title, bare, kernel, in: .perSecond)
    }

    private func measure(
        _ remote: Endpoint, atOnce: Int, onLoop: Bool, _ report: inout Report, floor: Double?
    ) async throws {
        let title = "\(atOnce) at once, task on the \(onLoop ? "loop" : "global pool")"
        guard plan.wants(title) else { return }
        var opened: UInt64 = 0
        let (ours, kernel) = try await interleave(plan.runs) {
            let (rate, guards) = try await measureEngine(remote, atOnce: atOnce, onLoop: onLoop)
            opened += guards
            return rate
        } _: {
            try measureKernel(remote, atOnce: atOnce)
        }
        report.compare(title, ours, kernel, in: .perSecond, floor: floor)
        report.note("    guards opened inside the timed spans: \(opened)")
    }

    /// Handshakes per second, and the guards that had to be opened meanwhile.
    func measureEngine(
        _ remote: Endpoint, atOnce: Int, onLoop: Bool = true, logEnabled: Bool = true
    ) async throws -> (rate: Double, guards: UInt64) {
        let session = try await EngineSession(plan) { $0.logEnabled = logEnabled }
        defer { session.end() }
        // Opens every guard and touches all of the log's memory: as a service has them after its first minutes.
        let warmUp = plan.scaled(Self.warmUp)
        try await Self.run(warmUp, remote, atOnce: 64, session.engine, onLoop: true)
        let before = await session.engine.status().guardsOpened
        let watch = Stopwatch()
        try await Self.run(count, remote, atOnce: atOnce, session.engine, onLoop: onLoop)
        let rate = Double(count) / watch.seconds
        return (rate, await session.engine.status().guardsOpened - before)
    }

    /// As many tasks as handshakes at once: on the loop, for they are isolated to the engine, or in the global pool, whose threads
    /// stand on the contestants' core as well.
    private static func run(
        _ count: Int, _ remote: Endpoint, atOnce: Int, _ engine: Engine, onLoop: Bool
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<atOnce {
                let numbers = stride(from: lane, to: count, by: atOnce)
                group.addTask {
                    if onLoop {
                        try await shake(numbers, remote, inside: engine)
                    } else {
                        try await shake(numbers, remote, engine)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func shake(_ numbers: StrideTo<Int>, _ remote: Endpoint, inside engine: isolated Engine) async throws
    {
        for number in numbers {
            let id = try await engine.establish(request(number, remote), timeout: patience)
            try engine.delete(id)
        }
    }

    @concurrent
    private static func shake(_ numbers: StrideTo<Int>, _ remote: Endpoint, _ engine: Engine) async throws {
        for number in numbers {
            let id = try await engine.establish(request(number, remote), timeout: patience)
            try await engine.delete(id)
        }
    }

    private static func request(_ number: Int, _ remote: Endpoint) -> OpenRequest {
        var request = OpenRequest(remote: remote)
        request.localPort = firstPort + UInt16(number % ports)
        return request
    }
}

// MARK: - The kernel's

extension HandshakeBenchmark {
    /// Handshakes per second.
    private func measureKernel(_ remote: Endpoint, atOnce: Int) throws(BenchmarkError) -> Double {
        let watch = Stopwatch()
        if atOnce == 1 {
            for number in 0..<count {
                let socket = try Self.socket(number, remote, blocking: true)
                socket.close()
            }
        } else {
            try connectMany(remote, atOnce: atOnce)
        }
        return Double(count) / watch.seconds
    }

    private static func socket(
        _ number: Int, _ remote: Endpoint, blocking: Bool
    ) throws(BenchmarkError) -> KernelSocket {
        let socket = try KernelSocket(blocking: blocking)
        try socket.bind(Endpoint(.anyV4, firstPort + UInt16(number % ports)))
        try socket.connect(remote)
        return socket
    }

    private func connectMany(_ remote: Endpoint, atOnce: Int) throws(BenchmarkError) {
        let poll = try check("epoll_create", cnio_create_poll())
        defer { close(poll) }
        var events = [cnio_event](repeating: cnio_event(), count: 64)
        var started = 0
        var done = 0
        while done < count {
            while started < count, started - done < atOnce {
                let socket = try Self.socket(started, remote, blocking: false)
                try check("epoll_ctl", cnio_watch_descriptor(poll, socket.descriptor, 1, 1))
                started += 1
            }
            let ready = try check("epoll_wait", cnio_wait_events(poll, &events, Int32(events.count), -1))
            for event in events[..<Int(ready)] { close(event.descriptor) }
            done += Int(ready)
        }
    }
}
