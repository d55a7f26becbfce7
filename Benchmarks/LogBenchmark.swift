import Engine

/// What the log costs with its defaults: the same work with and without it.
struct LogBenchmark {
    private let plan: Plan

    init(_ plan: Plan) { self.plan = plan }

    func measure(_ report: inout Report) async throws {
        report.section("the log's cost: with its defaults, against the log switched off")
        try await measureHandshakes(&report)
        for direction in BulkBenchmark.Direction.allCases {
            let bulk = BulkBenchmark(plan)
            let service: KernelServer.Service = direction == .sending ? .sink : .source
            let server = try KernelServer(service, at: plan.network.farAddress, plan)
            defer { server.stop() }
            let (with, without) = try await interleave(plan.runs) {
                try await bulk.measureEngine(server, direction)
            } _: {
                try await bulk.measureEngine(server, direction, logEnabled: false)
            }
            report.compare("bulk over veth, \(direction.rawValue)", with, without, in: .gigabits, against: "without")
        }
    }

    private func measureHandshakes(_ report: inout Report) async throws {
        let handshakes = HandshakeBenchmark(plan)
        let server = try KernelServer(.reset, at: .loopbackV4, plan)
        defer { server.stop() }
        let (with, without) = try await interleave(plan.runs) {
            try await handshakes.measureEngine(server.endpoint, atOnce: 64).rate
        } _: {
            try await handshakes.measureEngine(server.endpoint, atOnce: 64, logEnabled: false).rate
        }
        report.compare("handshake + RST, 64 at once", with, without, in: .perSecond, against: "without")
    }
}
