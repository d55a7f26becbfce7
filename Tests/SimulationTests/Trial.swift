import Engine

/// Why a trial failed, with what it takes to see it again.
struct TrialFailure: Error, CustomStringConvertible {
    let seed: UInt64
    let text: String
    var description: String { "\(text); repeat it with SEED=\(seed)" }
}

/// Two hosts that open a connection through a bad network, exchange octets both ways and end it. Everything about it, the
/// sizes, the options, the weather, follows from the seed.
struct Trial {
    /// How the connection comes about.
    enum Opening: CaseIterable {
        /// One end listens.
        case passive
        /// Both ends open actively (RFC 9293 §3.5, Figure 8).
        case simultaneous
    }

    /// How it ends.
    enum Ending: CaseIterable {
        /// The first host closes when it has written everything, the second when it has read everything.
        case firstCloses
        case secondCloses
        /// Both close as soon as they have written everything.
        case bothClose
        /// One of them aborts at some moment.
        case abort
    }

    let seed: UInt64
    let opening: Opening
    let ending: Ending
    var random: SplitMix64
    var network: SimulatedNetwork
    var ends: [TrialEnd] = []
    /// How far each end's peer has allowed it to send.
    private var edges: [SequenceNumber?] = [nil, nil]
    /// When the path becomes narrower, from which host to which, and how it is then.
    private var narrowing: (at: Instant, from: SimulatedNetwork.Host, to: SimulatedNetwork.Host, path: NetworkPath)?
    /// A packet was too long for a path that has become narrower.
    var wasNarrowed: Bool { network.counters.tooLong > 0 }
    /// When one end aborts.
    var abortAt = Instant.distantFuture
    let start: Instant

    /// Virtual time that no trial needs.
    private static let patience = Interval.seconds(Int64(48 * 3_600))

    init(
        seed: UInt64, opening: Opening, ending: Ending, weather: Weather? = nil, family: IPAddress.Family = .v4,
        personality: Personality = .standard
    ) {
        self.seed = seed
        self.opening = opening
        self.ending = ending
        random = SplitMix64(seed: seed)
        network = SimulatedNetwork(seed: random.next())
        start = network.now
        let weather = weather ?? Weather(&random)
        for index in 0..<2 {
            ends.append(TrialEnd(index, &random, mtu: weather.mtu, family: family, personality: personality))
            let host = network.addHost(ends[index].local.address, ends[index].stack)
            precondition(host == index)
            network[index].own(ends[index].local)
        }
        let paths = [weather.path(&random), weather.path(&random)]
        network.setPath(from: 0, to: 1, paths[0])
        network.setPath(from: 1, to: 0, paths[1])
        if weather.narrows {
            let from = Int.random(in: 0...1, using: &random)
            var path = paths[from]
            path.mtu = Int.random(in: 296...max(path.mtu / 2, 300), using: &random)
            narrowing = (start + .milliseconds(Int64.random(in: 0...1_000, using: &random)), from, 1 - from, path)
        }
        if ending == .abort {
            abortAt = start + .milliseconds(Int64.random(in: 0...2_000, using: &random))
            if Bool.random(using: &random) { ends.swapAt(0, 1) }
        }
    }

    /// Runs the trial to its end, and throws at the first thing that is wrong.
    mutating func run() throws(TrialFailure) {
        try open()
        while !isOver {
            guard network.now - start < Self.patience else { throw failure("no end in sight: \(description)") }
            try act()
            network.step(until: nextAction)
            try examine()
        }
        try verifyEnd()
    }

    // MARK: The beginning

    private mutating func open() throws(TrialFailure) {
        if opening == .passive {
            let listening = ends.firstIndex { $0.host == 1 } ?? 1
            _ = network[1].listen(
                at: ends[listening].local, options: ends[listening].options, backlog: 8, routeMTU: ends[listening].mtu)
        }
        for index in ends.indices where opening == .simultaneous || ends[index].host == 0 {
            let end = ends[index]
            var request = OpenRequest(remote: ends[1 - index].local)
            request.options = end.options
            let tuple = FourTuple(local: end.local, remote: ends[1 - index].local)
            do throws(StackError) {
                ends[index].id = try network[end.host].open(request, tuple: tuple, routeMTU: end.mtu, at: network.now)
            } catch {
                throw failure("open: \(error)")
            }
        }
    }

