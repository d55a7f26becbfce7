/// A stand-in of the engine's public face, so that the routes can be written; the engine itself follows.
public actor Engine {
    public nonisolated let run: String
    public init(configuration: EngineConfiguration) throws(EngineError) {
        run = "00000000"
        throw .noRawSocket(detail: "")
    }

    /// Starts an active open. Returns at once, in SYN-SENT; throws what can be known at once.
    public func open(_ request: OpenRequest) async throws(EngineError) -> ConnectionSnapshot { throw .shuttingDown }
    /// Starts an active open and waits for ESTABLISHED. The attempt is aborted (RST if need be) when `timeout` runs out,
    /// and also when the calling task is cancelled.
    public func connect(_ request: OpenRequest, timeout: Interval) async throws(EngineError) -> ConnectionSnapshot {
        throw .shuttingDown
    }
    /// Waits until `condition` holds. `.timedOut` when `timeout` runs out; `.impossible` once it can no longer come true.
    public func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot { throw .shuttingDown }
    /// All connections that are open or remembered (the last 1,000 closed), oldest first.
    public func connections() -> [ConnectionSnapshot] { [] }
    public func connection(_ id: ConnectionID) throws(EngineError) -> ConnectionSnapshot { throw .shuttingDown }
    /// The open connection with this name, or the newest closed one that had it and still yields it.
    public func connectionID(named name: String) -> ConnectionID? { nil }
    /// Queues octets; suspends while the send buffer is full, and gives up with `.timedOut` when for `timeout` no octet
    /// could be accepted. `accepted` counts up as octets are taken, also when an error is thrown.
    public func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt { throw .shuttingDown }
    public func sendProgress(of id: ConnectionID) throws(EngineError) -> SendProgress { throw .shuttingDown }
    public func read(_ request: ReadRequest, from id: ConnectionID) async throws(EngineError) -> ReadResult {
        throw .shuttingDown
    }
    /// CLOSE (RFC 9293 §3.10.4): queues FIN behind what is still to be sent.
    public func close(_ id: ConnectionID) throws(EngineError) -> ConnectionSnapshot { throw .shuttingDown }
    /// ABORT (RFC 9293 §3.10.5) if still open; then forgets the connection and frees its port.
    public func delete(_ id: ConnectionID) throws(EngineError) { throw .shuttingDown }
    /// The log as it is now. Cheap: sealed chunks by reference, the open chunk's tail by copy.
    public func log() -> LogSnapshot { SegmentLog(capacity: 0, snapLength: 0, payloadCapacity: 0).snapshot(run: run) }
    /// Suspends until the log holds a record newer than `number`, or `patience` is over.
    public func waitForRecord(after number: UInt64, patience: Interval) async {}
    public func status() -> EngineStatus { fatalError("stand-in") }
    /// The wall-clock time of an instant, in nanoseconds since 1970.
    public nonisolated func wallTime(of instant: Instant) -> Int64 { 0 }
    /// No new work; FIN on everything open, `patience` for the orderly end, then RST.
    public func shutDown(patience: Interval) async {}
}
