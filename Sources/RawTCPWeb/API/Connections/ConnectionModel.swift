package import Engine

/// A connection as answers show it.
package struct ConnectionModel: Sendable {
    private let snapshot: ConnectionSnapshot
    private let wallTime: @Sendable (Instant) -> Int64

    /// `wallTime` is the engine's clock: nanoseconds since 1970.
    package init(_ snapshot: ConnectionSnapshot, wallTime: @escaping @Sendable (Instant) -> Int64) {
        self.snapshot = snapshot
        self.wallTime = wallTime
    }

    /// All of it, in the contract's order.
    package var json: JSON {
        JSON.object(
            [
                .init("id", .string(snapshot.id.description)),
                .init("name", .string(snapshot.name)),
                .init("state", .string(snapshot.state.name)),
                .init("origin", .string(snapshot.origin.description)),
                .init("lease", LeaseModel.json(snapshot.leaseExpiry, wallTime: wallTime)),
                .init("local", snapshot.local.json),
                .init("remote", snapshot.remote.json),
                .init("openedAt", time(snapshot.openedAt)),
                .init("establishedAt", time(snapshot.establishedAt)),
                .init("closedAt", time(snapshot.closedAt)),
                .init("closeReason", .string(snapshot.closeReason?.rawValue)),
                .init("send", send),
                .init("receive", receive),
                .init("mss", .integer(snapshot.mss)),
                .init("troubled", .bool(snapshot.isTroubled)),
                .init("userTimeout", snapshot.userTimeout.json),
                .init("pathMtu", .integer(snapshot.pathMTU)),
                .init("networkError", networkError),
                .init("negotiated", negotiated),
                .init("rtt", rtt),
                .init("congestion", congestion),
                .init("recovery", snapshot.recoveryJSON),
                .init("ecn", snapshot.ecnJSON),
                .init("counters", counters),
                .init("options", options),
            ]
        )
    }

    private var options: JSON {
        snapshot.options.json(congestion: snapshot.congestion.name)
            .merging(["engine": .string(snapshot.engine.rawValue)])
    }

    private func time(_ instant: Instant?) -> JSON {
        .string(instant.map { Timestamp.text(nanoseconds: wallTime($0)) })
    }

    private var networkError: JSON {
        guard let error = snapshot.networkError else { return .null }
        return [
            "summary": .string(error.summary),
            "icmp": ["type": .number(error.type), "code": .number(error.code)],
            "from": .string(error.from?.description),
            "at": time(error.at),
            "count": .integer(error.count),
        ]
    }

    private var send: JSON {
        let send = snapshot.send
        return [
            "iss": .number(send.iss.rawValue),
            "una": .number(send.una.rawValue),
            "nxt": .number(send.nxt.rawValue),
            "wnd": .integer(send.wnd),
            "scale": .number(send.scale),
            "buffered": .integer(send.buffered),
            "inFlight": .integer(send.inFlight),
        ]
    }

    private var receive: JSON {
        let receive = snapshot.receive
        return [
            "irs": .number(receive.irs.rawValue),
            "nxt": .number(receive.nxt.rawValue),
            "wnd": .integer(receive.wnd),
            "scale": .number(receive.scale),
            "buffered": .integer(receive.buffered),
            "outOfOrder": .integer(receive.outOfOrder),
            "urgent": receive.urgent.map {
                ["offset": .number($0.offset), "remaining": .integer($0.remaining)]
            } ?? .null,
        ]
    }

    private var negotiated: JSON {
        let negotiated = snapshot.negotiated
        return [
            "windowScale": .bool(negotiated.windowScale),
            "sack": .bool(negotiated.sack),
            "timestamps": .bool(negotiated.timestamps),
            "ecn": .bool(negotiated.ecn),
            "fastOpen": .bool(negotiated.fastOpen),
        ]
    }

    private var rtt: JSON {
        let rtt = snapshot.rtt
        return [
            "smoothed": rtt.smoothed?.json ?? .null,
            "variation": rtt.variation?.json ?? .null,
            "minimum": rtt.minimum?.json ?? .null,
            "rto": rtt.rto.json,
        ]
    }

    private var congestion: JSON {
        let congestion = snapshot.congestion
        return [
            "algorithm": .string(congestion.name),
            "window": .integer(congestion.window),
            "slowStartThreshold": .integer(congestion.slowStartThreshold),
            "phase": .string(congestion.phase.rawValue),
        ]
    }

    private var counters: JSON {
        let counters = snapshot.counters
        return [
            "segmentsSent": .integer(counters.segmentsSent),
            "segmentsReceived": .integer(counters.segmentsReceived),
            "bytesSent": .integer(counters.bytesSent),
            "bytesAcked": .integer(counters.bytesAcked),
            "bytesReceived": .integer(counters.bytesReceived),
            "retransmissions": .integer(counters.retransmissions),
            "timeouts": .integer(counters.timeouts),
            "duplicateAcksReceived": .integer(counters.duplicateAcksReceived),
            "outOfOrderReceived": .integer(counters.outOfOrderReceived),
            "outOfOrderRefused": .integer(counters.outOfOrderRefused),
            "segmentsDropped": .integer(counters.segmentsDropped),
        ]
    }
}

extension ConnectionSnapshot.Congestion {
    /// The algorithm's name, in the words of whose it is.
    fileprivate var name: String { kernelAlgorithm ?? algorithm.rawValue }
}

extension ConnectionOptions {
    /// Every settable member as it is in force.
    var json: JSON { json(congestion: congestion.rawValue) }

    /// The same of a connection whose congestion control may be the kernel's.
    fileprivate func json(congestion: String) -> JSON {
        let handshake: [JSON.Member] = [
            .init("mss", .integer(mss.map(Int.init))),
            .init("windowScale", .integer(windowScale.map(Int.init))),
            .init("sack", .bool(sack)),
            .init("timestamps", .bool(timestamps)),
            .init("ecn", .bool(ecn)),
            .init("receiveBuffer", .integer(receiveBuffer)),
            .init("sendBuffer", .integer(sendBuffer)),
            .init("congestion", .string(congestion)),
        ]
        let surroundings: [JSON.Member] = [
            .init("guard", .string(guardKind.rawValue)),
            .init("personality", .string(Personality(of: self).rawValue)),
        ]
        return .object(handshake + tcpMembers + surroundings)
    }
}

extension Endpoint {
    /// As answers show an endpoint.
    package var json: JSON { ["address": .string(address.zonedDescription), "port": .number(port)] }
}
