/// A connection as the requests that its user made, for a shell. The octets that the log no longer has are zeros.
struct CurlExport {
    private let script: ConnectionScript

    init(_ script: ConnectionScript) { self.script = script }

    var text: String {
        var lines = [
            "#!/bin/sh -e", "# Written from the log: the same calls again, at the service in $BASE.",
            "BASE=${BASE:-http://127.0.0.1:8080}",
        ]
        lines += opening
        let writes = script.writes()
        for (index, segment) in script.segments.enumerated() where segment.record.direction == .outbound {
            if let octets = writes[index], !octets.isEmpty {
                let body = "{\"hex\": \"\(String(hex: octets.map { $0 ?? 0 }))\"}"
                lines.append("curl -sf --json '\(body)' \"$BASE/v1/connections/$ID/send\"")
            }
            if isFirstFin(index) { lines.append("curl -sf -X POST \"$BASE/v1/connections/$ID/close\"") }
            if segment.tcp?.flags.contains(.rst) == true, segment.record.because == nil {
                lines.append("curl -sf -X DELETE \"$BASE/v1/connections/$ID\"")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var opening: [String] {
        guard script.isActive, let first = script.segments.first, let remote = first.remote, let tcp = first.tcp else {
            let local = script.segments.first?.local.map { "\($0)" } ?? "127.0.0.1:7001"
            return [
                "LISTENER=$(curl -sf --json '{\"local\": \"\(local)\"}' \"$BASE/v1/listeners\" | jq -r .id)",
                "ID=$(curl -sf \"$BASE/v1/listeners/$LISTENER/accepted?wait=60s\" | jq -r '.connections[0].id')",
            ]
        }
        let options = TCPOption.decode(tcp.options)
        var members = ["\"remote\": \"\(remote)\"", "\"initialSequence\": \(tcp.sequence.rawValue)"]
        for case .maximumSegmentSize(let size) in options { members.append("\"mss\": \(size)") }
        var shift: UInt8?
        for case .windowScale(let count) in options { shift = count }
        members.append("\"windowScale\": \(shift.map { String($0) } ?? "null")")
        members.append("\"sack\": \(options.contains(.sackPermitted))")
        members.append("\"timestamps\": \(options.contains { $0.kind == OptionKind.timestamps.rawValue })")
        let body = "{\(members.joined(separator: ", "))}"
        return ["ID=$(curl -sf --json '\(body)' \"$BASE/v1/connections\" | jq -r .id)"]
    }

    private func isFirstFin(_ index: Int) -> Bool {
        let isFin = { (segment: DecodedSegment) in
            segment.record.direction == .outbound && segment.tcp?.flags.contains(.fin) == true
        }
        return isFin(script.segments[index]) && script.segments.firstIndex(where: isFin) == index
    }
}
