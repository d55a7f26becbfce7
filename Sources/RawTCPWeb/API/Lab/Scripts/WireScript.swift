package import Engine
import HTTPTypes

/// Runs a script on the wire: what it sends leaves as crafted segments, what it expects must come back. The stack under test
/// is a peer across the network, or, where the script makes calls, our own stack.
package struct WireScript: Sendable {
    /// How late a segment may be: schedulers and networks are no virtual clock.
    static let tolerance = Interval.milliseconds(1_000)
    /// The longest that a script may take, and the longest wait for any one segment.
    private static let longest = Interval.milliseconds(60_000)
    private static let patience = Interval.milliseconds(5_000)

    /// A step that was not as its line says.
    package struct Failure: Error, Sendable {
        package let line: Int
        package let source: String
        package let expected: String
        package let actual: String
        /// The segment that decided; nil: none came.
        package let segment: UInt64?
    }

    /// A fault in a segment that the script sends, which its language cannot say.
    package struct Tampering: Sendable {
        /// The line of the segment.
        package let line: Int
        package var checksum: UInt16?
        package var dataOffset: UInt8?
        package var reserved: UInt8?
        /// Octets instead of the line's options.
        package var options: [UInt8]?
    }

    let engine: any EngineService
    let script: Script
    /// The options of our stack's sockets; nil: the stack under test is a peer across the network.
    let options: ConnectionOptions?
    private let tampering: Tampering?
    /// A line at `*` waits for a segment that fits, and passes over others.
    private let passesOver: Bool
    private let start = ContinuousClock.now
    private var translator = ScriptTranslator()
    /// The stack under test.
    var peer: Endpoint?
    /// The endpoint that its segments come to.
    var local: Endpoint?
    /// The newest record that was looked at.
    private var examined: UInt64 = 0
    /// The newest segment that was as expected.
    private(set) var deciding: UInt64?
    var ignored: [String] = []
    /// What `%{ NAME = VALUE }%` has set.
    private var variables: [String: Int64] = [:]
    var sockets: [Int64: WireSocket] = [:]
    /// A call that blocks.
    var pending: PendingCall?
    /// From where the end of a blocking call counts: the script's start, or the step before.
    var endBase = Interval.zero
    /// The line that runs.
    var line = 1

    /// A run of `script` against `peer`; nil: against our own stack, which looks like `personality` and makes the script's calls.
    ///
    /// - Throws: `Problem` for the first line that would have no effect; nothing has left then.
    package init(
        _ script: Script, peer: Endpoint?, personality: Personality = .standard, engine: any EngineService
    ) throws {
        self.script = script
        self.peer = peer
        self.engine = engine
        options = peer == nil ? personality.options : nil
        tampering = nil
        passesOver = false
        try refuseWhatHasNoEffect()
    }

    /// A run of a pack's row against `peer`.
    package init(_ row: ConformancePack.Row, peer: Endpoint, engine: any EngineService) throws {
        script = try Script(parsing: row.script)
        self.peer = peer
        self.engine = engine
        options = nil
        tampering = row.tampering
        passesOver = true
    }

    /// Seconds since the run began.
    var elapsed: Interval { Interval(ContinuousClock.now - start) }

    /// Runs every step, and cleans up in any case.
    mutating func run() async throws {
        examined = await engine.log().newest
        do {
            ignored += script.flags.filter { $0.name != "ip_version" }.map { "--\($0.name)=\($0.value)" }
            for event in script.events {
                line = event.line
                try await run(event)
            }
            try await finishPending()
        } catch {
            await closeSockets()
            throw error
        }
        await closeSockets()
    }

    private mutating func run(_ event: ScriptEvent) async throws {
        let (first, last) = window(of: event.time)
        guard last <= Self.longest else { throw problem("a script on the wire takes at most 60 seconds") }
        endBase = if case .after = event.time { elapsed } else { .zero }
        if case .packet(let packet) = event.action, packet.direction == .outbound {
            return try await expect(packet, until: last + Self.tolerance, event.time)
        }
        if first > elapsed { try await Task.sleep(for: .nanoseconds((first - elapsed).nanoseconds)) }
        switch event.action {
        case .packet(let packet): try await send(packet)
        case .call(let call): try await perform(call)
        case .command(let command): try await run(command)
        case .icmp: throw problem(Self.noICMP)
        case .assertions(let assertions):
            let snapshot = await underTest
            for assertion in assertions {
                guard let actual = assertion.settle(&variables, of: snapshot) else { continue }
                line = assertion.line
                throw failure(assertion.text, actual)
            }
        }
    }

    private func window(of time: ScriptTime) -> (first: Interval, last: Interval) {
        switch time {
        case .immediately: (elapsed, elapsed)
        case .at(let interval): (interval, max(interval, elapsed))
        case .after(let interval): (elapsed + interval, elapsed + interval)
        case .whenever: (.zero, elapsed + Self.patience)
        case .between(let first, let last): (first, max(last, elapsed))
        case .afterBetween(let first, let last): (elapsed + first, elapsed + last)
        }
    }

    /// What this script asks is not for the wire.
    func problem(_ reason: String) -> Problem {
        Problem(ScriptError(line: line, column: 1, token: script.source(line), reason: reason))
    }

    /// A line, the running one unless it is named, was not as it says.
    func failure(_ expected: String, _ actual: String, segment: UInt64? = nil, line: Int? = nil) -> Failure {
        let line = line ?? self.line
        return Failure(line: line, source: script.source(line), expected: expected, actual: actual, segment: segment)
    }

    // MARK: Segments

    private mutating func send(_ packet: ScriptPacket) async throws {
        guard let peer else { throw problem("there is no peer yet: name one by remote=, or let the script listen") }
        let tuple = FourTuple(local: peer, remote: local ?? Endpoint(peer.address, 0))
        let header = translator.header(packet, to: tuple)
        var request = CraftRequest(
            subject: .endpoints(localAddress: local?.address, localPort: local?.port, remote: peer))
        request.sequence = .absolute(header.sequence)
        request.acknowledgment = .absolute(header.acknowledgment)
        request.flags = header.flags
        request.window = header.window
        request.urgentPointer = header.urgentPointer
        request.options = header.options
        request.payload = [UInt8](repeating: 0, count: packet.length)
        request.ttl = packet.ttl
        request.hold = .milliseconds(60_000)
        if case .ecn(let bits) = packet.trafficClass { request.ecn = bits }
        if let tampering, tampering.line == line {
            request.checksum = tampering.checksum
            request.dataOffset = tampering.dataOffset
            request.reserved = tampering.reserved
            request.options = tampering.options ?? request.options
        }
        local = try await engine.craft(request).local
    }

    private mutating func expect(_ expected: ScriptPacket, until limit: Interval, _ time: ScriptTime) async throws {
        var seen: Failure?
        while let record = try await nextReply(until: limit) {
            guard let headers = record.headers, let tcp = headers.tcp else { continue }
            let observed = translator.observe(headers, tcp)
            let wanted = passesOver ? expected.regardless(of: observed.packet) : expected
            switch translator.compare(wanted, observed) {
            case .success:
                deciding = record.number
                return
            case .failure(let difference):
                let failure = failure(difference.expected, difference.actual, segment: record.number)
                guard passesOver, time == .whenever else { throw failure }
                seen = failure
            }
        }
        throw seen ?? failure(expected.notation, "no segment")
    }

    /// The next segment from the peer, or nil once `limit` is over.
    private mutating func nextReply(until limit: Interval) async throws -> SegmentRecord? {
        while true {
            let log = await engine.log()
            for number in log.numbers(after: examined) {
                examined = number
                if let record = log[number], isReply(record) { return record }
            }
            guard limit > elapsed, !Task.isCancelled else { return nil }
            await engine.waitForNews(after: log.progress, patience: limit - elapsed)
        }
    }

    private func isReply(_ record: SegmentRecord) -> Bool {
        guard record.direction == .inbound, let headers = record.headers, let tcp = headers.tcp else { return false }
        let destination = Endpoint(headers.destination, tcp.destinationPort)
        // Headers name no zone.
        guard destination == local?.within(zone: 0) else { return false }
        return peer == nil || Endpoint(headers.source, tcp.sourcePort) == peer?.within(zone: 0)
    }
}

extension ScriptPacket {
    /// PSH is the sender's own affair, and so is whether it closes in turn; and how much text an acknowledgment travels with, if
    /// any will do.
    fileprivate func regardless(of actual: ScriptPacket) -> ScriptPacket {
        let own: TCPFlags = flags.contains(.ack) ? [.psh, .fin] : .psh
        var wanted = self
        wanted.flags = flags.subtracting(.psh).union(actual.flags.intersection(own))
        if ignoresSequence { wanted.length = actual.length }
        return wanted
    }
}

extension Problem {
    /// A step on the wire that was not as its line says.
    init(_ failure: WireScript.Failure) {
        self.init(.scenarioFailed, "Line \(failure.line): expected \(failure.expected), actual \(failure.actual).")
        segments = failure.segment.map { [$0] } ?? []
        members = [
            JSON.Member("line", .integer(failure.line)), JSON.Member("source", .string(failure.source)),
            JSON.Member("expected", .string(failure.expected)), JSON.Member("actual", .string(failure.actual)),
        ]
    }
}
