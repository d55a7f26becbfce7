/// Connections without a guard, which this host's kernel is going to reset: the tap that shows it doing so.
extension Engine {
    /// The RST and the SYN,ACK that it answers meet us in either order, a few microseconds apart; a busy host may take longer
    /// to show both.
    private static let resetPatience = Interval.milliseconds(50)
    /// How long a connection's name is remembered after its end: the RST may be behind it in the tap.
    private static let afterlife = Interval.seconds(Int64(1))

    /// Opens the tap, if a connection without a guard is about to begin. Without it the reset goes unnamed, no more.
    func watchForKernelResets() {
        guard tap == nil, let opened = try? ResetTap() else { return }
        do throws(LinkError) {
            try loop.register(opened.fileDescriptor) {}
        } catch {
            return
        }
        tap = opened
    }

    /// The connection has no guard: a RST from its local endpoint is the kernel's.
    func noteUnguarded(_ id: ConnectionID, _ tuple: FourTuple) {
        unguarded[tuple.within(zone: 0)] = Unguarded(id: id, until: nil)
    }

    /// The connection is over.
    func retireUnguarded(_ id: ConnectionID, at now: Instant) {
        let known = try? stack.connection(id).tuple.within(zone: 0)
        let tuple = known ?? unguarded.first { $0.value.id == id }?.key
        guard let tuple, unguarded[tuple]?.id == id else { return }
        unguarded[tuple]?.until = now + Self.afterlife
        nextForgetting = min(nextForgetting, now + Self.afterlife)
    }

    /// Forgets the names whose time is over, and closes the tap with the last.
    private func forgetUnguarded(at now: Instant) {
        unguarded = unguarded.filter { $0.value.until.map { now < $0 } ?? true }
        nextForgetting = unguarded.values.compactMap(\.until).min() ?? .distantFuture
        guard unguarded.isEmpty, let tap else { return }
        loop.unregister(tap.fileDescriptor)
        self.tap = nil
    }

    /// Takes in the RSTs that the kernel has sent.
    func receiveKernelResets(at now: Instant) {
        // First: without a tap, which may have failed to open, the moment must not stay due.
        if nextForgetting <= now { forgetUnguarded(at: now) }
        guard let tap else { return }
        let wall = now.nanoseconds + realtimeOffset
        tap.receive { packet in
            // On its way out: the source is this host's, and no zone is told.
            guard let seen = try? PacketView(parsing: packet).tuple else { return }
            if let entry = unguarded[FourTuple(local: seen.remote, remote: seen.local)] {
                stack.receiveKernelReset(packet, of: entry.id, at: now, wall: wall)
            } else if crafting.isUnguarded(seen.remote) {
                stack.logKernelReset(packet, at: now, wall: wall)
            }
        }
    }

    /// A handshake without a guard is over: waits for what the kernel does about it.
    func outlastKernelReset(_ id: ConnectionID) async throws(EngineError) {
        let end = await suspend(on: id, patience: Self.resetPatience) { connection in
            connection.kernelReset == nil ? .pending : .failed(Self.handshakeError(of: connection))
        }
        switch end {
        case .done, .timedOut, .cancelled: return
        case .failed(let error): throw error
        }
    }

    /// The three segments that tell the story: the first SYN, the peer's SYN,ACK, and the kernel's RST.
    static func kernelResetError(_ connection: Connection, reset: UInt64) -> EngineError {
        let story = [connection.trail.range?.lowerBound, connection.synAckRecord, reset].compactMap { $0 }
        return .kernelReset(connection.id, segments: story.sorted())
    }
}

/// A connection without a guard.
struct Unguarded {
    let id: ConnectionID
    /// nil while it lives.
    var until: Instant?
}
