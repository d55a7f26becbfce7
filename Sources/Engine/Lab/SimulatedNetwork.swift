import HeapModule

/// Hosts, each a `TCPStack`, that talk to each other over lossy paths in virtual time. The same seed and the same calls give
/// the same packets, to the octet and the nanosecond.
///
/// Call `addHost` and `setPath`, then command the hosts through the subscript; `step` moves everything to the next moment
/// at which something happens, and `run` does so until a deadline or a condition.
package struct SimulatedNetwork {
    /// Names a host: the order in which it was added.
    package typealias Host = Int

    private struct Flight: Comparable {
        let arrival: Instant
        /// Keeps packets that arrive at the same moment in the order in which they were sent.
        let serial: UInt64
        let host: Host
        let octets: [UInt8]
        /// A router's complaint about a packet of the host's, in place of octets.
        var complaint: NetworkError?

        static func == (a: Self, b: Self) -> Bool { a.serial == b.serial }
        static func < (a: Self, b: Self) -> Bool { (a.arrival, a.serial) < (b.arrival, b.serial) }
    }

    private struct Ends: Hashable {
        let from: Host
        let to: Host
    }

    package private(set) var now: Instant
    package private(set) var counters = NetworkCounters()
    private var random: SplitMix64
    private var stacks: [TCPStack] = []
    private var routes: [IPAddress: Host] = [:]
    private var lines: [Ends: NetworkLine] = [:]
    private var flights = Heap<Flight>()
    private var lastSerial: UInt64 = 0

    /// An empty network whose virtual time begins at `start`.
    package init(seed: UInt64, at start: Instant = Instant(nanoseconds: 1_000_000_000)) {
        random = SplitMix64(seed: seed)
        now = start
    }

    /// Adds a host that has `address`.
    package mutating func addHost(_ address: IPAddress, _ configuration: StackConfiguration) -> Host {
        stacks.append(TCPStack(configuration))
        routes[address] = stacks.count - 1
        return stacks.count - 1
    }

    /// Settles what happens to packets from one host to another.
    package mutating func setPath(from: Host, to: Host, _ path: NetworkPath) {
        lines[Ends(from: from, to: to), default: NetworkLine()].path = path
    }

    /// A host's stack, to command and to look at. Packets that a command makes leave in the next step.
    package subscript(host: Host) -> TCPStack {
        _read { yield stacks[host] }
        _modify { yield &stacks[host] }
    }

    /// Nanoseconds since 1970 for the hosts' logs: virtual time starts in 2001.
    package var wall: Int64 { now.nanoseconds + 1_000_000_000_000_000_000 }

    /// When something happens next; nil: never, unless a host is commanded.
    package var nextEvent: Instant? {
        let deadline = stacks.reduce(flights.min?.arrival ?? .distantFuture) { min($0, $1.nextDeadline) }
        return deadline == .distantFuture ? nil : max(deadline, now)
    }

    /// Sends what is ready, then moves to the next moment at which a packet arrives or a timer expires, but not past
    /// `limit`. Returns false when nothing was left to do up to then.
    @discardableResult
    package mutating func step(until limit: Instant) -> Bool {
        transmit()
        guard let next = nextEvent, next <= limit else {
            now = max(now, limit)
            return false
        }
        now = next
        while let flight = flights.min, flight.arrival <= now {
            flights.removeMin()
            if let complaint = flight.complaint {
                stacks[flight.host].receiveNetworkError(complaint, at: now, wall: wall)
            } else {
                counters.delivered += 1
                stacks[flight.host].receive(flight.octets.span.bytes, at: now, wall: wall)
            }
        }
        for host in stacks.indices { stacks[host].advance(to: now, wall: wall) }
        transmit()
        return true
    }

    /// Steps until `limit`.
    package mutating func advance(to limit: Instant) {
        while step(until: limit) {}
    }

    // MARK: Packets

    private mutating func transmit() {
        for host in stacks.indices {
            while let packet = stacks[host].pollTransmit(at: now, wall: wall) { send(packet, from: host) }
        }
    }

    private mutating func send(_ packet: OutboundPacket, from host: Host) {
        counters.sent += 1
        guard let target = routes[packet.destination.address] else {
            counters.unroutable += 1
            return
        }
        let ends = Ends(from: host, to: target)
        let fate = lines[ends, default: NetworkLine()].take(packet.length, at: now, &random)
        switch fate {
        case .tooLong:
            counters.tooLong += 1
            complain(of: packet, lines[ends, default: NetworkLine()].path, to: host)
        case .overflowed: counters.overflowed += 1
        case .lost: counters.lost += 1
        case .arrives(let arrival, let copy):
            let octets = packet.octets
            fly(octets, to: target, at: arrival)
            guard let copy else { return }
            counters.duplicated += 1
            fly(octets, to: target, at: copy)
        }
    }

    private mutating func fly(_ octets: [UInt8], to host: Host, at arrival: Instant) {
        lastSerial += 1
        flights.insert(Flight(arrival: arrival, serial: lastSerial, host: host, octets: octets))
    }

    /// A router says that a packet was too long, as one that may not cut it has to (RFC 1191 §4).
    private mutating func complain(of packet: OutboundPacket, _ path: NetworkPath, to host: Host) {
        let octets = packet.octets
        guard let view = try? PacketView(parsing: octets.span.bytes) else { return }
        lastSerial += 1
        var flight = Flight(arrival: now + path.delay, serial: lastSerial, host: host, octets: [])
        flight.complaint = NetworkError(
            type: 3, code: 4, mtu: path.mtu, offender: nil,
            connection: FourTuple(
                local: Endpoint(view.source, view.sourcePort), remote: Endpoint(view.destination, view.destinationPort)),
            sequence: view.segment.sequence)
        flights.insert(flight)
    }
}
