package import Engine

/// What the routes ask of the engine. `Engine` is the one that serves; tests of the surface do without its raw socket.
package protocol EngineService: LabService, LogSource {
    func open(_ request: OpenRequest) async throws(EngineError) -> ConnectionSnapshot
    func connect(_ request: OpenRequest, timeout: Interval) async throws(EngineError) -> ConnectionSnapshot
    func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot
    func connections() async -> [ConnectionSnapshot]
    func connection(_ id: ConnectionID) async throws(EngineError) -> ConnectionSnapshot
    func connectionID(named name: String) async -> ConnectionID?
    func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt
    func sendProgress(of id: ConnectionID) async throws(EngineError) -> SendProgress
    func read(_ request: ReadRequest, from id: ConnectionID) async throws(EngineError) -> ReadResult
    func history(of id: ConnectionID) async throws(EngineError) -> ConnectionHistory
    func use(of id: ConnectionID) async throws(EngineError) -> ConnectionUse
    func close(_ id: ConnectionID, endsReading: Bool) async throws(EngineError) -> ConnectionSnapshot
    func abort(_ id: ConnectionID) async throws(EngineError)
    func delete(_ id: ConnectionID) async throws(EngineError)
    func update(_ id: ConnectionID, _ change: ConnectionChange) async throws(EngineError) -> ConnectionSnapshot
    func listen(_ request: ListenRequest) async throws(EngineError) -> ListenerSnapshot
    func listeners() async -> [ListenerSnapshot]
    func listener(_ id: ListenerID) async throws(EngineError) -> ListenerSnapshot
    func listenerID(named name: String) async -> ListenerID?
    func update(
        _ id: ListenerID, _ change: ConnectionChange, backlog: Int?
    ) async throws(EngineError) -> ListenerSnapshot
    func close(_ id: ListenerID) async throws(EngineError)
    func accepted(
        by id: ListenerID, after: UInt64, patience: Interval
    ) async throws(EngineError) -> (connections: [ConnectionSnapshot], next: UInt64)
    func status() async -> EngineStatus
    func observeEcho(_ observes: Bool) async throws(EngineError)
    func diagnose() async -> DoctorReport
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

extension Engine: EngineService {}
