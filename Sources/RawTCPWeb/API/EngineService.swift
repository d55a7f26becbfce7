package import Engine

/// What the routes ask of the engine. `Engine` is the one that serves; tests of the surface do without its raw socket.
package protocol EngineService: LabService, LogSource {
    /// An active open; answers at once, in SYN-SENT.
    func open(_ request: OpenRequest) async throws(EngineError) -> ConnectionSnapshot
    /// An active open, answered once the connection is established; aborted when the timeout runs out.
    func connect(_ request: OpenRequest, timeout: Interval) async throws(EngineError) -> ConnectionSnapshot
    /// Waits until the condition holds, can hold no more, or the timeout runs out.
    func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot
    /// All connections that are open or remembered, oldest first.
    func connections() async -> [ConnectionSnapshot]
    /// One connection as it is now; `.notFound` if nobody remembers it.
    func connection(_ id: ConnectionID) async throws(EngineError) -> ConnectionSnapshot
    /// Whether a connection or an observation has ever had this id, be it remembered or not.
    func hasGiven(_ id: ConnectionID) async -> Bool
    /// The connection that holds this name, or held it last.
    func connectionID(named name: String) async -> ConnectionID?
    /// Queues octets; suspends while the send buffer is full, each time for so long at most.
    func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt
    /// How far the sent stream has come.
    func sendProgress(of id: ConnectionID) async throws(EngineError) -> SendProgress
    /// Octets of the received stream. A higher offset than before gives up what is in front of it.
    func read(_ request: ReadRequest, from id: ConnectionID) async throws(EngineError) -> ReadResult
    /// How window, round trip and flight have developed.
    func history(of id: ConnectionID) async throws(EngineError) -> ConnectionHistory
    /// How the connection began and what its user did with it.
    func use(of id: ConnectionID) async throws(EngineError) -> ConnectionUse
    /// CLOSE: FIN behind what is still to be sent. `endsReading`: what comes now is lost, and a RST says so.
    func close(_ id: ConnectionID, endsReading: Bool) async throws(EngineError) -> ConnectionSnapshot
    /// ABORT: RST; the connection stays readable.
    func abort(_ id: ConnectionID) async throws(EngineError)
    /// ABORT if it is still open; then forgets the connection.
    func delete(_ id: ConnectionID) async throws(EngineError)
    /// Changes what may change; `.nameInUse` leaves everything as it was.
    func update(_ id: ConnectionID, _ change: ConnectionChange) async throws(EngineError) -> ConnectionSnapshot
    /// A passive open.
    func listen(_ request: ListenRequest) async throws(EngineError) -> ListenerSnapshot
    /// All listeners, oldest first.
    func listeners() async -> [ListenerSnapshot]
    /// One listener; `.notFound` if it was never there or is closed.
    func listener(_ id: ListenerID) async throws(EngineError) -> ListenerSnapshot
    /// The listener with this name.
    func listenerID(named name: String) async -> ListenerID?
    /// Changes what may change, for connections that begin from now on.
    func update(
        _ id: ListenerID, _ change: ConnectionChange, backlog: Int?
    ) async throws(EngineError) -> ListenerSnapshot
    /// Stops listening. Established connections go on.
    func close(_ id: ListenerID) async throws(EngineError)
    /// The connections accepted behind the ordinal `after`, once there is one or the patience is over; `next` is the
    /// `after` of the next call.
    func accepted(
        by id: ListenerID, after: UInt64, limit: Int, patience: Interval
    ) async throws(EngineError) -> (connections: [ConnectionSnapshot], next: UInt64)
    /// Totals and settings.
    func status() async -> EngineStatus
    /// Lets the echo of our own segments into the log, or no longer.
    func observeEcho(_ observes: Bool) async throws(EngineError)
    /// What works on this host.
    func diagnose() async -> DoctorReport
    /// The wall-clock time of an instant, in nanoseconds since 1970.
    func wallTime(of instant: Instant) -> Int64
}

extension EngineService {
    /// The wall-clock time as answers show it.
    func timestamp(of instant: Instant) -> String { Timestamp.text(nanoseconds: wallTime(of: instant)) }

    /// An ordinary close: the user goes on reading.
    package func close(_ id: ConnectionID) async throws(EngineError) -> ConnectionSnapshot {
        try await close(id, endsReading: false)
    }

    /// Ordinary octets, with nothing urgent about them.
    package func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt {
        try await write(octets, to: id, push: push, urgent: false, timeout: timeout)
    }
}

/// Who asks here is never isolated to the engine.
extension Engine: EngineService {
    package func connect(
        _ request: OpenRequest, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot { try await connect(request, timeout: timeout, for: nil) }

    package func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot {
        try await wait(for: condition, on: id, timeout: timeout, for: nil)
    }

    package func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt {
        try await write(octets, to: id, push: push, urgent: urgent, timeout: timeout, for: nil)
    }

    package func read(_ request: ReadRequest, from id: ConnectionID) async throws(EngineError) -> ReadResult {
        try await read(request, from: id, for: nil)
    }
}
