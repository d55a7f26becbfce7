import Engine

/// One of the two users of a trial: writes its payload as the send buffer takes it, reads at its own pace, closes.
struct TrialEnd {
    let host: SimulatedNetwork.Host
    let local: Endpoint
    let mtu: Int
    let options: ConnectionOptions
    let stack: StackConfiguration
    let payload: [UInt8]
    var id: ConnectionID?
    var received: [UInt8] = []
    var isAborted = false
    /// The other end has aborted.
    var expectsReset = false
    /// The end of the received stream has been read.
    private(set) var hasSeenEnd = false
    private var written = 0
    private var hasClosed = false
    /// The user does not read before this moment.
    private var readsAt = Instant.zero
    /// How far `received` has been compared.
    private var compared = 0
    private let isLazy: Bool

    init(
        _ host: SimulatedNetwork.Host, _ random: inout SplitMix64, mtu: Int, family: IPAddress.Family = .v4,
        personality: Personality = .standard
    ) {
        self.host = host
        self.mtu = mtu
        let address =
            family == .v4
            ? IPAddress(v4: 0x0a00_0001 + UInt32(host)) : IPAddress(v6: 0xfd00_0000_0000_0000, UInt64(host) + 1)
        local = Endpoint(address, UInt16.random(in: 1...65_535, using: &random))
        let longest = random.chance(0.1) ? 300_000 : 40_000
        let length = random.chance(0.1) ? 0 : Int.random(in: 1...longest, using: &random)
        payload = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        options = Self.options(personality, &random)
        var stack = StackConfiguration(secret: (random.next(), random.next()))
        stack.trapsOnBrokenInvariant = true
        stack.logCapacity = 4_096
        stack.logPayloadCapacity = 1 << 16
        // Sequence numbers wrap in every trial: within the payload, at the SYN, or at the FIN.
        stack.initialSequence = SequenceNumber(UInt32.max - UInt32.random(in: 0...UInt32(length), using: &random))
        self.stack = stack
        isLazy = random.chance(0.3)
    }

    private static func options(_ personality: Personality, _ random: inout SplitMix64) -> ConnectionOptions {
        var options = personality.options
        options.timestamps = Bool.random(using: &random)
        options.windowScale = random.chance(0.3) ? nil : UInt8.random(in: 0...14, using: &random)
        options.mss = random.chance(0.7) ? nil : UInt16.random(in: 100...9_000, using: &random)
        options.receiveBuffer = Int.random(in: 4_096...(random.chance(0.5) ? 16_384 : 1 << 20), using: &random)
        options.habits.receiveMemory?.isFixed = true
        options.sendBuffer = Int.random(in: 4_096...(random.chance(0.5) ? 16_384 : 1 << 20), using: &random)
        options.sack = Bool.random(using: &random)
        options.nagle = Bool.random(using: &random)
        options.delayedAck = random.chance(0.7)
        options.congestion = random.chance(0.4) ? .cubic : random.chance(0.8) ? .newreno : .none
        // At 30 % loss R2 runs out now and then, which is right and not what a trial is about.
        options.userTimeout = .seconds(Int64(24 * 3_600))
        return options
    }

    /// This end's connection, once it has one.
    func connection(_ network: borrowing SimulatedNetwork) -> Connection? {
        guard let id else { return nil }
        return try? network[host].connection(id)
    }

    /// The connection has come to its end, TIME-WAIT included, and everything in order has been read.
    func isOver(_ network: borrowing SimulatedNetwork) -> Bool {
        guard let connection = connection(network), connection.isOver else { return false }
        return connection.readable.isEmpty && (hasSeenEnd || !connection.isReceiveFinal)
    }

    /// Writes and reads as a user would now.
    mutating func exchange(_ network: inout SimulatedNetwork, _ random: inout SplitMix64) throws(StackError) {
        guard let id, let connection = connection(network) else { return }
        if connection.mayWrite, written < payload.count {
            let length = Int.random(in: 1...20_000, using: &random)
            let part = payload[..<min(payload.count, written + length)]
            let octets = Array(part)
            written += try network[host].write(
                octets.span.bytes, from: written, to: id, push: random.chance(0.5), at: network.now)
        }
        try read(&network, &random, id, connection)
    }

    /// Closes once everything is written.
    mutating func close(_ network: inout SimulatedNetwork) throws(StackError) {
        guard let id, let connection = connection(network), !hasClosed, connection.establishedAt != nil,
            written == payload.count || expectsReset
        else { return }
        hasClosed = true
        try network[host].close(id, at: network.now, wall: network.wall)
    }

    private mutating func read(
        _ network: inout SimulatedNetwork, _ random: inout SplitMix64, _ id: ConnectionID, _ connection: Connection
    ) throws(StackError) {
        guard network.now >= readsAt, connection.readable.count > 0 || connection.isReceiveFinal else { return }
        let octets = try network[host].read(from: nil, limit: Int.random(in: 1...30_000, using: &random), of: id)
        received += octets
        try network[host].release(before: UInt64(received.count), of: id, at: network.now)
        if connection.isReceiveFinal, connection.readable.isEmpty { hasSeenEnd = true }
        if isLazy {
            readsAt = network.now + .milliseconds(Int64.random(in: 1...3_000, using: &random))
        } else if !connection.readable.isEmpty {
            readsAt = network.now + .microseconds(Int64(100))
        }
    }

    /// When this user wants to act next by itself.
    func nextAction(after now: Instant) -> Instant { readsAt > now ? readsAt : .distantFuture }

    /// What was received must be the beginning of what the other end sends; else what is wrong with it.
    mutating func mismatch(with other: borrowing TrialEnd) -> String? {
        guard received.count <= other.payload.count else {
            return "received \(received.count) octets, though only \(other.payload.count) were sent"
        }
        defer { compared = received.count }
        for at in compared..<received.count where received[at] != other.payload[at] {
            return "octet \(at) is \(received[at]), not \(other.payload[at])"
        }
        return nil
    }
}
