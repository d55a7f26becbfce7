/// What users may ask of the stack. Each call is over when it returns; who wants to wait listens to events.
extension TCPStack {
    /// OPEN, active (RFC 9293 §3.10.1): the SYN is ready to be polled when it returns.
    ///
    /// - Parameters:
    ///   - tuple: local endpoint settled, guard in place.
    ///   - routeMTU: octets of the largest datagram on the route.
    package mutating func open(
        _ request: OpenRequest, tuple: FourTuple, routeMTU: Int, at now: Instant
    ) throws(StackError) -> ConnectionID {
        var predecessor: TimeWaitRecord?
        if let holder = table.holder(of: tuple) {
            guard case .timeWait(let record) = holder, request.mayReuse(record, at: now) else {
                throw .tupleInUse(tuple.local, holder: describe(holder, at: now))
            }
            predecessor = record
        }
        if let name = request.name, let holder = table.holder(of: name) { throw .nameInUse(name, holder: holder) }
        guard admitsConnection() else {
            throw .connectionLimit(configuration.connectionLimit)
        }
        let origin = makeOrigin(
            tuple, routeMTU: routeMTU, iss: request.initialSequence, after: predecessor, at: now)
        if let predecessor { endTimeWait(predecessor) }
        let connection = Connection.opening(origin, request.options, at: now)
        if request.options.habits.echoesIntoReuse { predecessor?.leaveStamp(to: connection) }
        if let name = request.name { connection.name = name }
        if connection.options.fastOpen { prepareFastOpen(connection) }
        connection.isTunnel = request.isTunnel
        if !request.payload.isEmpty {
            let taken = connection.write(request.payload.span.bytes, from: 0, push: true)
            connection.note(.write(octets: UInt32(taken), push: true, urgent: false), at: now)
        }
        table.insert(connection)
        noteCreated(connection, at: now)
        counters.connectionsOpened += 1
        enqueue(connection)
        return connection.id
    }

    /// The beginnings of the next connection, with its id.
    ///
    /// - Parameter predecessor: what is left of the connection that had its name, whose number space goes on.
    mutating func makeOrigin(
        _ tuple: FourTuple, routeMTU: Int, iss: SequenceNumber?, after predecessor: TimeWaitRecord? = nil,
        listener: ListenerID? = nil, at now: Instant
    ) -> Connection.Origin {
        lastID += 1
        let secrets = ConnectionSecrets(of: tuple, hash)
        let wanted = iss ?? configuration.initialSequence ?? secrets.initialSequence(at: now)
        return Connection.Origin(
            id: ConnectionID(rawValue: lastID), tuple: tuple, iss: predecessor?.successor(of: wanted) ?? wanted,
            routeMTU: routeMTU, timestampOffset: secrets.timestampOffset, listener: listener,
            registered: registeredOptions.isEmpty ? RegisteredOptions() : RegisteredOptions(registeredOptions))
    }

    /// A local port for a new connection, of the given range or of the stack's own; nil if all are taken.
    package mutating func choosePort(
        from local: IPAddress, to remote: Endpoint, in range: ClosedRange<UInt16>? = nil
    ) -> UInt16? {
        var allocator = ports
        defer { ports = allocator }
        return allocator.port(from: local, to: remote, in: range) { port in
            isFree(FourTuple(local: Endpoint(local, port), remote: remote))
        }
    }

    /// Another program has the port that was chosen: the next one is looked for elsewhere.
    package mutating func leapPorts() { ports.leap() }

    /// No connection has this name, in TIME-WAIT or before, and nobody listens at its local endpoint. A connection to itself is
    /// nothing that anybody gets unasked: its SYN would meet itself, as in a simultaneous open.
    package func isFree(_ tuple: FourTuple) -> Bool {
        tuple.local != tuple.remote && table.holder(of: tuple) == nil && listener(for: tuple.local) == nil
    }

    /// SEND: takes as many of the octets from `offset` on as fit, and returns how many.
    package mutating func write(
        _ octets: RawSpan, from offset: Int, to id: ConnectionID, push: Bool, urgent: Bool = false, at now: Instant
    ) throws(StackError) -> Int {
        let connection = try connection(id)
        guard connection.mayWrite else { throw .notOpen(id, connection.state, connection.closeReason) }
        let taken = connection.write(octets, from: offset, push: push, urgent: urgent)
        if taken > 0 {
            let isPushed = push && offset + taken == octets.byteCount
            connection.note(.write(octets: UInt32(taken), push: isPushed, urgent: urgent), at: now)
        }
        enqueue(connection)
        return taken
    }

    /// RECEIVE: copies octets in order from the stream position `offset` on (nil: from the oldest kept).
    package func read(from offset: UInt64?, limit: Int, of id: ConnectionID) throws(StackError) -> [UInt8] {
        let connection = try connection(id)
        let position = offset ?? connection.readable.lowerBound
        guard position >= connection.readable.lowerBound else {
            throw .released(oldest: connection.readable.lowerBound)
        }
        guard position <= connection.readable.upperBound else { return [] }
        return connection.read(from: position, limit: limit)
    }

    /// Gives up received octets before `position`.
    package mutating func release(before position: UInt64, of id: ConnectionID, at now: Instant) throws(StackError) {
        let connection = try connection(id)
        let range = connection.readable
        let end = min(position, range.upperBound)
        guard end > range.lowerBound else { return }
        connection.release(before: end, at: now)
        connection.note(.release(octets: UInt32(clamping: end - range.lowerBound)), at: now)
        if !connection.standing.isLive { table.noteReleased(Int(end - range.lowerBound)) }
        enqueue(connection)
    }

