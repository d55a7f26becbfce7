import Engine

/// Two hosts, a path of limited rate between them, and connections that send as much as they can from the first to the second.
struct BulkNetwork {
    /// What one connection has come to.
    struct Outcome {
        /// Octets acknowledged.
        let octets: Int
        let sender: ConnectionSnapshot
        let receiver: ConnectionSnapshot
    }

    private static let senders = IPAddress(v4: 0x0a00_0001)
    private static let receivers = IPAddress(v4: 0x0a00_0002)
    private static let chunk = [UInt8](repeating: 0x55, count: 1 << 16)

    private(set) var network: SimulatedNetwork
    private var connections: [(sender: ConnectionID, port: UInt16)] = []
    private var accepted: [ConnectionID] = []
    private var nextPort: UInt16 = 20_000

    /// - Parameters:
    ///   - path: the way of text; acknowledgments take the same way back, without loss.
    init(seed: UInt64, path: NetworkPath) {
        network = SimulatedNetwork(seed: seed)
        for address in [Self.senders, Self.receivers] {
            var configuration = StackConfiguration(secret: (seed, 7))
            configuration.trapsOnBrokenInvariant = false
            configuration.logCapacity = 0
            _ = network.addHost(address, configuration)
        }
        network.setPath(from: 0, to: 1, path)
        var back = path
        back.loss = 0
        back.reordering = 0
        network.setPath(from: 1, to: 0, back)
        let service = Endpoint(Self.receivers, 9)
        network[1].own(service)
        _ = network[1].listen(at: service, options: Self.options(.cubic), backlog: 16, routeMTU: 1_500)
    }

    private static func options(_ algorithm: CongestionAlgorithm) -> ConnectionOptions {
        var options = ConnectionOptions()
        options.congestion = algorithm
        options.sendBuffer = 1 << 20
        options.receiveBuffer = 2 << 20
        return options
    }

    /// Opens one more connection.
    mutating func open(_ algorithm: CongestionAlgorithm) throws {
        let local = Endpoint(Self.senders, nextPort)
        nextPort += 1
        network[0].own(local)
        var request = OpenRequest(remote: Endpoint(Self.receivers, 9))
        request.options = Self.options(algorithm)
        let id = try network[0].open(
            request, tuple: FourTuple(local: local, remote: request.remote), routeMTU: 1_500, at: network.now)
        connections.append((id, local.port))
    }

    /// Lets everybody send for so long.
    mutating func run(for time: Interval) throws {
        let end = network.now + time
        while network.now < end {
            try serve()
            // Users look in every few milliseconds; in between the network is alone.
            let pause = min(network.now + .milliseconds(2), end)
            while network.step(until: pause) {}
        }
    }

    private mutating func serve() throws {
        while let event = network[1].pollEvent() {
            if case .accepted(_, let id) = event { accepted.append(id) }
        }
        while network[0].pollEvent() != nil {}
        for (sender, _) in connections {
            let connection = try network[0].connection(sender)
            guard connection.mayWrite, connection.unsent < 1 << 18 else { continue }
            _ = try network[0].write(Self.chunk.span.bytes, from: 0, to: sender, push: false, at: network.now)
        }
        for id in accepted {
            let readable = try network[1].connection(id).readable
            if !readable.isEmpty { try network[1].release(before: readable.upperBound, of: id, at: network.now) }
        }
    }

    /// What each connection has come to, in the order in which they were opened.
    func outcomes() throws -> [Outcome] {
        try connections.map { connection in
            let sender = try network[0].connection(connection.sender).snapshot
            let receiver = try accepted.map { try network[1].connection($0).snapshot }
                .first { $0.remote.port == connection.port }
            guard let receiver else { throw TrialFailure(seed: 0, text: "a connection was not accepted") }
            return Outcome(octets: sender.counters.bytesAcked, sender: sender, receiver: receiver)
        }
    }
}

extension Connection {
    /// Octets that wait for their first transmission.
    fileprivate var unsent: Int { Int(acceptedPosition - sentPosition) }
}
