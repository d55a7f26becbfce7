import Engine
import Testing

extension Script {
    /// A connection whose round trip is 100 ms, with SACK, and ten segments of 1,000 octets in its initial window.
    static func withRoundTrip(
        _ roundTrip: Interval = .milliseconds(100), _ change: (inout Setup) -> Void = { _ in }
    ) throws -> Script {
        var host = try Script(.synSent) {
            $0.options.sack = true
            $0.peerOptions += [.sackPermitted]
            change(&$0)
        }
        host.advance(roundTrip)
        host.peerSYN(.ack)
        try host.expect(.ack, seq: 0)
        return host
    }

    /// Such a connection with so many segments in flight, of 30 that were written.
    static func inFlight(
        _ segments: Int, of written: Int = 30, roundTrip: Interval = .milliseconds(100),
        _ change: (inout Setup) -> Void = { _ in }
    ) throws -> Script {
        var host = try withRoundTrip(roundTrip, change)
        try host.write(written * 1_000)
        for place in 0..<segments { try host.expect(.ack, seq: place * 1_000, length: 1_000, cause: .data) }
        try host.expectNothing()
        return host
    }

    /// The peer acknowledges, and reports the segments with these numbers as held; the newest range first.
    mutating func sack(_ ack: Int? = nil, _ ranges: Range<Int>...) {
        let blocks = ranges.map { range in
            TCPOption.SACKBlock(
                start: Script.iss + 1 + range.lowerBound * 1_000, end: Script.iss + 1 + range.upperBound * 1_000)
        }
        var options: [TCPOption] = [.noOperation, .noOperation, .sack(blocks)]
        if let stamps = stampsOption { options = [.noOperation, .noOperation, stamps] + options }
        peer(.ack, ack: ack.map { $0 * 1_000 }, options: options)
    }

    var recovery: ConnectionSnapshot.Recovery? { connection?.snapshot.recovery }
    var congestion: ConnectionSnapshot.Congestion? { connection?.snapshot.congestion }
    var counters: ConnectionSnapshot.Counters? { connection?.snapshot.counters }

    /// What leaves now: the number of each segment, with why.
    mutating func sentNow() throws -> [Departure] {
        var departures: [Departure] = []
        while let sent = try next() {
            guard !sent.payload.isEmpty else { continue }
            departures.append(
                Departure(
                    segment: (sent.header.sequence - (Script.iss + 1)) / 1_000, cause: sent.record?.cause ?? .crafted))
        }
        return departures
    }
}

/// A segment of text that has left.
struct Departure: Hashable, CustomStringConvertible {
    let segment: Int
    let cause: Cause
    var description: String { "\(segment) \(cause.name)" }

    static func new(_ segment: Int) -> Departure { Departure(segment: segment, cause: .data) }
    static func again(_ segment: Int, _ cause: Cause) -> Departure { Departure(segment: segment, cause: cause) }
}
