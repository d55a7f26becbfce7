import Engine
import Testing

/// Our words for what is remarkable, against Wireshark's, on the same lossy runs.
@Suite(.timeLimit(.minutes(2))) struct TsharkAnalysisTests {
    @Test(arguments: UInt64(1)...12)
    func lossyRunsAreRemarkedUponAlike(seed: UInt64) throws {
        let log = try LossyRun.log(seed: seed)
        let words = Analysis.allCases
        let rows = try Tshark.fields(
            words.map { "tcp.analysis.\($0.rawValue)" }, of: Tshark.capture(log),
            options: ["-o", "tcp.analyze_sequence_numbers:TRUE"])
        try #require(rows.count == log.numbers.count)
        let analyzed = AnalyzedLog(log)
        var remarked = 0
        var differences: [String] = []
        for (number, row) in zip(log.numbers, rows) {
            let segment = try #require(analyzed[number])
            let theirs = zip(words, row).filter { !$1.isEmpty }.map { $0.0 }
            remarked += theirs.count
            if segment.analysis.words != theirs {
                differences.append("\(segment.record.line): ours \(segment.analysis.words), tshark \(theirs)")
            }
        }
        #expect(
            differences.isEmpty,
            "seed \(seed), \(differences.count) of \(rows.count):\n\(differences.prefix(5).joined(separator: "\n"))")
        #expect(remarked > 10)
    }
}

/// A transfer through a network that loses and reorders, as the sender's log tells it.
enum LossyRun {
    /// The log of one of the two hosts, the first being the one that opens and sends `length` octets.
    static func log(
        seed: UInt64, length: Int = 200_000, lossless: Bool = false, host: Int = 0, snapLength: Int = 0
    ) throws -> LogSnapshot {
        var random = SplitMix64(seed: seed)
        var network = SimulatedNetwork(seed: random.next())
        let ends = (1...2).map { Endpoint(IPAddress(v4: 0x0a00_0000 + UInt32($0)), UInt16(1_000 * $0)) }
        for end in ends {
            var configuration = StackConfiguration(secret: (random.next(), random.next()))
            configuration.logCapacity = 20_000
            configuration.snapLength = snapLength
            _ = network.addHost(end.address, configuration)
        }
        var path = NetworkPath()
        path.loss = lossless ? 0 : Double.random(in: 0.01...0.1, using: &random)
        path.reordering = !lossless && seed.isMultiple(of: 2) ? 0.05 : 0
        path.duplication = !lossless && seed.isMultiple(of: 3) ? 0.02 : 0
        path.delay = .milliseconds(Int64.random(in: 1...30, using: &random))
        path.mtu = 1_500
        network.setPath(from: 0, to: 1, path)
        network.setPath(from: 1, to: 0, path)
        for (host, end) in ends.enumerated() { network[host].own(end) }
        var options = ConnectionOptions()
        options.sack = seed.isMultiple(of: 2)
        // A small window now and then fills and closes.
        options.receiveBuffer = seed.isMultiple(of: 4) ? 8_192 : 262_144
        _ = network[1].listen(at: ends[1], options: options, backlog: 8, routeMTU: 1_500)
        var request = OpenRequest(remote: ends[1])
        request.options = options
        let id = try network[0].open(
            request, tuple: FourTuple(local: ends[0], remote: ends[1]), routeMTU: 1_500, at: network.now)
        try transfer(length, from: id, over: &network, slowly: seed.isMultiple(of: 4))
        return network[host].log.snapshot()
    }

    private static func transfer(
        _ length: Int, from id: ConnectionID, over network: inout SimulatedNetwork, slowly: Bool
    ) throws {
        let octets = [UInt8](repeating: 0x2e, count: length)
        let end = network.now + .seconds(Int64(600))
        var written = 0
        var closed = false
        var nextRead = network.now
        var peer: ConnectionID?
        while network.now < end {
            while let event = network[1].pollEvent() {
                if case .accepted(_, let accepted) = event { peer = accepted }
            }
            while network[0].pollEvent() != nil {}
            let connection = try network[0].connection(id)
            if connection.state == .closed || connection.state == .timeWait { return }
            if connection.establishedAt != nil {
                if written < length {
                    written += try network[0].write(octets.span.bytes, from: written, to: id, push: true)
                } else if !closed {
                    closed = true
                    try network[0].close(id, at: network.now, wall: network.wall)
                }
            }
            if let peer, network.now >= nextRead {
                let readable = try network[1].connection(peer).readable
                try network[1].release(before: readable.upperBound, of: peer, at: network.now)
                if try network[1].connection(peer).isReceiveFinal {
                    try network[1].close(peer, at: network.now, wall: network.wall)
                }
                nextRead = network.now + .milliseconds(slowly ? 700 : 5)
            }
            _ = network.step(until: min(end, max(nextRead, network.now + .milliseconds(1))))
        }
    }
}
