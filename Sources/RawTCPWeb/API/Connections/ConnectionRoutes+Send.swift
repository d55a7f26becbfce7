import Engine
import HTTPTypes

extension ConnectionRoutes {
    /// Queues the payload, and by default waits until the peer has acknowledged it.
    func send(_ call: Call) async throws -> Response {
        var query = call.query
        let push = query.flag("push") ?? true
        let urgent = query.flag("urgent") ?? false
        let offset = query.read("offset", "a position in the stream of sent bytes") { HostPort.parseDecimal($0) }
        let waiting = query.waiting(default: .acknowledged)
        try query.finish()
        let id = try await connectionID(call)
        do {
            return try await turns.take(on: id, patience: waiting.patience) {
                var sending = try await Sending(engine, id, at: offset)
                do {
                    try await sending.write(call, .init(push: push, urgent: urgent, patience: waiting.patience))
                    try await sending.wait(for: waiting)
                    var answer = call.answer(.object(await sending.members()))
                    answer.isRepeatable = sending.accepted == 0
                    return answer
                } catch {
                    throw await sending.problem(Problem(any: error))
                }
            }
        } catch is SendTurns.TimedOut {
            throw EngineError.timedOut(id, detail: "another request is still sending on \(id)")
        }
    }

    /// The problem of a `send` with how far the stream is, if it does not tell that yet.
    func sending(_ problem: Problem, _ call: Call) async -> Problem {
        guard !problem.members.contains(where: { $0.name == "accepted" }), let id = try? await connectionID(call),
            let sending = try? await Sending(engine, id, at: nil)
        else { return problem }
        return await sending.problem(problem)
    }
}

/// One `send` in progress: how far its bytes have come.
private struct Sending: Sendable {
    /// How the bytes are to leave.
    struct Manner: Sendable {
        let push: Bool
        let urgent: Bool
        /// For each byte to be accepted.
        let patience: Interval
    }

    /// What has come to its end: the writing, with its failure if it met one, or the connection.
    private enum End: Sendable {
        case ofWriting(Sending, (any Error)?)
        case ofConnection(any Error)
    }

    /// How long one look at the connection's end may take before it is begun anew: there is no limit.
    private static let watch: Interval = .seconds(Int64(3_600))

    private let engine: any EngineService
    private let id: ConnectionID
    /// How the stream stood at the start.
    private let start: SendProgress
    /// The stream position of the body's first byte.
    private let offset: UInt64
    /// The stream position after the last byte that has been accepted, or had been before.
    private var nextOffset: UInt64
    /// Bytes at the body's start that an earlier request has brought already.
    private var skip: Int
    private(set) var accepted = 0

    init(_ engine: any EngineService, _ id: ConnectionID, at offset: UInt64?) async throws {
        self.engine = engine
        self.id = id
        start = try await engine.sendProgress(of: id)
        self.offset = offset ?? start.accepted
        nextOffset = self.offset
        skip = Int(clamping: Int64(clamping: start.accepted) - Int64(clamping: self.offset))
        if self.offset > start.accepted {
            nextOffset = start.accepted
            var problem = Problem(
                .offsetGap,
                "Offset \(self.offset) lies beyond the \(start.accepted) bytes accepted so far. Send from there."
            )
            problem.connection = id
            throw await self.problem(problem)
        }
    }

    /// Hands the payload over. A client that pauses in the middle of a long one is told at once when the connection ends.
    mutating func write(_ call: Call, _ manner: Manner) async throws {
        // JSON is whole before any of it is sent.
        if call.contentType == "application/json" { return try await write(PayloadSource(call), manner) }
        let (sending, failure) = await withTaskGroup(of: End.self) { [self] group in
            group.addTask {
                var sending = self
                do {
                    try await sending.write(PayloadSource(call), manner)
                    return .ofWriting(sending, nil)
                } catch {
                    return .ofWriting(sending, error)
                }
            }
            group.addTask { .ofConnection(await endOfConnection()) }
            var end: (any Error)?
            while let next = await group.next() {
                group.cancelAll()
                switch next {
                case .ofWriting(let sending, let failure): return (sending, failure.map { end ?? $0 })
                case .ofConnection(let error): end = error
                }
            }
            return (self, end)
        }
        self = sending
        if let failure { throw failure }
    }

