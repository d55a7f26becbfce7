import Engine
import Testing

/// A segment that the host has sent, as its peer sees it.
struct SentSegmentView {
    let header: TCPHeader
    let options: [TCPOption]
    let payload: [UInt8]
    let record: SegmentRecord?
    private let ecn: UInt8

    init(_ packet: OutboundPacket, _ log: borrowing SegmentLog) throws {
        let octets = packet.octets
        header = try TCPHeader(octets, at: 20)
        ecn = octets[1]
        options = TCPOption.decode(header.options)
        payload = Array(octets.dropFirst(20 + Int(header.dataOffset) * 4))
        record = log.snapshot()[packet.record]
    }

    /// What its IP header says of congestion.
    var codepoint: ECNCodepoint { ECNCodepoint(bits: ecn) }

    /// The value and echo of its timestamps option.
    var timestamps: (value: UInt32, echo: UInt32)? {
        for case .timestamps(let value, let echo) in options { return (value, echo) }
        return nil
    }
}

/// One host and a peer who crafts every segment by hand, on virtual time.
///
/// Positions are counted from the first octet behind each side's SYN: `seq: 0` is IRS + 1 in a peer's segment and ISS + 1
/// in one of ours, `ack: 0` the other way round. Both numbers wrap a few octets further on.
struct Script {
    /// Not on loopback, where routes differ.
    static let address = IPAddress(v4: 0x0a00_0001)
    static let local = Endpoint(address, 20_000)
    static let remote = Endpoint(IPAddress(v4: 0x0a00_0002), 7)
    static let iss = SequenceNumber(0xffff_fff0)
    static let irs = SequenceNumber(0xffff_fffa)

    /// How the host's connection, and the peer's SYN, are set up. The defaults leave out what only adds noise.
    struct Setup {
        var options: ConnectionOptions = {
            var options = ConnectionOptions()
            options.timestamps = false
            options.windowScale = nil
            options.sack = false
            options.congestion = .newreno
            return options
        }()
        var peerOptions: [TCPOption] = [.maximumSegmentSize(1_000)]
        var peerWindow: UInt16 = 65_535
        var routeMTU = 1_500
        /// Sets the limits of the stack.
        var limits: (inout StackConfiguration) -> Void = { _ in }
    }

    var stack: TCPStack
    /// What left while time passed, and has not been looked at.
    private var sent: [OutboundPacket] = []
    private(set) var now = Instant(nanoseconds: 5_000_000_000)
    private(set) var id = ConnectionID(rawValue: 1)
    let setup: Setup
    /// What the peer puts into segments unless told otherwise.
    var peerSequence = 0
    var peerAcknowledgment = 0
    var peerWindow: UInt16
    private var sendsTimestamps = false
    /// The peer's timestamp clock.
    var peerClock: UInt32 = 0xffff_ff00
    /// The newest timestamp of the host.
    private var hostClock: UInt32 = 0

    /// A host without a connection.
    init(_ setup: Setup = Setup()) {
        self.setup = setup
        peerWindow = setup.peerWindow
        var configuration = StackConfiguration(secret: (1, 2))
        configuration.trapsOnBrokenInvariant = true
        configuration.initialSequence = Self.iss
        configuration.logCapacity = 4_096
        setup.limits(&configuration)
        stack = TCPStack(configuration)
        stack.own(Self.local)
    }

    /// A host whose connection has come to `state` by the shortest way, with nothing in flight but what the state implies.
    init(_ state: State, _ change: (inout Setup) -> Void = { _ in }) throws {
        var setup = Setup()
        change(&setup)
        self.init(setup)
        switch state {
        case .closed: return
        case .listen:
            listen()
            return
        case .synReceived:
            listen()
            peerSYN()
            try expect([.syn, .ack], seq: -1, ack: 0)
            id = ConnectionID(rawValue: 1)
            return
        case .synSent, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait: break
        }
        try open()
        if state != .synSent { try follow(to: state) }
    }

    private mutating func follow(to state: State) throws {
        peerSYN(.ack)
        try expect(.ack, seq: 0, ack: 0)
        switch state {
        case .established: return
        case .finWait1, .finWait2, .closing, .timeWait:
            close()
            try expect([.fin, .ack], seq: 0)
            if state == .finWait2 || state == .timeWait { peer(.ack, ack: 1) }
            if state == .closing || state == .timeWait {
                peer([.fin, .ack])
                try expect(.ack, ack: 1)
            }
        case .closeWait, .lastAck:
            peer([.fin, .ack])
            try expect(.ack, ack: 1)
            if state == .lastAck {
                close()
                try expect([.fin, .ack], seq: 0, ack: 1)
            }
        case .closed, .listen, .synSent, .synReceived: break
        }
    }

