import HTTPTypes

/// Why a waiting reader or writer goes on.
enum Wake {
    case ready
    case timedOut
    case stopped
    case lost
}

/// Reading: heads for the connection, content for its handler.
extension HTTPConnection {
    /// What filling the input came to.
    enum Filling {
        case filled
        case ended
        case timedOut
        case stopped
        case lost
    }

    /// Room for an ordinary head.
    private static let headRoom = 2 * 1024
    /// Room for a part of content.
    static let contentRoom = RequestBody.partSize

    /// The next request's head; nil if there will be none and nobody waits for an answer.
    func receiveHead() async throws(Refusal) -> RequestHead? {
        deadlines.read = patience(service.limits.idleTimeout)
        defer { deadlines.read = .max }
        var hasBegun = false
        while true {
            if !input.isEmpty, let head = try parser.parse(&input) { return head }
            if !hasBegun, parser.hasBegun {
                hasBegun = true
                deadlines.read = patience(service.limits.headTimeout)
            }
            switch await fill(atLeast: Self.headRoom) {
            case .filled: continue
            case .stopped, .lost: return nil
            case .ended:
                guard hasBegun else { return nil }
                throw .badRequest("The request ended in the middle of its head.")
            case .timedOut:
                guard hasBegun else { return nil }
                throw Refusal(status: .requestTimeout, detail: "The request's head did not arrive in time.")
            }
        }
    }

    /// The next part of the content of exchange `number`; what `RequestBody` calls. If its task is cancelled the rest of the
    /// content is given up, and with it the connection behind the answer.
    func nextPart(of number: Int, _ patience: BodyPatience) async throws(BodyError) -> [UInt8]? {
        guard exchange?.number == number, reader == nil else { throw .disconnected }
        if exchange?.askForContent() == true {
            guard await transmit(ResponseEncoder.proceed) else { throw .disconnected }
        }
        if patience == .total { limitContent() }
        let part = await withTaskCancellationHandler {
            await attemptPart()
        } onCancel: {
            notify(.abandoned)
        }
        return try part.get()
    }

    /// What reading a part came to, for what cannot pass on an error's type.
    private func attemptPart() async -> Result<[UInt8]?, BodyError> {
        do throws(BodyError) {
            return .success(try await readPart())
        } catch {
            return .failure(error)
        }
    }

    /// From now on the content's parts share one time limit.
    private func limitContent() {
        guard exchange?.contentDeadline == nil else { return }
        exchange?.contentDeadline = ServerClock.now + service.limits.bodyTimeout.nanoseconds
    }

    private func readPart() async throws(BodyError) -> [UInt8]? {
        let ofPart = ServerClock.now + service.limits.bodyTimeout.nanoseconds
        deadlines.read = min(ofPart, exchange?.contentDeadline ?? .max)
        defer { deadlines.read = .max }
        while true {
            guard exchange?.isContentSound != false else { throw .disconnected }
            do throws(BodyDecoder.Malformed) {
                switch try exchange?.body.decode(&input, upTo: RequestBody.partSize) {
                case .octets(let octets):
                    startGraceIfEnded()
                    return octets
                case .end, nil: return nil
                case .needsInput: break
                }
            } catch {
                exchange?.breakContent()
                throw .malformed("The request's content is malformed: \(error.detail).")
            }
            let failure: BodyError
            switch await fill(atLeast: Self.contentRoom) {
            case .filled: continue
            case .timedOut: failure = .timedOut
            case .ended, .stopped, .lost: failure = .disconnected
            }
            exchange?.breakContent()
            throw failure
        }
    }

    /// Reads and drops what the handler left of the content. Returns whether the connection is usable afterwards.
    func drain() async -> Bool {
        var rest = service.limits.drain
        limitContent()
        while exchange?.body.isComplete == false {
            guard rest > 0, let part = try? await readPart() else { break }
            rest -= part.count
        }
        return exchange?.body.isComplete == true
    }

    /// Reads and drops after the last answer, if the client may still be sending.
    func linger() async {
        guard phase == .exchanging, peer != .lost else { return }
        let isDone = input.isEmpty && exchange?.body.isComplete == true
        guard !isDone else { return }
        phase = .lingering
        socket.endSending()
        deadlines.read = ServerClock.now + service.limits.lingerTimeout.nanoseconds
        var outcome = Filling.filled
        while outcome == .filled {
            input.consume(input.count)
            outcome = await fill(atLeast: Self.contentRoom)
        }
        deadlines.read = .max
    }

    /// Adds octets to the input: those that are there, or the next that come.
    func fill(atLeast room: Int) async -> Filling {
        while peer != .lost {
            if mayHaveInput || peer == .ended {
                switch socket.receive(into: &input, atLeast: room) {
                case .octets(let count, let mayHaveMore):
                    mayHaveInput = mayHaveMore
                    await breathe(after: count)
                    return .filled
                case .end: return .ended
                case .lost: return .lost
                case .wouldBlock: mayHaveInput = false
                }
            }
            if input.isEmpty { input.release() }
            if socket.hasPending { watchWriting() }
            noteDeadline()
            switch await withCheckedContinuation({ reader = $0 }) {
            case .ready: continue
            case .timedOut: return .timedOut
            case .stopped: return .stopped
            case .lost: return .lost
            }
        }
        return .lost
    }

    /// Wakes whoever waits for octets, if anybody does.
    func resumeReader(_ wake: Wake) {
        guard let waiting = reader else { return }
        reader = nil
        waiting.resume(returning: wake)
    }
}
