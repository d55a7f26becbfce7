package import Engine

/// The body of `POST /v1/listeners`, read strictly.
package struct ListenerRequest: Sendable {
    /// nil: loopback.
    package var local: HostPort?
    /// 0: the engine chooses.
    package var port: UInt16
    package var name: String?
    package var service: ListenerService
    package var backlog: Int
    package var options: ConnectionOptions
    package var initialSequence: SequenceNumber?
    package var payload: [UInt8]
    /// How long it stands unless the lease is renewed.
    package var lease: Interval?

    /// Reads the members; faults are reported together.
    package init(_ body: StrictObject, defaults: ConnectionOptions = ConnectionOptions()) throws(Problem) {
        var object = body
        let local = object.localEndpoint()
        name = object.name("name")
        service = object.word("service", ListenerService.self) ?? .hold
        backlog = object.integer("backlog", in: 1...65_535) ?? 128
        options = defaults
        options.read(&object)
        initialSequence = object.initialSequence()
        payload = object.object("payload", PayloadModel.read) ?? []
        lease = object.lease() ?? nil
        if object.word("engine", EngineKind.self) == .kernel {
            object.addFault("engine", "a listener is always ours: leave it out")
        }
        try object.finish()
        self.local = local?.endpoint
        port = local?.port ?? 0
    }
}

/// A listener as answers show it.
struct ListenerModel {
    private let snapshot: ListenerSnapshot
    private let wallTime: (Instant) -> Int64

    /// `wallTime` is the engine's clock: nanoseconds since 1970.
    init(_ snapshot: ListenerSnapshot, wallTime: @escaping (Instant) -> Int64) {
        self.snapshot = snapshot
        self.wallTime = wallTime
    }

    var json: JSON {
        [
            "id": .string(snapshot.id.description),
            "name": .string(snapshot.name),
            "state": "LISTEN",
            "local": snapshot.local.json,
            "service": .string(snapshot.service.rawValue),
            "backlog": .integer(snapshot.backlog),
            "halfOpen": .integer(snapshot.halfOpen),
            "accepted": .number(snapshot.accepted),
            "lease": LeaseModel.json(snapshot.leaseExpiry, wallTime: wallTime),
            "openedAt": .string(Timestamp.text(nanoseconds: wallTime(snapshot.openedAt))),
            "options": snapshot.options.json,
        ]
    }
}