    var connection: Connection? { try? stack.connection(id) }

    // MARK: What the user does

    /// OPEN, up to the SYN.
    mutating func open(_ change: (inout OpenRequest) -> Void = { _ in }) throws {
        try openQuietly(change)
        try expect(.syn, seq: -1)
    }

    /// OPEN; whatever leaves has not been looked at.
    mutating func openQuietly(_ change: (inout OpenRequest) -> Void = { _ in }) throws {
        var request = OpenRequest(remote: Self.remote)
        request.options = setup.options
        change(&request)
        let tuple = FourTuple(local: Self.local, remote: Self.remote)
        id = try stack.open(request, tuple: tuple, routeMTU: setup.routeMTU, at: now)
    }

    mutating func listen(backlog: Int = 8) {
        _ = stack.listen(at: Self.local, options: setup.options, backlog: backlog, routeMTU: setup.routeMTU)
    }

    /// Writes `count` octets, 0, 1, 2 …, and returns how many were taken.
    @discardableResult
    mutating func write(_ count: Int, push: Bool = true, urgent: Bool = false) throws -> Int {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        return try stack.write(octets.span.bytes, from: 0, to: id, push: push, urgent: urgent, at: now)
    }

    /// Reads and releases up to `limit` octets.
    @discardableResult
    mutating func read(_ limit: Int = .max) throws -> [UInt8] {
        guard let start = connection?.readable.lowerBound else { return [] }
        let octets = try stack.read(from: nil, limit: limit, of: id)
        try stack.release(before: start + UInt64(octets.count), of: id, at: now)
        return octets
    }

    mutating func close(endsReading: Bool = false) {
        try? stack.close(id, endsReading: endsReading, at: now, wall: wall)
    }
    mutating func change(_ body: (inout ConnectionChange) -> Void) throws {
        var change = ConnectionChange()
        body(&change)
        try stack.change(id, change, at: now, wall: wall)
    }
    mutating func abort() { try? stack.abort(id, .aborted, at: now, wall: wall) }

    // MARK: What the peer does

    /// The peer's SYN; with `.ack` it acknowledges ours.
    mutating func peerSYN(_ flags: TCPFlags = [], ack: Int = 0, adding added: [TCPOption] = [], length: Int = 0) {
        var options = setup.peerOptions + added
        sendsTimestamps = options.contains { $0.kind == 8 }
        options = options.map { $0.kind == 8 ? .timestamps(value: peerClock, echo: hostClock) : $0 }
        peer(flags.union(.syn), seq: -1, ack: ack, length: length, options: options)
    }

    /// The peer sends a segment with `length` octets of text, whose values are the low octets of their positions.
    mutating func peer(
        _ flags: TCPFlags, seq: Int? = nil, ack: Int? = nil, length: Int = 0, window: UInt16? = nil,
        options: [TCPOption]? = nil, checksum: UInt16? = nil, urgentPointer: UInt16 = 0,
        codepoint: ECNCodepoint = .notCapable
    ) {
        let position = seq ?? peerSequence
        var packet = Self.packet(flags, seq: position, ack: ack ?? peerAcknowledgment)
        packet.tcp.window = window ?? peerWindow
        packet.tcp.urgentPointer = urgentPointer
        let standard: [TCPOption] =
            sendsTimestamps ? [.noOperation, .noOperation, .timestamps(value: peerClock, echo: hostClock)] : []
        packet.tcp.options = TCPOption.encode(options ?? standard)
        while packet.tcp.options.count % 4 != 0 { packet.tcp.options.append(0) }
        packet.payload = (0..<length).map { UInt8(truncatingIfNeeded: position + $0) }
        packet.checksum = checksum
        packet.ip.ecn = codepoint.rawValue
        if seq == nil { peerSequence += length + (flags.contains(.fin) ? 1 : 0) }
        if let ack, flags.contains(.ack) { peerAcknowledgment = ack }
        deliver(packet.octets)
    }

