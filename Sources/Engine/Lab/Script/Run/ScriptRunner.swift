import DequeModule

/// Runs a script against a stack of its own, on virtual time: the script's calls are the stack's user, its `<` lines the
/// network, and its `>` lines what must come out.
public struct ScriptRunner {
    /// A segment that the stack has sent.
    struct Sent {
        let octets: [UInt8]
        let time: Instant
    }

    /// A call that has not come to its end.
    struct PendingCall {
        let call: ScriptCall
        let line: Int
        /// When it must be over.
        let end: Instant
        /// When it was over, and with what.
        var done: (result: ScriptCallResult, at: Instant)?
    }

    /// Virtual time begins here, so that nothing happens at the clock's origin.
    static let origin = Instant(nanoseconds: 1_000_000_000)
    /// Most steps of the stack in one run: a script of a megabyte needs fewer, and keep-alives for a million seconds would
    /// not end.
    static let stepLimit = 200_000
    /// Most octets that a script may write and inject: they are held in memory.
    static let octetLimit = 64 << 20
    /// The longest that a script may take, so that no time overflows: 31 years.
    static let longest = Interval.seconds(Int64(1_000_000_000))

    let script: Script
    let host: ScriptHost
    /// How far times may be off.
    let tolerance: ScriptTolerance
    var stack: TCPStack
    var knobs: ScriptKnobs
    /// The virtual time.
    var time = origin
    /// What the stack sent and no line has looked at yet.
    var sent = Deque<Sent>()
    var sockets: [Int64: ScriptSocket] = [:]
    var translator: ScriptTranslator
    /// The connection that the packets belong to.
    var tuple: FourTuple?
    /// The descriptor of the newest socket: the one under test.
    var newest: Int64?
    var accepted: [ListenerID: Deque<ConnectionID>] = [:]
    var pending: PendingCall?
    var ignored: [String] = []
    var steps = 0
    private var stackSteps = 0
    private var octets = 0
    var lastRemotePort = ScriptHost.firstRemotePort - 1
    /// The line that runs.
    var line = 1
    /// From where the end of a blocking call counts: the script's start, or the step before.
    var endBase = origin
    /// Octets that a blocked write has got rid of already.
    var partial = 0
    /// What the connection under test has waited for so far, if the script asks.
    var waits = ScriptWaits()
    private let countsWaits: Bool
    /// What `%{ NAME = VALUE }%` has set.
    var variables: [String: Int64] = [:]
    /// What ICMP errors have said of the paths to hosts.
    var pathMTUs: [IPAddress: Int] = [:]
    /// When a segment with text, and one with an ACK, was last sent to the stack; nil before the first.
    var lastTextAt: Instant?
    var lastAckAt: Instant?

    package init(_ script: Script, _ setting: ScriptSetting) throws(ScriptError) {
        self.script = script
        host = try ScriptHost(script.flags)
        var random = SplitMix64(seed: setting.seed)
        var configuration = StackConfiguration(secret: (random.next(), random.next()))
        configuration.initialSequence = setting.initialSequence
        configuration.logCapacity = 65_536
        configuration.logPayloadCapacity = 1 << 20
        configuration.snapLength = 64
        stack = TCPStack(configuration)
        stack.setOrigin(Self.origin, wall: Self.origin.nanoseconds + 1_000_000_000_000_000_000)
        knobs = ScriptKnobs(host.personality ?? setting.personality)
        tolerance = host.tolerance(knobs.personality)
        if !host.isReplay {
            knobs.assumeCommonSettings(script.ownSyn, firstWindow: script.ownFirstWindow)
            // Linux pushes the last segment of a burst since 5.4.
            if script.leavesBurstUnpushed { knobs.options.habits.pushesBursts = false }
        }
        knobs.options.habits.receiveMemory?.segmentSize = host.arrivalMSS
        countsWaits = script.events.contains { event in
            guard case .assertions(let assertions) = event.action else { return false }
            return assertions.contains { !ScriptWaits.names.isDisjoint(with: $0.names) }
        }
        translator = ScriptTranslator(
            tolerance: tolerance, tick: host.timestampTick,
            comparesEchoes: host.comparesEchoes(setting.personality))
    }

    /// Runs a script from its first line to its last.
    public static func run(_ script: Script, _ setting: ScriptSetting) throws(ScriptProblem) -> ScriptReport {
        var runner: ScriptRunner
        do throws(ScriptError) {
            runner = try ScriptRunner(script, setting)
        } catch {
            throw .unsupported(error)
        }
        return try runner.run()
    }