    // MARK: What the users do

    private mutating func act() throws(TrialFailure) {
        if network.now >= abortAt { try abort() }
        if let narrowing, network.now >= narrowing.at {
            network.setPath(from: narrowing.from, to: narrowing.to, narrowing.path)
            self.narrowing = nil
        }
        for index in ends.indices where ends[index].id != nil {
            do throws(StackError) {
                try ends[index].exchange(&network, &random)
                if mayClose(index) { try ends[index].close(&network) }
            } catch {
                throw failure("end \(index): \(error)")
            }
        }
    }

    /// The end may close once it has written everything.
    private func mayClose(_ index: Int) -> Bool {
        switch ending {
        case .firstCloses: index == 0 || ends[index].hasSeenEnd
        case .secondCloses: index == 1 || ends[index].hasSeenEnd
        case .bothClose: true
        // The end that is left closes at last: its FIN asks whether anybody is still there.
        case .abort: index == 1 && abortAt == .distantFuture
        }
    }

    private mutating func abort() throws(TrialFailure) {
        guard let id = ends[0].id else {
            // Nothing to abort yet: the SYN has not come.
            abortAt = network.now + .seconds(Int64(1))
            return
        }
        abortAt = .distantFuture
        ends[0].isAborted = true
        ends[1].expectsReset = true
        do throws(StackError) {
            try network[ends[0].host].abort(id, .aborted, at: network.now, wall: network.wall)
        } catch {
            throw failure("abort: \(error)")
        }
    }

    private var nextAction: Instant {
        ends.reduce(min(abortAt, narrowing?.at ?? .distantFuture, start + Self.patience)) {
            min($0, $1.nextAction(after: network.now))
        }
    }

    // MARK: What must hold

    private mutating func examine() throws(TrialFailure) {
        for index in ends.indices {
            while let event = network[ends[index].host].pollEvent() {
                switch event {
                case .accepted(_, let id): ends[index].id = id
                case .broken(let id):
                    let breach = network[ends[index].host].takeBreach(of: id) ?? "nobody knows what broke"
                    throw failure("end \(index), \(id): \(breach)")
                case .began, .changed, .released, .unlistened, .troubled, .pathShortened: break
                }
            }
            guard let connection = ends[index].connection(network) else { continue }
            if let breach = connection.brokenInvariant(thorough: true) { throw failure("end \(index): \(breach)") }
            if let excess = excess(connection, of: index) { throw failure("end \(index): \(excess)") }
            if let mismatch = ends[index].mismatch(with: ends[1 - index]) { throw failure("end \(index): \(mismatch)") }
        }
    }

    /// What stands beyond all that the peer has ever allowed. Not beyond SND.UNA + SND.WND: RFC 7323 §2.4 lets a receiver take
    /// back less than a unit of its scale. One more is the probe of a closed window, or a FIN.
    private mutating func excess(_ connection: Connection, of index: Int) -> String? {
        guard connection.state.isSynchronized, !connection.isOver else { return nil }
        let send = connection.snapshot.send
        let allowed = send.una + send.wnd
        let edge = edges[index].map { $0 < allowed ? allowed : $0 } ?? allowed
        edges[index] = edge
        let beyond = send.nxt - edge
        return beyond <= 1 ? nil : "\(beyond) octets were sent beyond the window; SND.WND is \(send.wnd)"
    }

    private var isOver: Bool {
        // An end that aborted before the other had heard of it leaves the other without a connection.
        let absent = ends.indices.filter { ends[$0].id == nil }
        guard absent.isEmpty || (ends[0].isAborted && network.nextEvent == nil) else { return false }
        return ends.allSatisfy { $0.id == nil || $0.isOver(network) }
    }