    /// A segment from the peer without text and options.
    static func packet(
        _ flags: TCPFlags, seq: Int, ack: Int = 0, from source: Endpoint = remote, to destination: Endpoint = local
    ) -> TestPacket {
        var packet = TestPacket()
        packet.ip.source = source.address
        packet.ip.destination = destination.address
        packet.tcp.sourcePort = source.port
        packet.tcp.destinationPort = destination.port
        packet.tcp.sequence = irs + 1 + seq
        packet.tcp.acknowledgment = flags.contains(.ack) ? iss + 1 + ack : SequenceNumber(0)
        packet.tcp.flags = flags
        return packet
    }

    /// Hands over one datagram, whatever it is.
    mutating func deliver(_ octets: [UInt8]) { stack.receive(octets.span.bytes, at: now, wall: wall) }

    /// The peer's timestamps option of this moment, if it sends one.
    var stampsOption: TCPOption? { sendsTimestamps ? .timestamps(value: peerClock, echo: hostClock) : nil }

    // MARK: What must come out

    /// The next segment that leaves, whatever it is.
    mutating func next() throws -> SentSegmentView? {
        guard let packet = sent.isEmpty ? stack.pollTransmit(at: now, wall: wall) : sent.removeFirst() else {
            return nil
        }
        let sent = try SentSegmentView(packet, stack.log)
        if let timestamps = sent.timestamps { hostClock = timestamps.value }
        return sent
    }

    /// The next segment must have these flags (PSH aside), and whatever else is given.
    @discardableResult
    mutating func expect(
        _ flags: TCPFlags, seq: Int? = nil, ack: Int? = nil, length: Int? = nil, window: UInt16? = nil,
        cause: Cause? = nil, at location: SourceLocation = #_sourceLocation
    ) throws -> SentSegmentView {
        let sent = try #require(try next(), "nothing was sent", sourceLocation: location)
        let header = sent.header
        #expect(header.flags.subtracting(.psh) == flags, sourceLocation: location)
        if let seq { #expect(header.sequence - (Self.iss + 1) == seq, sourceLocation: location) }
        if let ack { #expect(header.acknowledgment - (Self.irs + 1) == ack, sourceLocation: location) }
        if let length { #expect(sent.payload.count == length, sourceLocation: location) }
        if let window { #expect(header.window == window, sourceLocation: location) }
        if let cause { #expect(sent.record?.cause == cause, sourceLocation: location) }
        return sent
    }

    /// Nothing may leave.
    mutating func expectNothing(at location: SourceLocation = #_sourceLocation) throws {
        while let sent = try next() {
            Issue.record("sent \(sent.header) with \(sent.payload.count) octets", sourceLocation: location)
        }
    }

    func expectState(
        _ state: State, because reason: CloseReason? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(connection?.state == state, sourceLocation: location)
        if let reason { #expect(connection?.closeReason == reason, sourceLocation: location) }
    }

    /// The newest received segment's record must say so.
    func expectVerdict(
        _ cause: Cause, _ rule: Rule? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        let log = stack.log.snapshot()
        let number = log.numbers.last { log[$0]?.direction == .inbound }
        let record = number.flatMap { log[$0] }
        #expect(record?.cause == cause, sourceLocation: location)
        if let rule { #expect(record?.rule == rule, sourceLocation: location) }
    }

    // MARK: Time

    var wall: Int64 { now.nanoseconds }

    /// Time passes; what is ready leaves first, then timers expire in their order and what they cause leaves at once.
    mutating func advance(_ interval: Interval) {
        let target = now + interval
        drain()
        while stack.nextDeadline <= target, stack.nextDeadline != .distantFuture {
            now = max(now, stack.nextDeadline)
            stack.advance(to: now, wall: wall)
            drain()
        }
        now = target
    }

    /// Time passes and timers expire, but nothing may leave meanwhile.
    mutating func advanceSilently(_ interval: Interval) {
        now = now + interval
        stack.advance(to: now, wall: wall)
    }

    /// Time passes up to the connection's next timer, and no further; returns how much, or nil if none is running.
    @discardableResult
    mutating func advanceToTimer() -> Interval? {
        drain()
        guard let deadline = connection?.nextDeadline, deadline != .distantFuture else { return nil }
        let start = now
        advance(deadline - now)
        return now - start
    }

    private mutating func drain() {
        while let packet = stack.pollTransmit(at: now, wall: wall) { sent.append(packet) }
    }
}
