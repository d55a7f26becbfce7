/// A connection that the kernel speaks, opened for comparison with ours.
final class KernelTwin {
    let id: ConnectionID
    let tuple: FourTuple
    let socket: KernelConnection
    /// A connection of ours as it begins, which gives the snapshot what the kernel does not tell.
    private(set) var beginning: ConnectionSnapshot
    var name: String?
    private(set) var state = State.synSent
    private(set) var establishedAt: Instant?
    private(set) var closedAt: Instant?
    private(set) var closeReason: CloseReason?
    private(set) var information: KernelInformation?
    /// What TCP_INFO said whenever somebody looked.
    private(set) var history: ConnectionHistory
    /// Octets handed to the kernel.
    private(set) var accepted: UInt64 = 0
    /// Received octets that have not been released.
    private(set) var readable: [UInt8] = []
    /// The stream position of the first of them.
    private(set) var readableStart: UInt64 = 0
    private(set) var isFinal = false
    private(set) var isCloseRequested = false
    /// Octets that wait for the handshake.
    private var queued: [UInt8] = []

    init(id: ConnectionID, tuple: FourTuple, socket: KernelConnection, beginning: ConnectionSnapshot, name: String?) {
        self.id = id
        self.tuple = tuple
        self.socket = socket
        self.beginning = beginning
        self.name = name
        history = ConnectionHistory(start: beginning.openedAt)
    }

    var isOpen: Bool { state != .closed }

    /// Asks the kernel how things stand, and takes what has come.
    func look(at now: Instant) {
        guard isOpen else { return }
        information = socket.information() ?? information
        if let information, information.state != .closed {
            history.append(information.row(inFlight: Int(sent - min(sent, acknowledged)), at: now))
        }
        takeText()
        guard let told = information?.state else { return }
        if told != .synSent, told != .closed, establishedAt == nil { establishedAt = now }
        state = told
        sendQueued()
        guard told == .closed else { return }
        closedAt = now
        closeReason = closeReason ?? reason(socket.takeError())
        socket.release()
    }

    private func takeText() {
        while readable.count < beginning.options.receiveBuffer, !isFinal {
            switch socket.read(upTo: min(65_536, beginning.options.receiveBuffer - readable.count)) {
            case .octets(let octets):
                readable += octets
                if beginning.options.autoRelease { release(before: readableEnd) }
            case .nothing: return
            case .end:
                // Before the handshake and after a reset there is nothing to end.
                isFinal = establishedAt != nil && information?.state != .closed || isCloseRequested
                return
            case .failed(let errno):
                closeReason = reason(errno)
                return
            }
        }
    }

    private func reason(_ errno: Int32) -> CloseReason {
        switch LinkErrno(errno) {
        case .none: isFinal || isCloseRequested ? .normal : .resetByPeer
        case .refused: .refused
        case .reset: .resetByPeer
        case .timedOut: .timeout
        case .unreachable: .unreachable
        }
    }

    /// The stream position after the last octet that has come.
    var readableEnd: UInt64 { readableStart + UInt64(readable.count) }

    /// Begins the handshake; the octets go with the SYN as far as Fast Open takes them, and after the handshake else.
    func connect(sending octets: [UInt8], fastOpen: Bool) throws(LinkError) {
        var taken = 0
        if fastOpen {
            taken = try socket.connect(to: tuple.remote, sending: octets)
        } else {
            try socket.connect(to: tuple.remote)
        }
        accepted = UInt64(taken)
        queued = Array(octets[taken...])
    }

    /// Takes over what is to change; the socket is told first.
    func apply(_ change: ConnectionChange, _ settings: KernelSettings) throws(LinkError) {
        if isOpen { try socket.apply(settings) }
        beginning.options.apply(change)
        if let name = change.name { self.name = name }
        if change.autoRelease == true { release(before: readableEnd) }
    }

    private func sendQueued() {
        guard !queued.isEmpty, establishedAt != nil, let count = write(queued[...]) else { return }
        queued.removeFirst(count)
    }

    /// What a caller is told who still wanted something.
    var endError: EngineError {
        switch closeReason {
        case .refused: .connectionRefused(id)
        case .resetByPeer: .connectionReset(id)
        case .unreachable: .unreachable(id, detail: "the network has no way to \(tuple.remote.zonedDescription)")
        case .normal, .aborted, .timeout, .leaseExpired, .shutdown, nil:
            .impossible(id, detail: "the kernel's connection is closed (\(closeReason?.rawValue ?? "not opened"))")
        }
    }

    /// How many octets the kernel has taken; nil once there is nobody to take any.
    func write(_ octets: ArraySlice<UInt8>) -> Int? {
        guard !isCloseRequested, let count = socket.write(octets) else { return nil }
        accepted += UInt64(count)
        return count
    }

