import Engine
import HTTPTypes
import RawTCPWeb

/// An engine of which nothing may be asked that would need a raw socket: everything is refused.
struct RefusingEngine: EngineService {
    func open(_ request: OpenRequest) async throws(EngineError) -> ConnectionSnapshot { throw .shuttingDown }
    func connect(_ request: OpenRequest, timeout: Interval) async throws(EngineError) -> ConnectionSnapshot {
        throw .shuttingDown
    }
    func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot { throw .notFound("\(id)") }
    func connections() async -> [ConnectionSnapshot] { [] }
    func connection(_ id: ConnectionID) async throws(EngineError) -> ConnectionSnapshot { throw .notFound("\(id)") }
    func hasGiven(_ id: ConnectionID) async -> Bool { false }
    func connectionID(named name: String) async -> ConnectionID? { nil }
    func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool, timeout: Interval
    ) async throws(EngineError) -> WriteReceipt { throw .notFound("\(id)") }
    func sendProgress(of id: ConnectionID) async throws(EngineError) -> SendProgress { throw .notFound("\(id)") }
    func read(_ request: ReadRequest, from id: ConnectionID) async throws(EngineError) -> ReadResult {
        throw .notFound("\(id)")
    }
    func history(of id: ConnectionID) async throws(EngineError) -> ConnectionHistory { throw .notFound("\(id)") }
    func close(_ id: ConnectionID, endsReading: Bool) async throws(EngineError) -> ConnectionSnapshot {
        throw .notFound("\(id)")
    }
    func abort(_ id: ConnectionID) async throws(EngineError) { throw .notFound("\(id)") }
    func delete(_ id: ConnectionID) async throws(EngineError) { throw .notFound("\(id)") }
    func update(_ id: ConnectionID, _ change: ConnectionChange) async throws(EngineError) -> ConnectionSnapshot {
        throw .notFound("\(id)")
    }
    func listen(_ request: ListenRequest) async throws(EngineError) -> ListenerSnapshot { throw .shuttingDown }
    func listeners() async -> [ListenerSnapshot] { [] }
    func listener(_ id: ListenerID) async throws(EngineError) -> ListenerSnapshot { throw .notFound("\(id)") }
    func listenerID(named name: String) async -> ListenerID? { nil }
    func update(
        _ id: ListenerID, _ change: ConnectionChange, backlog: Int?
    ) async throws(EngineError) -> ListenerSnapshot { throw .notFound("\(id)") }
    func close(_ id: ListenerID) async throws(EngineError) { throw .notFound("\(id)") }
    func use(of id: ConnectionID) async throws(EngineError) -> ConnectionUse { throw .notFound("\(id)") }
    func accepted(
        by id: ListenerID, after: UInt64, limit: Int, patience: Interval
    ) async throws(EngineError) -> (connections: [ConnectionSnapshot], next: UInt64) { throw .notFound("\(id)") }
    var run: String { "00000000" }
    func log() async -> LogSnapshot {
        SegmentLog(capacity: 0, snapLength: 0, payloadCapacity: 0).snapshot(run: "00000000")
    }
    func waitForNews(after progress: UInt64, patience: Interval) async {}
    func status() async -> EngineStatus { preconditionFailure("a refusing engine has no status") }
    func observeEcho(_ observes: Bool) async throws(EngineError) { throw .shuttingDown }
    func diagnose() async -> DoctorReport { DoctorReport(checks: []) }
    func wallTime(of instant: Instant) -> Int64 { instant.nanoseconds }
}

/// The whole surface before the engine that refuses.
let surface = API.routes(engine: RefusingEngine(), description: Array("{}".utf8))

/// Sends one request to the surface, without any socket.
func ask(
    _ method: String, _ target: String, json: String? = nil, fields: HTTPFields = [:], body: String? = nil,
    authority: String? = "localhost",
    isSecure: Bool = false, client: String = "127.0.0.1:53412", router: Router = Router(routes: surface, gate: Gate())
) async throws -> Answer {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    var fields = fields
    if json != nil { fields[.contentType] = "application/json" }
    let request = Request(
        head: HTTPRequest(
            method: HTTPRequest.Method(method) ?? .get, scheme: "http", authority: authority, path: target,
            headerFields: fields),
        rawTarget: target, path: parts[0],
        query: parts.count > 1 ? PercentEncoding.parameters(ofQuery: parts[1]) : [],
        body: RequestBody(Array((json ?? body ?? "").utf8)), client: client, isSecure: isSecure)
    let response = await router.respond(to: request)
    guard case .bytes(let octets) = response.body else { return Answer(head: response.head, json: .null, text: "") }
    return Answer(
        head: response.head, json: (try? JSON(parsing: octets)) ?? .null, text: String(decoding: octets, as: UTF8.self))
}

/// What came back.
struct Answer {
    let head: HTTPResponse
    let json: JSON
    let text: String

    var status: Int { head.status.code }
    /// The last part of the problem's type.
    var problem: String? { json["type"]?.text.map { String($0.dropFirst("/problems/".count)) } }
    /// The pointers and parameters of a problem's errors.
    var places: [String] {
        guard case .array(let errors)? = json["errors"] else { return [] }
        return errors.compactMap { ($0["pointer"] ?? $0["parameter"])?.text }
    }
}