    private mutating func verifyEnd() throws(TrialFailure) {
        // 2 MSL, and twice that for a FIN that came again.
        network.advance(to: network.now + TimeWaitRecord.msl * 8)
        for index in ends.indices {
            let end = ends[index]
            guard network[end.host].openCount == 0, network[end.host].timeWaitCount == 0 else {
                throw failure("end \(index) has connections left")
            }
            guard let connection = end.connection(network) else { continue }
            guard connection.state == .closed else { throw failure("end \(index) stays in \(connection.state)") }
            if ending == .abort { continue }
            guard connection.closeReason == .normal || (connection.closeReason == .resetByPeer && wasLate(index)) else {
                throw failure("end \(index) ended as \(connection.closeReason?.rawValue ?? "nothing")")
            }
            guard end.received == ends[1 - index].payload, end.hasSeenEnd else {
                throw failure("end \(index) received \(end.received.count) of \(ends[1 - index].payload.count) octets")
            }
        }
        guard network.nextEvent == nil else { throw failure("a timer runs for nobody") }
    }

    /// The last ACK was lost so often that the other end, done and past TIME-WAIT, could only answer with a reset.
    private func wasLate(_ index: Int) -> Bool {
        guard let connection = ends[index].connection(network), let other = ends[1 - index].connection(network),
            let closedAt = connection.closedAt, let otherClosedAt = other.closedAt
        else { return false }
        return other.closeReason == .normal && otherClosedAt + TimeWaitRecord.msl * 2 <= closedAt
    }

    private func failure(_ text: String) -> TrialFailure { TrialFailure(seed: seed, text: text) }

    private var description: String {
        ends.map { end in
            guard let connection = end.connection(network) else { return "no connection" }
            let now = connection.snapshot
            return "\(now.state), SND \(now.send.una) \(now.send.nxt) WND \(now.send.wnd), RCV \(now.receive.nxt) "
                + "WND \(now.receive.wnd), \(now.send.buffered) to send, \(now.receive.buffered) to read, "
                + "\(now.congestion.phase) CWND \(now.congestion.window), \(end.options)"
        }.joined(separator: "; ")
    }
}

/// What the network is like in one trial.
struct Weather {
    var loss: Double
    var duplication: Double
    var reordering: Double
    var mtu: Int
    /// The MTU of one direction shrinks on the way.
    var narrows = false

    init(loss: Double, duplication: Double, reordering: Double, mtu: Int) {
        self.loss = loss
        self.duplication = duplication
        self.reordering = reordering
        self.mtu = mtu
    }

    /// Fair to foul: up to 30 % loss, some of it paired with duplication and reordering.
    init(_ random: inout SplitMix64) {
        loss = random.chance(0.2) ? 0 : Double.random(in: 0...0.3, using: &random)
        duplication = random.chance(0.5) ? 0 : Double.random(in: 0...0.2, using: &random)
        reordering = random.chance(0.5) ? 0 : Double.random(in: 0...0.3, using: &random)
        mtu = [576, 1_500, 9_000, 65_535].randomElement(using: &random) ?? 1_500
        narrows = random.chance(0.2)
    }

    /// One direction.
    func path(_ random: inout SplitMix64) -> NetworkPath {
        var path = NetworkPath()
        path.loss = loss
        path.duplication = duplication
        path.reordering = reordering
        path.mtu = mtu
        path.delay = .microseconds(Int64.random(in: 10...100_000, using: &random))
        path.jitter = random.chance(0.5) ? .zero : .microseconds(Int64.random(in: 1...20_000, using: &random))
        path.rate = random.chance(0.7) ? nil : Int.random(in: 100_000...10_000_000, using: &random)
        path.coalescing = random.chance(0.7) ? .zero : .milliseconds(Int64.random(in: 1...20, using: &random))
        return path
    }
}
