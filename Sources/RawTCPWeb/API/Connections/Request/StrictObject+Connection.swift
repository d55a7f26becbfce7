import Engine

/// The members that connections share with whatever else has their options.
extension StrictObject {
    /// A name that clients may give: it cannot be mistaken for an id.
    package mutating func name(_ member: String) -> String? {
        let expectation = "a name ([A-Za-z][A-Za-z0-9._-]{0,62}) that does not look like an id ([a-z][0-9]+)"
        return read(member, expectation) { $0.text.flatMap { ClientName.isValid($0) ? $0 : nil } }
    }

    /// An endpoint of this host, or a bare port.
    mutating func localEndpoint() -> (endpoint: HostPort?, port: UInt16?)? {
        read("local", "an endpoint such as \"127.0.0.1:1017\", or a port from 0 to 65535") { value in
            if let port = value.wholeNumber.flatMap({ UInt16(exactly: $0) }) { return (nil, port) }
            guard let text = value.text else { return nil }
            if let port = HostPort.parsePort(text) { return (nil, port) }
            return HostPort(text).map { ($0, $0.port) }
        }
    }

    /// An endpoint whose port must be given.
    mutating func endpointWithPort(_ name: String) -> HostPort? {
        if !has(name) || isNull(name) { addFault(name, "is required: \(HostPort.withPort)") }
        return read(name, HostPort.withPort) { $0.text.flatMap { HostPort(withPort: $0) } }
    }

    /// Where a connection's numbers begin.
    mutating func initialSequence() -> SequenceNumber? {
        integer("initialSequence", in: 0...Int(UInt32.max)).map { SequenceNumber(UInt32($0)) }
    }

    /// A shift from 0 to 14; null and false leave the option out.
    mutating func windowScale(default scale: UInt8?) -> UInt8? {
        if isNull("windowScale") { return nil }
        let shift = read("windowScale", "a whole number from 0 to 14, false or null") { value -> UInt8?? in
            if value == .bool(false) { return .some(nil) }
            guard let number = value.wholeNumber, (0...14).contains(number) else { return nil }
            return UInt8(number)
        }
        return shift ?? scale
    }

    /// The name of a congestion controller.
    mutating func congestion() -> CongestionAlgorithm? {
        word("congestion", CongestionAlgorithm.self)
    }

    /// The engine says which of the guards it has opened.
    mutating func guardKind() -> GuardKind? { word("guard", GuardKind.self) }
}

/// Names that clients give to what they make.
package enum ClientName {
    /// `[A-Za-z][A-Za-z0-9._-]{0,62}`, and not `[a-z][0-9]+`, which is an id.
    package static func isValid(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z][A-Za-z0-9._-]{0,62}/) != nil && text.wholeMatch(of: /[a-z][0-9]+/) == nil
    }

    /// The name that a path gives to what is to be made there.
    static func inPath(of call: Call) throws(Problem) -> String {
        let name = call.pathParameter("name")
        if isValid(name) { return name }
        throw Problem(
            .invalidRequest,
            "The name in the path must match [A-Za-z][A-Za-z0-9._-]{0,62} and not look like an id ([a-z][0-9]+).")
    }
}
