import Engine

/// The members that set how TCP itself behaves.
extension StrictObject {
    /// A switch, where null means off.
    fileprivate mutating func flag(_ member: String) -> Bool? { isNull(member) ? false : bool(member) }

    /// Nil, and R2 holds, if absent or null.
    fileprivate mutating func userTimeout() -> Interval? {
        interval("userTimeout", in: .milliseconds(1)...(.seconds(Int64(86_400))))
    }

    /// Nil, and no probes, if absent or null; members that are left out have the RFC's values.
    fileprivate mutating func keepAlive() -> KeepAlive? {
        let interval = Interval.milliseconds(1)...(.seconds(Int64(86_400)))
        return object("keepAlive") { object in
            var settings = KeepAlive()
            settings.idle = object.interval("idle", in: interval) ?? settings.idle
            settings.interval = object.interval("interval", in: interval) ?? settings.interval
            settings.count = object.integer("count", in: 1...255) ?? settings.count
            return settings
        }
    }

    /// The user's own options; nil if absent, none if null.
    fileprivate mutating func customOptions() -> [CustomOption]? {
        if isNull("customOptions") { return [] }
        return objects("customOptions") { object in
            for member in ["kind", "hex"] where !object.has(member) { object.addFault(member, "is required") }
            // 0 and 1 are single octets without a length (RFC 9293 §3.2).
            let kind = object.integer("kind", in: 2...255)
            let data = object.read("hex", "pairs of hexadecimal digits, 38 octets at most") { value -> [UInt8]? in
                value.text.flatMap(Hex.decode).flatMap { $0.count <= 38 ? $0 : nil }
            }
            let place = object.word("on", CustomOption.Place.self) ?? .syn
            guard let kind, let data else { return nil }
            return CustomOption(kind: UInt8(kind), data: data, place: place)
        }
    }

    /// How long TIME-WAIT lasts: 2 MSL, where RFC 9293 §3.4.2 takes MSL as 2 minutes.
    fileprivate mutating func timeWait() -> Interval? { interval("timeWait", in: .zero...(.seconds(Int64(240)))) }

    fileprivate mutating func timeToLive() -> UInt8? { integer("ttl", in: 1...255).map(UInt8.init) }

    fileprivate mutating func codePoint() -> UInt8? { integer("dscp", in: 0...63).map(UInt8.init) }
}

extension ConnectionOptions {
    /// Reads the members that are TCP's; those of the handshake are checked against the room that a header has.
    mutating func readTCP(_ object: inout StrictObject) {
        ttl = object.timeToLive() ?? ttl
        dscp = object.codePoint() ?? dscp
        nagle = object.bool("nagle") ?? nagle
        delayedAck = object.bool("delayedAck") ?? delayedAck
        if object.has("userTimeout") { userTimeout = object.userTimeout() }
        userTimeoutOption = object.flag("userTimeoutOption") ?? userTimeoutOption
        if object.has("keepAlive") { keepAlive = object.keepAlive() }
        fastOpen = object.flag("fastOpen") ?? fastOpen
        customOptions = object.customOptions() ?? customOptions
        autoRelease = object.bool("autoRelease") ?? autoRelease
        timeWait = object.timeWait() ?? timeWait
        timeWaitReset = object.word("timeWaitReset", TimeWaitReset.self) ?? timeWaitReset
        reuseTimeWait = object.bool("reuseTimeWait") ?? reuseTimeWait
        if let overflow = optionOverflow { object.addFault("customOptions", overflow) }
    }

    /// The members that are TCP's, as they are in force.
    var tcpMembers: [JSON.Member] {
        [
            .init("ttl", .number(ttl)),
            .init("dscp", .number(dscp)),
            .init("nagle", .bool(nagle)),
            .init("delayedAck", .bool(delayedAck)),
            .init("keepAlive", keepAlive?.json ?? .null),
            .init("userTimeout", userTimeout?.json ?? .null),
            .init("userTimeoutOption", .bool(userTimeoutOption)),
            .init("fastOpen", .bool(fastOpen)),
            .init("customOptions", .array(customOptions.map(\.json))),
            .init("autoRelease", .bool(autoRelease)),
            .init("timeWait", timeWait.json),
            .init("timeWaitReset", .string(timeWaitReset.rawValue)),
            .init("reuseTimeWait", .bool(reuseTimeWait)),
        ]
    }
}

extension ConnectionChange {
    /// Reads the members that are TCP's and may change.
    mutating func readTCP(_ object: inout StrictObject) {
        nagle = object.bool("nagle")
        delayedAck = object.bool("delayedAck")
        let timeout = object.userTimeout()
        if object.has("userTimeout") { userTimeout = .some(timeout) }
        let probes = object.keepAlive()
        if object.has("keepAlive") { keepAlive = .some(probes) }
        customOptions = object.customOptions()
        autoRelease = object.bool("autoRelease")
        ttl = object.timeToLive()
        dscp = object.codePoint()
        timeWait = object.timeWait()
        timeWaitReset = object.word("timeWaitReset", TimeWaitReset.self)
    }
}

extension KeepAlive {
    fileprivate var json: JSON { ["idle": idle.json, "interval": interval.json, "count": .integer(count)] }
}

extension CustomOption {
    fileprivate var json: JSON {
        ["kind": .number(kind), "hex": .string(String(hex: data)), "on": .string(place.rawValue)]
    }
}
