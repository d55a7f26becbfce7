import Engine

/// A transfer through a network that loses, doubles and reorders, as the logs of its two hosts tell it. Everything about it
/// follows from the seed.
struct LossyRun {
    private var network: SimulatedNetwork
    private let ends: [Endpoint]
    private let options: ConnectionOptions
    /// The receiver reads now and then only, so that its window closes.
    private let isSlow: Bool

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        network = SimulatedNetwork(seed: random.next())
        // Addresses of its own, so that many runs fit into one capture.
        let net = UInt32(truncatingIfNeeded: 0x0a00_0000 + (seed & 0xffff) << 8)
        ends = (1...2).map { Endpoint(IPAddress(v4: net + UInt32($0)), UInt16(1_000 * $0)) }
        for end in ends {
            var configuration = StackConfiguration(secret: (random.next(), random.next()))
            configuration.logCapacity = 20_000
            configuration.snapLength = 0
            _ = network.addHost(end.address, configuration)
        }
        var path = NetworkPath()
        path.loss = Double.random(in: 0.01...0.1, using: &random)
        path.reordering = random.chance(0.5) ? 0.05 : 0
        path.duplication = random.chance(0.3) ? 0.02 : 0
        path.delay = .milliseconds(Int64.random(in: 1...30, using: &random))
        path.mtu = 1_500
        isSlow = random.chance(0.25)
        var options = ConnectionOptions()
        options.sack = random.chance(0.5)
        options.windowScale = random.chance(0.8) ? 7 : nil
        options.receiveBuffer = isSlow ? 8_192 : 262_144
        self.options = options
        network.setPath(from: 0, to: 1, path)
        network.setPath(from: 1, to: 0, path)
        for (host, end) in ends.enumerated() { network[host].own(end) }
    }

    /// Has both hosts know an option of the user's.
    mutating func register(_ option: OptionDefinition) {
        for host in ends.indices { network[host].register(option) }
    }

    /// Runs it, and returns the log of one of the hosts, the first being the one that opens and sends `length` octets.
    mutating func log(of host: SimulatedNetwork.Host, length: Int) throws -> LogSnapshot {
        _ = network[1].listen(at: ends[1], options: options, backlog: 8, routeMTU: 1_500)
        var request = OpenRequest(remote: ends[1])
        request.options = options
        let id = try network[0].open(
            request, tuple: FourTuple(local: ends[0], remote: ends[1]), routeMTU: 1_500, at: network.now)
        try transfer(length, from: id)
        return network[host].log.snapshot()
    }

    private mutating func transfer(_ length: Int, from id: ConnectionID) throws {
        let octets = [UInt8](repeating: 0x2e, count: length)
        let end = network.now + .seconds(Int64(600))
        var written = 0
        var hasClosed = false
        var readsAt = network.now
        var peer: ConnectionID?
        while network.now < end {
            while let event = network[1].pollEvent() {
                if case .accepted(_, let accepted) = event { peer = accepted }
            }
            while network[0].pollEvent() != nil {}
            let connection = try network[0].connection(id)
            if connection.isOver { return }
            if connection.establishedAt != nil {
                if written < length {
                    written += try network[0].write(
                        octets.span.bytes, from: written, to: id, push: true, at: network.now)
                } else if !hasClosed {
                    hasClosed = true
                    try network[0].close(id, at: network.now, wall: network.wall)
                }
            }
            if let peer, network.now >= readsAt {
                try read(peer)
                readsAt = network.now + .milliseconds(isSlow ? 700 : 5)
            }
            network.step(until: min(end, max(readsAt, network.now + .milliseconds(1))))
        }
    }

    private mutating func read(_ peer: ConnectionID) throws {
        let connection = try network[1].connection(peer)
        try network[1].release(before: connection.readable.upperBound, of: peer, at: network.now)
        if connection.isReceiveFinal { try network[1].close(peer, at: network.now, wall: network.wall) }
    }
}
