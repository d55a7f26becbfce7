package import Engine
import HTTPTypes

/// Runs a script on the wire: what it sends leaves as crafted segments, what it expects must come back. The stack under test
/// is a peer across the network, or, where the script makes calls, our own stack.
package struct WireScript: Sendable {
    /// How late a segment may be: schedulers and networks are no virtual clock.
    private static let tolerance = Interval.milliseconds(1_000)
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

    let engine: any EngineService
    private let script: Script
    private let start = ContinuousClock.now
    private var translator = ScriptTranslator(tolerance: Self.tolerance, tick: nil)
    /// The stack under test.
    var peer: Endpoint?
    /// The endpoint that its segments come to.
    var local: Endpoint?
    /// The newest record that was looked at.
    private var examined: UInt64 = 0
    /// The newest segment that was as expected.
    private(set) var deciding: UInt64?
    private(set) var ignored: [String] = []
    var sockets: [Int64: WireSocket] = [:]
    /// Connections that the script has closed; they go with it.
    var closed: [ConnectionID] = []
    /// The line that runs.
    var line = 1

    /// A run of `script` against `peer`; nil: the script's own calls say who it is.
    package init(_ script: Script, peer: Endpoint?, engine: any EngineService) {
        self.script = script
        self.peer = peer
        self.engine = engine
    }

    /// Seconds since the run began.
    var elapsed: Interval { Interval(ContinuousClock.now - start) }

    /// Runs every step, and cleans up in any case.
    mutating func run() async throws {
        examined = await engine.log().newest
        do {
            for event in script.events {
                line = event.line
                try await run(event)
            }
        } catch {
            await closeSockets()
            throw error
        }
        await closeSockets()
    }

    private mutating func run(_ event: ScriptEvent) async throws {
        let (first, last) = window(of: event.time)
        guard last <= Self.longest else { throw problem("a script on the wire takes at most 60 seconds") }
        if case .packet(let packet) = event.action, packet.direction == .outbound {
            return try await expect(packet, until: last + Self.tolerance)
        }
        if first > elapsed { try await Task.sleep(for: .nanoseconds((first - elapsed).nanoseconds)) }
        switch event.action {
        case .packet(let packet): try await send(packet)
        case .call(let call): try await perform(call)
        case .command(let command): ignored += command.texts
        case .icmp: throw problem("ICMP messages are for virtual time: this host's kernel would send them")
        case .assertions: throw problem("assertions are for virtual time: a peer's variables can't be seen")
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

    func failure(_ expected: String, _ actual: String, segment: UInt64? = nil) -> Failure {
        Failure(line: line, source: script.source(line), expected: expected, actual: actual, segment: segment)
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
        local = try await engine.craft(request).local
    }

    private mutating func expect(_ expected: ScriptPacket, until limit: Interval) async throws {
        guard let record = try await nextReply(until: limit), let headers = record.headers, let tcp = headers.tcp else {
            throw failure(expected.notation, "no segment")
        }
        switch translator.compare(expected, translator.observe(headers, tcp)) {
        case .success: deciding = record.number
        case .failure(let difference):
            throw failure(difference.expected, difference.actual, segment: record.number)
        }
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
        guard destination == local else { return false }
        return peer == nil || Endpoint(headers.source, tcp.sourcePort) == peer
    }
}

extension ScriptCommand {
    /// The shell commands, as they would be listed.
    fileprivate var texts: [String] {
        guard case .steps(let steps) = self else { return [] }
        return steps.map { step in
            switch step {
            case .setting(let name, let value): "sysctl \(name)=\(value)"
            case .states(let check): check.text
            case .defaults: "defaults.sh"
            case .forget: "ip tcp_metrics flush"
            case .other(let text): text
            }
        }
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