    /// Octets of the largest packet that the route carries.
    var routeMTU: Int { knobs.routeMTU ?? host.mtu }

    /// Nanoseconds since 1970, for the log: virtual time starts in 2001.
    var wall: Int64 { time.nanoseconds + 1_000_000_000_000_000_000 }

    /// Seconds of the script.
    var elapsed: Interval { time - Self.origin }

    // MARK: Time

    /// Lets the stack live until `limit`.
    mutating func advance(to limit: Instant) throws(ScriptProblem) {
        if limit > time { finishBatch() }
        // In a replay, what arrives at a moment arrives before that moment's timers expire, as in the engine.
        while host.isReplay ? stack.nextDeadline < limit : stack.nextDeadline <= limit { try step() }
        pass(to: max(time, limit))
    }

    /// Nothing happens until then.
    private mutating func pass(to instant: Instant) {
        if countsWaits, let connection = underTest.flatMap({ try? stack.connection($0) }) {
            let isWriting = pending.map { $0.call.isWriting && $0.done == nil } ?? false
            waits.note(connection, isWriting: isWriting, for: instant - time)
        }
        time = instant
    }

    /// Lets the stack react to what was just done to it; in a replay, once the batch is complete.
    mutating func react() {
        if host.isReplay { takeEvents() } else { settle() }
    }

    /// The batch is complete: the timers of this moment expire, and what is ready leaves.
    mutating func finishBatch() {
        guard host.isReplay else { return }
        stack.advance(to: time, wall: wall)
        settle()
    }

    /// Moves to the stack's next deadline.
    mutating func step() throws(ScriptProblem) {
        stackSteps += 1
        guard stackSteps < Self.stepLimit else {
            throw failure(expected: "an end", actual: "\(Self.stepLimit) timers without one")
        }
        pass(to: max(time, stack.nextDeadline))
        stack.advance(to: time, wall: wall)
        settle()
    }

    /// Takes what the stack has to send and to tell; after everything that was done to it.
    mutating func settle() {
        // Who waits to write does so before the stack answers: its text carries the ACK.
        if pending?.call.isWriting == true { completePending() }
        transmit()
        takeEvents()
        completePending()
    }

    /// Takes what the stack has to send.
    mutating func transmit() {
        while let packet = stack.pollTransmit(at: time, wall: wall) {
            sent.append(Sent(octets: packet.octets, time: time))
        }
    }

    private mutating func takeEvents() {
        while let event = stack.pollEvent() {
            switch event {
            case .pathShortened(let address, let mtu): pathMTUs[address] = mtu
            case .began(let listener, let id, _):
                narrowPath(of: id)
                // Until `accept` nobody takes what comes.
                if !host.isReplay { (try? stack.connection(id))?.memory?.hasReader = false }
                // Who shows a cookie need not wait for the end of the handshake.
                guard (try? stack.connection(id))?.fastOpen.isAdmitted == true else { break }
                accepted[listener, default: []].append(id)
            case .accepted(let listener, let id) where (try? stack.connection(id))?.fastOpen.isAdmitted != true:
                accepted[listener, default: []].append(id)
            default: break
            }
        }
    }

    /// A connection to a host whose path is known to be narrow.
    mutating func narrowPath(of id: ConnectionID) {
        guard let remote = (try? stack.connection(id))?.tuple.remote.address, let mtu = pathMTUs[remote] else { return }
        stack.shortenPath(of: id, to: mtu, at: time, wall: wall)
    }

    /// Counts octets that are about to be written or injected.
    mutating func spend(_ count: Int) throws(ScriptProblem) {
        octets += count
        guard octets <= Self.octetLimit else {
            throw unsupported(script.source(line), "a script moves at most \(Self.octetLimit) octets")
        }
    }

    // MARK: Failing

    /// What the running line comes to if it can't be.
    func failure(expected: String, actual: String, line: Int? = nil) -> ScriptProblem {
        let line = line ?? self.line
        return .failed(
            ScriptFailure(
                line: line, source: script.source(line), expected: expected, actual: actual, log: stack.log.snapshot()))
    }

    func unsupported(_ token: String, _ reason: String) -> ScriptProblem {
        let text = script.lines.indices.contains(line - 1) ? script.lines[line - 1] : ""
        let column = text.firstRange(of: token).map { text.distance(from: text.startIndex, to: $0.lowerBound) + 1 } ?? 1
        return .unsupported(ScriptError(line: line, column: column, token: token, reason: reason))
    }
}