    /// CLOSE; with `endsReading` the user will read no more, and a RST tells of text that is lost (RFC 9293 SHLD-3).
    package mutating func close(
        _ id: ConnectionID, endsReading: Bool = false, at now: Instant, wall: Int64
    ) throws(StackError) {
        let connection = try connection(id)
        connection.close(endsReading: endsReading, at: now)
        connection.note(.close(endsReading: endsReading), at: now)
        settle(connection, at: now, wall: wall)
    }

    /// ABORT; the connection stays readable.
    package mutating func abort(
        _ id: ConnectionID, _ reason: CloseReason, at now: Instant, wall: Int64
    ) throws(StackError) {
        let connection = try connection(id)
        if let record = table.timeWait(of: connection) {
            endTimeWait(record)
            return noteState(of: connection, at: now)
        }
        finishHandshake(of: connection, at: now, wall: wall)
        connection.abort(reason, at: now)
        connection.note(.abort, at: now)
        settle(connection, at: now, wall: wall)
    }

    /// ABORT if still open, then forgets the connection and frees its port at once, also out of TIME-WAIT.
    package mutating func delete(_ id: ConnectionID, at now: Instant, wall: Int64) throws(StackError) {
        let connection = try connection(id)
        let wasInTimeWait = connection.state == .timeWait
        finishHandshake(of: connection, at: now, wall: wall)
        connection.abort(.aborted, at: now)
        settle(connection, at: now, wall: wall)
        table.remove(connection)
        log.append(.connection(id, .deleted), at: now)
        if wasInTimeWait, let record = table.timeWait(of: connection) {
            table.endTimeWait(record)
            release(record)
        }
        events.append(.changed(id))
    }

    /// RFC 9293 §3.10.5, ABORT in ESTABLISHED: what is queued is "flushed", but the ACK that ends the handshake goes before the
    /// RST. Else the peer would see an attempt that was given up, not a connection that was reset.
    private mutating func finishHandshake(of connection: Connection, at now: Instant, wall: Int64) {
        guard connection.owesHandshakeAcknowledgment else { return }
        var ack = OutgoingSegment()
        guard connection.nextHandshakeAcknowledgment(&ack, at: now) else { return }
        emit(ack, of: connection, at: now, wall: wall)
    }

    /// Gives a connection a name, or takes it away.
    package mutating func rename(_ id: ConnectionID, to name: String?) throws(StackError) {
        let connection = try connection(id)
        if let name, let holder = table.holder(of: name), holder != id { throw .nameInUse(name, holder: holder) }
        table.rename(connection, to: name)
    }

    /// Changes the options of a connection; what it may send now is sent.
    package mutating func change(
        _ id: ConnectionID, _ change: ConnectionChange, at now: Instant, wall: Int64
    ) throws(StackError) {
        let connection = try connection(id)
        connection.change(change, at: now)
        let options = connection.options
        connection.note(
            .change(nagle: options.nagle, delayedAck: options.delayedAck, congestion: options.congestion), at: now)
        log.append(.connection(id, .changed), at: now)
        settle(connection, at: now, wall: wall)
    }

    /// A segment of this connection can't leave the host: if it is still in its handshake, that is the end.
    package mutating func failHandshake(_ id: ConnectionID, at now: Instant, wall: Int64) {
        guard let connection = table[id], connection.state == .synSent else { return }
        connection.abort(.unreachable, at: now)
        settle(connection, at: now, wall: wall)
    }

    /// The moment from which the log counts for segments of no connection.
    package mutating func setOrigin(_ now: Instant, wall: Int64) { log.setOrigin(now, wall: wall) }

    /// Packets that the kernel has dropped since the start, because the raw socket's buffer was full.
    package mutating func noteOverflows(_ total: UInt64, at now: Instant) {
        counters.receiveOverflows = total
        log.noteDropped(total, at: now)
    }

    /// A packet could not leave.
    package mutating func noteSendError() { counters.sendErrors += 1 }

    /// The kernel has been kept from answering for this endpoint: from now on we do.
    package mutating func own(_ endpoint: Endpoint) { owned.insert(endpoint) }

    /// The kernel answers for this endpoint again.
    package mutating func disown(_ endpoint: Endpoint) { owned.remove(endpoint) }
}

/// Getters.
extension TCPStack {
    /// The connection with this id, open or closed. Inlined, since a call from a mutating method would take a copy of the stack.
    @inline(__always)
    package func connection(_ id: ConnectionID) throws(StackError) -> Connection {
        guard let connection = table[id] else { throw .unknown(id) }
        return connection
    }

    /// All connections that can be looked at, oldest first.
    package var snapshots: [ConnectionSnapshot] { table.all.map(\.snapshot) }
    /// The connection that holds this name, or held it last.
    package func connectionID(named name: String) -> ConnectionID? { table.id(named: name) }
    /// Connections that segments are delivered to.
    package var openCount: Int { table.liveCount }
    package var timeWaitCount: Int { table.timeWaitCount }
    /// The connections that are not over.
    package var openIDs: [ConnectionID] { table.liveConnections.map(\.id) }
    /// Those of connections that only wait for late segments.
    package var timeWaitIDs: [ConnectionID] { table.timeWaitRecords.map(\.id) }
}
