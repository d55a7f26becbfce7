/// A connection as a Python program for scapy that sends our segments again, octet for octet, and shows what comes back.
struct ScapyExport {
    private let script: ConnectionScript

    init(_ script: ConnectionScript) { self.script = script }

    var text: String {
        var lines = [
            "#!/usr/bin/env python3", "# Written from the log: the same segments again, as they were.",
            "import time", "from scapy.all import IP, IPv6, TCP, Raw, send", "",
        ]
        var clock = script.segments.first?.record.elapsed.nanoseconds ?? 0
        for segment in script.segments {
            guard let tcp = segment.tcp, let headers = segment.headers else { continue }
            guard segment.record.direction == .outbound else {
                lines.append("# \(segment.record.line.trimmingPrefix { $0 == " " })")
                continue
            }
            let wait = max(0, segment.record.elapsed.nanoseconds - clock)
            clock = max(clock, segment.record.elapsed.nanoseconds)
            if wait >= 1_000 { lines.append("time.sleep(\(Double(wait) / 1e9))") }
            lines.append("send(\(Self.layers(segment, tcp, headers)), verbose=False)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func layers(_ segment: DecodedSegment, _ tcp: TCPHeader, _ headers: PacketHeaders) -> String {
        let network =
            switch headers.ip {
            case .v4(let ip):
                "IP(src=\"\(ip.source)\", dst=\"\(ip.destination)\", ttl=\(ip.ttl), tos=\(ip.dscp << 2 | ip.ecn), "
                    + "id=\(ip.identification), flags=\(ip.dontFragment ? "\"DF\"" : "0"))"
            case .v6(let ip):
                "IPv6(src=\"\(ip.source)\", dst=\"\(ip.destination)\", hlim=\(ip.hopLimit), "
                    + "tc=\(ip.dscp << 2 | ip.ecn), fl=\(ip.flowLabel))"
            }
        let flags = UInt16(tcp.reserved & 1) << 8 | UInt16(tcp.controlBits)
        let options = TCPOption.decode(tcp.options).map(option).joined(separator: ", ")
        let transport =
            "TCP(sport=\(tcp.sourcePort), dport=\(tcp.destinationPort), seq=\(tcp.sequence.rawValue), "
            + "ack=\(tcp.acknowledgment.rawValue), flags=\(flags), window=\(tcp.window), "
            + "urgptr=\(tcp.urgentPointer), options=[\(options)])"
        let payload = segment.record.payload
        guard !payload.isEmpty else { return network + " / " + transport }
        return network + " / " + transport + " / Raw(bytes.fromhex(\"\(String(hex: payload))\"))"
    }

    private static func option(_ option: TCPOption) -> String {
        switch option {
        case .endOfOptions: return "(\"EOL\", None)"
        case .noOperation: return "(\"NOP\", None)"
        case .maximumSegmentSize(let size): return "(\"MSS\", \(size))"
        case .windowScale(let shift): return "(\"WScale\", \(shift))"
        case .sackPermitted: return "(\"SAckOK\", b\"\")"
        case .timestamps(let value, let echo): return "(\"Timestamp\", (\(value), \(echo)))"
        case .sack(let blocks):
            let edges = blocks.flatMap { [$0.start.rawValue, $0.end.rawValue] }.map { String($0) }
            return "(\"SAck\", (\(edges.joined(separator: ", "))))"
        case .userTimeout, .fastOpen, .unknown, .malformed:
            let octets = TCPOption.encode([option]).dropFirst(2)
            return "(\(option.kind), bytes.fromhex(\"\(String(hex: octets))\"))"
        }
    }
}