// MARK: Steps
extension ScriptRunner {
    private mutating func run() throws(ScriptProblem) -> ScriptReport {
        for event in script.events {
            line = event.line
            try run(event)
            steps += 1
        }
        try awaitPending()
        return ScriptReport(lines: steps, ignored: ignored, duration: elapsed, log: stack.log.snapshot())
    }

    private mutating func run(_ event: ScriptEvent) throws(ScriptProblem) {
        guard window(of: event.time).last - Self.origin <= Self.longest else {
            throw unsupported(script.source(line), "a script takes at most \(Self.longest.text) s")
        }
        endBase = if case .after = event.time { time } else { Self.origin }
        if case .packet(let packet) = event.action, packet.direction == .outbound {
            return try expect(packet, window(of: event.time))
        }
        try advance(to: window(of: event.time).first)
        switch event.action {
        case .packet(let packet):
            try spend(packet.length)
            inject(packet)
        case .icmp(let message): inject(message)
        case .call(let call): try run(call)
        case .command(let command): try run(command)
        case .assertions(let assertions):
            for assertion in assertions { try check(assertion) }
        }
    }

    /// From when to when a step may happen. Relative times count from now, which is when the step before was over.
    func window(of time: ScriptTime) -> (first: Instant, last: Instant) {
        let start = Self.origin
        switch time {
        case .immediately: return (self.time, self.time)
        case .at(let interval): return (start + interval, start + interval)
        case .after(let interval): return (self.time + interval, self.time + interval)
        case .whenever: return (start, self.time + .seconds(Int64(3_600)))
        case .between(let first, let last): return (start + first, start + last)
        case .afterBetween(let first, let last): return (self.time + first, self.time + last)
        }
    }

    private mutating func run(_ command: ScriptCommand) throws(ScriptProblem) {
        guard case .steps(let steps) = command else { return }
        for step in steps {
            switch step {
            case .setting(let name, let value):
                if !knobs.set(name, value) { ignored.append("sysctl \(name)=\(value)") }
                stack.dropsSynFin = knobs.dropsSynFin
                applyToConnections(name)
                if name == "net.inet.tcp.hostcache.purgenow" { pathMTUs = [:] }
            case .route(let route):
                knobs.take(route)
                if let mtu = route.mtu { forEachConnection { $0.takeRoute(mtu: mtu, at: time) } }
            case .device(let isFull): forEachConnection { isFull ? $0.refuse() : $0.admit() }
            case .forget: stack.forgetFastOpenGrants()
            case .defaults: knobs.setDefaults()
            case .states(let check): try self.check(check)
            case .other(let text): ignored.append(text)
            }
        }
    }

    /// Settings that Linux reads whenever it needs them hold for the connections that there are, too.
    private func applyToConnections(_ name: String) {
        guard ["net.ipv4.tcp_ecn_option", "net.ipv4.tcp_slow_start_after_idle"].contains(name) else { return }
        forEachConnection { connection in
            connection.options.habits.ecn.octetCounts = knobs.options.habits.ecn.octetCounts
            connection.options.habits.restartsAfterIdle = knobs.options.habits.restartsAfterIdle
        }
    }

    private func forEachConnection(_ body: (Connection) -> Void) {
        stack.snapshots.compactMap { try? stack.connection($0.id) }.forEach(body)
    }

    private func check(_ check: ScriptCommand.StateCheck) throws(ScriptProblem) {
        let count = count(of: check.state)
        let isRight = check.count.map { "\(count)".contains($0) } ?? (count > 0)
        guard !isRight else { return }
        throw failure(
            expected: "\(check.count ?? "at least 1") in \(check.state.name)",
            actual: "\(count); there are " + stack.snapshots.map { "\($0.id) \($0.state.name)" }.joined(separator: ", ")
        )
    }

    private func count(of state: State) -> Int {
        switch state {
        case .listen: stack.allListeners.count
        // A socket without a connection, or whose connection is over, until it is closed.
        case .closed:
            sockets.values.count { socket in
                guard let id = socket.connection else { return !isListening(socket) }
                return (try? stack.connection(id).state) ?? .closed == .closed
            }
        case .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
            stack.snapshots.count { $0.state == state }
        }
    }

    private func isListening(_ socket: ScriptSocket) -> Bool {
        if case .listening = socket.phase { return true }
        return false
    }
}