    /// Gives up received octets before the position.
    func release(before position: UInt64) {
        let count = min(Int(clamping: position) - Int(readableStart), readable.count)
        guard count > 0 else { return }
        readable.removeFirst(count)
        readableStart += UInt64(count)
    }

    /// Ends our direction of the stream.
    func close() {
        isCloseRequested = true
        socket.shutDown()
    }

    /// Ends the connection with a RST, if it is open.
    func abort(_ reason: CloseReason, at now: Instant) {
        guard isOpen else { return }
        socket.reset()
        socket.release()
        (state, closeReason, closedAt) = (.closed, reason, now)
    }

    /// Octets acknowledged: the kernel counts SYN and FIN too.
    var acknowledged: UInt64 { min(accepted, (information?.acknowledged ?? 1) &- 1) }
    var sent: UInt64 { accepted - min(accepted, UInt64(information?.unsent ?? 0)) }
    /// Everything is acknowledged, and our FIN if CLOSE was called.
    var isFinAcknowledged: Bool {
        switch state {
        case .finWait2, .timeWait, .closed: acknowledged >= accepted
        case .closing, .lastAck, .finWait1, .listen, .synSent, .synReceived, .established, .closeWait: false
        }
    }

    /// The connection in the members of ours, with TCP_INFO in them; `seen` is what its segments have told.
    func snapshot(_ seen: FollowedConnection?, lease: Instant?) -> ConnectionSnapshot {
        var snapshot = beginning
        snapshot.engine = .kernel
        (snapshot.name, snapshot.state, snapshot.establishedAt, snapshot.closedAt) = (
            name, state, establishedAt, closedAt
        )
        (snapshot.closeReason, snapshot.leaseExpiry) = (closeReason, isOpen ? lease : nil)
        snapshot.segments = nil
        snapshot.send.iss = seen?.iss ?? SequenceNumber(0)
        snapshot.send.una = seen?.una ?? snapshot.send.iss
        snapshot.send.nxt = seen?.nxt ?? snapshot.send.iss
        snapshot.receive.irs = seen?.irs ?? SequenceNumber(0)
        snapshot.receive.nxt = seen?.receiveNext ?? snapshot.receive.irs
        snapshot.send.buffered = Int(accepted - acknowledged)
        snapshot.send.inFlight = Int(sent - min(sent, acknowledged))
        snapshot.receive.buffered = readable.count
        snapshot.congestion.kernelAlgorithm = socket.congestion
        if let information { information.fill(&snapshot) }
        return snapshot
    }
}

/// What the errno of a dead socket says.
private enum LinkErrno {
    case none, refused, reset, timedOut, unreachable

    /// The numbers of asm-generic/errno.h.
    init(_ errno: Int32) {
        switch errno {
        case 0: self = .none
        case 111: self = .refused
        case 104, 32: self = .reset
        case 110: self = .timedOut
        default: self = .unreachable
        }
    }
}

extension KernelInformation {
    /// What a history shows of it.
    fileprivate func row(inFlight: Int, at now: Instant) -> ConnectionHistory.Row {
        ConnectionHistory.Row(
            window: congestionWindow * mss, slowStartThreshold: slowStartThreshold.map { $0 * mss },
            smoothedRoundTrip: smoothed, rto: rto, inFlight: inFlight, peerWindow: sendWindow, at: now)
    }

    /// Writes what the kernel told into the members that mean the same.
    fileprivate func fill(_ snapshot: inout ConnectionSnapshot) {
        snapshot.mss = mss
        snapshot.send.wnd = sendWindow
        snapshot.send.scale = sendScale
        snapshot.receive.wnd = receiveWindow
        snapshot.receive.scale = receiveScale
        snapshot.receive.outOfOrder = outOfOrder
        snapshot.negotiated.windowScale = hasWindowScale
        snapshot.negotiated.sack = hasSACK
        snapshot.negotiated.timestamps = hasTimestamps
        snapshot.negotiated.ecn = hasECN
        snapshot.negotiated.fastOpen = hasFastOpen
        snapshot.rtt.smoothed = smoothed
        snapshot.rtt.variation = variation
        snapshot.rtt.minimum = minimum
        snapshot.rtt.rto = rto
        snapshot.congestion.window = congestionWindow * mss
        snapshot.congestion.slowStartThreshold = slowStartThreshold.map { $0 * mss }
        snapshot.counters.segmentsSent = segmentsOut
        snapshot.counters.segmentsReceived = segmentsIn
        snapshot.counters.bytesSent = Int(clamping: sent)
        snapshot.counters.bytesAcked = Int(clamping: acknowledged &- 1)
        snapshot.counters.bytesReceived = Int(clamping: received)
        snapshot.counters.retransmissions = retransmissions
    }
}
