import CNIO
import Engine

/// What an open connection costs that does nothing: memory of ours, memory of the kernel's, descriptors.
struct IdleBenchmark {
    private let plan: Plan
    private let count: Int

    init(_ plan: Plan) {
        self.plan = plan
        // Both ends stand in this process, and each may have a descriptor.
        count = min(10_000, Limits.raiseFileDescriptors() * 2 / 5)
    }

    func measure(_ report: inout Report) async throws {
        report.section("\(count) idle connections over veth, per connection; the log is off, as it is bounded apart")
        let server = try KernelServer(.hold, at: plan.network.farAddress, plan)
        let kernelPair = try measureKernel(server.endpoint)
        server.stop()
        report.note("kernel to kernel: \(kernelPair / 2) octets of kernel memory at each end, 1 descriptor")
        for peers in [1, max(1, count / 10)] {
            try await measureEngine(peers, kernelPair / 2, &report)
        }
    }

    private func measureEngine(_ peers: Int, _ farEnd: Int, _ report: inout Report) async throws {
        let server = try KernelServer(.hold, at: plan.network.farAddress, plan)
        let session = try await EngineSession(plan) { $0.logEnabled = false }
        defer {
            session.end()
            server.stop()
        }
        let remotes = (0..<peers).map { number in
            peers == 1 ? server.endpoint : Endpoint(plan.network.farAddress(number), server.endpoint.port)
        }
        // What is allocated once only, be it for the first batch of sixty-four.
        try await Self.open(256, remotes, session)
        let guards = await session.engine.status().guardsOpen
        let kernelBefore = try KernelMemory.now()
        let before = Int(cnio_allocated_octets())
        try await Self.open(count, remotes, session)
        let ours = Double(Int(cnio_allocated_octets()) - before) / Double(count)
        let kernel = (try KernelMemory.now() - kernelBefore) / count - farEnd
        let status = await session.engine.status()
        let title = peers == 1 ? "to one peer" : "to \(peers) peers"
        report.limit("\(title), memory of ours", ours, unit: "octets", ceiling: 2_048)
        let descriptors = Double(status.guardsOpen - guards) / Double(count)
        report.note("    kernel memory at our end \(kernel) octets, descriptors \(descriptors.text(4))")
    }

    private static func open(_ count: Int, _ remotes: [Endpoint], _ session: EngineSession) async throws {
        let engine = session.engine
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<64 {
                group.addTask {
                    for number in stride(from: lane, to: count, by: 64) {
                        _ = try await engine.connect(to: remotes[number % remotes.count])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Octets of kernel memory for both ends of a connection between kernels.
    private func measureKernel(_ remote: Endpoint) throws -> Int {
        var sockets: [KernelSocket] = []
        defer { sockets.forEach { $0.close() } }
        let before = try KernelMemory.now()
        for _ in 0..<count { sockets.append(try KernelSocket.connected(to: remote)) }
        return (try KernelMemory.now() - before) / count
    }
}

/// What the kernel holds for sockets, of the whole host.
enum KernelMemory {
    /// The caches that a TCP socket and its descriptor live in; what a connection queues is not among them.
    private static let caches: Set<Substring> = [
        "TCP", "sock_inode_cache", "filp", "dentry", "tcp_bind_bucket", "tcp_bind2_bucket", "request_sock_TCP",
    ]

    /// Octets in those caches.
    static func now() throws -> Int {
        try ProcFile.read("/proc/slabinfo").split(separator: "\n").reduce(0) { sum, line in
            let fields = line.split(separator: " ")
            guard fields.count > 3, caches.contains(fields[0]), let objects = Int(fields[1]), let size = Int(fields[3])
            else { return sum }
            return sum + objects * size
        }
    }
}
