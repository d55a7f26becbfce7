package import Engine

/// The body of `POST /v1/connections`, read strictly.
package struct ConnectionRequest: Sendable {
    package var remote: HostPort
    package var local: HostPort?
    /// The local port where it stands alone, without an address.
    package var localPort: UInt16?
    package var name: String?
    package var initialSequence: SequenceNumber?
    package var options: ConnectionOptions
    package var payload: [UInt8]
    /// Whose TCP speaks.
    package var engine: EngineKind
    /// How long the connection lives unless the lease is renewed.
    package var lease: Interval?
    /// The members that the body has, other than null.
    package let written: Set<String>

    /// Reads the members. Faults are reported together.
    package init(_ body: StrictObject, defaults: ConnectionOptions = ConnectionOptions()) throws(Problem) {
        var object = body
        written = body.written
        let remote = Self.remote(&object)
        let local = object.localEndpoint()
        name = object.name("name")
        initialSequence = object.initialSequence()
        options = defaults
        options.read(&object)
        payload = object.object("payload", PayloadModel.read) ?? []
        lease = object.lease() ?? nil
        engine = object.word("engine", EngineKind.self) ?? .raw
        try object.finish()
        guard let remote else { throw Problem(faults: [.member("/remote", "is required")]) }
        self.remote = remote
        self.local = local?.endpoint
        localPort = local?.port
    }

    private static func remote(_ object: inout StrictObject) -> HostPort? {
        let expectation = "an endpoint such as \"127.0.0.1:6666\", \"[::1]:6666\" or \"host:6666\""
        if !object.has("remote") || object.isNull("remote") { object.addFault("remote", "is required: \(expectation)") }
        return object.read("remote", "\(expectation), with a port from 1 to 65535") { value in
            guard let endpoint = value.text.flatMap({ HostPort($0) }), let port = endpoint.port, port > 0 else {
                return nil
            }
            return endpoint
        }
    }
}

extension ConnectionOptions {
    /// Reads the members that set options.
    mutating func read(_ object: inout StrictObject) {
        let buffers = 4_096...(1 << 30)
        // First of all: what is said beside it counts more than what a personality brings.
        if let personality = object.word("personality", Personality.self), personality != .standard {
            let guardKind = guardKind
            self = personality.options
            self.guardKind = guardKind
        }
        mss = object.integer("mss", in: 1...65_535).map(UInt16.init) ?? mss
        windowScale = object.windowScale(default: windowScale)
        sack = object.isNull("sack") ? false : object.bool("sack") ?? sack
        if object.isNull("timestamps") {
            timestamps = false
        } else {
            timestamps = object.bool("timestamps") ?? timestamps
        }
        if let chosen = object.integer("receiveBuffer", in: buffers) {
            receiveBuffer = chosen
            habits.receiveMemory?.isFixed = true
        }
        sendBuffer = object.integer("sendBuffer", in: buffers) ?? sendBuffer
        congestion = object.congestion() ?? congestion
        ecn = object.bool("ecn") ?? ecn
        readTCP(&object)
        guardKind = object.guardKind() ?? guardKind
    }
}

/// The body of `PATCH /v1/connections/{id}`.
package enum ConnectionChangeRequest {
    /// Reads the members that may change.
    package static func read(_ body: StrictObject) throws(Problem) -> ConnectionChange {
        var object = body
        let change = members(&object)
        try object.finish()
        return change
    }

    /// Reads the members that listeners share.
    static func members(_ object: inout StrictObject) -> ConnectionChange {
        var change = ConnectionChange()
        let name = object.name("name")
        if object.has("name") { change.name = .some(name) }
        change.congestion = object.congestion()
        change.readTCP(&object)
        change.lease = object.lease()
        object.refuseNull(
            "nagle", "delayedAck", "congestion", "autoRelease", "ttl", "dscp", "timeWait", "timeWaitReset")
        return change
    }
}
