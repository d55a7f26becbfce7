/// One connection's segments, in order, as a script that makes them happen again. The language of packetdrill
/// has the lab (`ReplayScript`), which can try what it writes.
package struct ConnectionScript {
    /// In the order of their numbers, all of one connection.
    let segments: [DecodedSegment]

    /// The languages that scripts can be written in.
    package enum Language: String, CaseIterable, Sendable {
        case packetdrill, curl, scapy
    }

    package init(_ segments: [DecodedSegment]) { self.segments = segments }

    /// The calls again, as commands of a shell.
    package var curl: String { CurlExport(self).text }
    /// Our segments again, as a Python program.
    package var scapy: String { ScapyExport(self).text }

    /// The connection was opened from this side.
    var isActive: Bool {
        guard let first = segments.first, let flags = first.tcp?.flags else { return true }
        return first.record.direction == .outbound && flags.contains(.syn) && !flags.contains(.ack)
    }

    /// What was handed over to be sent at once: at the first segment that carries new octets, everything up to the next
    /// one with PSH, which stands where the buffer had run empty.
    func writes() -> [Int: [UInt8?]] {
        var writes: [Int: [UInt8?]] = [:]
        var next: UInt32 = 1
        var start: Int?
        var octets: [UInt8?] = []
        for (index, segment) in segments.enumerated() where segment.record.direction == .outbound {
            guard let sequence = segment.sequence, segment.record.payloadLength > 0 else { continue }
            let end = sequence &+ UInt32(segment.record.payloadLength)
            let fresh = Int(Int32(bitPattern: end &- next))
            guard fresh > 0 else { continue }
            let payload = segment.record.payload.map(Optional.some)
            let missing = segment.record.payloadLength - payload.count
            octets += (payload + Array(repeating: nil, count: missing)).suffix(fresh)
            start = start ?? index
            next = end
            guard segment.tcp?.flags.contains(.psh) == true, let first = start else { continue }
            writes[first] = octets
            (start, octets) = (nil, [])
        }
        if let start { writes[start] = octets }
        return writes
    }
}