    /// What nothing can be sent any more for, once it has happened.
    private func endOfConnection() async -> any Error {
        while true {
            do {
                // Never true: it fails when the connection does.
                _ = try await engine.wait(for: .acknowledgedThrough(.max), on: id, timeout: Self.watch)
            } catch EngineError.timedOut {
                continue
            } catch {
                return error
            }
        }
    }

    /// Hands the payload over piece by piece; the engine takes each as its send buffer empties.
    private mutating func write(_ payload: PayloadSource, _ manner: Manner) async throws {
        var payload = payload
        var isEmpty = true
        while var piece = try await payload.next() {
            let known = min(skip, piece.count)
            skip -= known
            nextOffset += UInt64(known)
            piece.removeFirst(known)
            isEmpty = isEmpty && known == 0
            if piece.isEmpty { continue }
            isEmpty = false
            let before = try await engine.sendProgress(of: id).accepted
            do {
                let receipt = try await engine.write(
                    piece, to: id, push: manner.push, urgent: manner.urgent, timeout: manner.patience)
                note(receipt.nextOffset - before)
            } catch {
                note((try await engine.sendProgress(of: id)).accepted - before)
                throw error
            }
        }
        if isEmpty { try await refuseIfNotOpen() }
    }

    private mutating func note(_ count: UInt64) {
        nextOffset += count
        accepted += Int(count)
    }

    /// An empty payload would otherwise pass in any state.
    private func refuseIfNotOpen() async throws {
        let snapshot = try await engine.connection(id)
        if !snapshot.state.maySend { throw EngineError.notOpen(id, snapshot.state, snapshot.closeReason) }
    }

    /// Waits for what the client asked for. Of the stream, it is this body's bytes that count, whatever comes behind.
    func wait(for waiting: Waiting) async throws {
        guard let condition = waiting.condition else { return }
        let own: WaitCondition =
            switch condition {
            case .acknowledged: .acknowledgedThrough(nextOffset)
            case .sent: .sentThrough(nextOffset)
            // The answer may have come already.
            case .reply: .received(after: start.received)
            case .established, .closed, .state, .acknowledgedThrough, .sentThrough, .received: condition
            }
        _ = try await engine.wait(for: own, on: id, timeout: waiting.patience)
    }

    /// The members of the answer, whether good or bad.
    func members() async -> [JSON.Member] {
        // Of a connection that was deleted meanwhile the last that is known is how it stood at the start.
        let progress = (try? await engine.sendProgress(of: id)) ?? start
        // Behind a gap the next offset lies before this one.
        let acked = max(min(progress.acknowledged, nextOffset), offset) - offset
        return [
            .init("offset", .number(offset)),
            .init("nextOffset", .number(nextOffset)),
            .init("accepted", .integer(accepted)),
            .init("acked", .number(acked)),
            .init("firstSequence", .number(sequence(at: offset).rawValue)),
            .init("nextSequence", .number(sequence(at: nextOffset).rawValue)),
            .init("segments", await segments()),
        ]
    }

    private func sequence(at position: UInt64) -> SequenceNumber {
        start.firstSequence + Int(truncatingIfNeeded: position & 0xffff_ffff)
    }

    /// The segments with text that have left on the connection since the start.
    private func segments() async -> JSON {
        let log = await engine.log()
        var first: UInt64?
        var last: UInt64?
        var count = 0
        log.forEach(in: log.numbers(after: start.newestSegment)) { record in
            if record.connection == id, record.direction == .outbound, record.payloadLength > 0 {
                first = first ?? record.number
                last = record.number
                count += 1
            }
            return true
        }
        return [
            "first": first.map { .number($0) } ?? .null, "last": last.map { .number($0) } ?? .null,
            "count": .integer(count),
        ]
    }

    /// What the bytes wait for, where it is not the peer's ACK.
    private func hindrance() async -> String? {
        guard let progress = try? await engine.sendProgress(of: id), progress.peerWindow == 0 else { return nil }
        if let state = try? await engine.connection(id).state, [.synSent, .synReceived].contains(state) {
            return "The state is \(state): the peer has not completed the handshake."
        }
        return
            "The peer's window is closed (SND.WND is 0): it does not read what it has received, nor opens its window."
    }

    /// The failure with the members that tell how far the bytes came.
    func problem(_ cause: Problem) async -> Problem {
        var problem = cause
        problem.connection = id
        if problem.type == .timedOut, let hindrance = await hindrance() {
            problem.detail = "\(hindrance) \(accepted) bytes were accepted; they go out as soon as it does."
        }
        problem.members += await members()
        return problem
    }
}
