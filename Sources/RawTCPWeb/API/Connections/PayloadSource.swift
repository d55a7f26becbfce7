/// The payload of a `send`, in pieces: held whole if it came as JSON, else streamed in.
struct PayloadSource {
    /// What has been read ahead.
    private var ahead: [UInt8]
    /// The rest; nil if there is none.
    private let body: RequestBody?

    /// How much of a form's body is looked at.
    private static let formLimit = 64 << 10
    /// The most that a payload in JSON may take, since it is held whole.
    private static let jsonLimit = 16 << 20

    /// Looks at the content type, and at the body as far as that demands.
    init(_ call: Call) async throws(Problem) {
        switch call.contentType {
        case "application/json":
            var object = try await call.readObject(limit: Self.jsonLimit)
            let payload = PayloadModel.read(&object)
            try object.finish()
            ahead = payload ?? []
            body = nil
        case "application/x-www-form-urlencoded":
            try call.refuseContentEncoding()
            ahead = []
            body = call.request.body
            while ahead.count <= Self.formLimit {
                guard let piece = try await nextOfBody() else { break }
                ahead += piece
            }
            try refuseJSONInDisguise()
        default:
            try call.refuseContentEncoding()
            ahead = []
            body = call.request.body
        }
    }

    /// The next octets; nil at the end.
    mutating func next() async throws(Problem) -> [UInt8]? {
        if ahead.isEmpty { return try await nextOfBody() }
        defer { ahead = [] }
        return ahead
    }

    private func nextOfBody() async throws(Problem) -> [UInt8]? {
        do {
            return try await body?.next()
        } catch {
            throw Problem(error)
        }
    }

    /// `curl -d '{"text": "hi"}'` says that it sends a form. Sent literally it would put JSON onto the wire.
    private func refuseJSONInDisguise() throws(Problem) {
        guard ahead.count <= Self.formLimit, case .object(let members)? = try? JSON(parsing: ahead),
            members.count(where: { PayloadModel.names.contains($0.name) }) == 1
        else { return }
        throw Problem(
            .unsupportedMediaType,
            "The body looks like JSON and says that it is a form, as curl -d does. Use --json to send what it means, "
                + "or -H 'Content-Type: application/octet-stream' to send it literally."
        )
    }
}
