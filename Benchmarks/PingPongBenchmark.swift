import Engine
import Glibc

/// Round trips of 64 octets to one echo server of the kernel's.
struct PingPongBenchmark {
    private static let size = 64

    private let plan: Plan
    private let rounds: Int

    init(_ plan: Plan) {
        self.plan = plan
        rounds = plan.scaled(8_000)
    }

    func measure(_ report: inout Report) async throws {
        report.section("64-octet ping-pong, loopback, round trips per second")
        for core in [plan.serverCore, plan.clientCore] {
            let title = core == plan.clientCore ? "all on one core" : "server on core \(core)"
            guard plan.wants(title) else { continue }
            let server = try KernelServer(.echo, at: .loopbackV4, plan, core: core)
            defer { server.stop() }
            let (ours, kernel) = try await interleave(plan.runs) {
                try await measureEngine(server.endpoint)
            } _: {
                try measureKernel(server.endpoint)
            }
            report.compare(title, ours, kernel, in: .perSecond)
        }
    }

    private func measureEngine(_ remote: Endpoint) async throws -> Double {
        let session = try await EngineSession(plan)
        defer { session.end() }
        return try await Self.play(rounds, remote, inside: session.engine)
    }

    private static func play(_ rounds: Int, _ remote: Endpoint, inside engine: isolated Engine) async throws -> Double {
        let id = try await engine.connect(to: remote)
        let ping = [UInt8](repeating: 0x2a, count: size)
        var request = ReadRequest()
        request.minimum = size
        request.patience = .seconds(Int64(10))
        request.offset = 0
        let watch = Stopwatch()
        for _ in 0..<rounds {
            _ = try await engine.write(ping, to: id, push: true, timeout: .seconds(Int64(10)))
            request.offset = try await engine.read(request, from: id).nextOffset
        }
        let rate = Double(rounds) / watch.seconds
        try engine.delete(id)
        return rate
    }

    private func measureKernel(_ remote: Endpoint) throws(BenchmarkError) -> Double {
        let socket = try KernelSocket.connected(to: remote)
        defer { socket.close() }
        var buffer = [UInt8](repeating: 0x2a, count: Self.size)
        let watch = Stopwatch()
        for _ in 0..<rounds {
            try check("send", Int32(send(socket.descriptor, buffer, Self.size, 0)))
            try check("recv", Int32(recv(socket.descriptor, &buffer, Self.size, Int32(MSG_WAITALL))))
        }
        return Double(rounds) / watch.seconds
    }
}
