/// A record with its headers decoded and its analysis looked up: what filters judge and renderings show.
package struct DecodedSegment: Sendable {
    package let record: SegmentRecord
    /// nil for what is no IP packet.
    package let headers: PacketHeaders?
    /// What is remarkable about the segment.
    package let analysis: AnalysisSet

    /// Decodes the record; `analysis` is what the flow's analysis says of it.
    package init(_ record: SegmentRecord, analysis: AnalysisSet) {
        self.record = record
        headers = record.headers
        self.analysis = analysis
    }

    /// The TCP header; nil if there is none.
    package var tcp: TCPHeader? { headers?.tcp }
    /// SEG.SEQ as people read it: counted from the beginning where that is known.
    package var sequence: UInt32? { tcp.map { record.relativeSequence($0.sequence) ?? $0.sequence.rawValue } }
    /// SEG.ACK as people read it; nil without the ACK flag.
    package var acknowledgment: UInt32? {
        guard let tcp, tcp.flags.contains(.ack) else { return nil }
        return record.relativeAcknowledgment(tcp.acknowledgment) ?? tcp.acknowledgment.rawValue
    }
    /// The endpoint that is ours; nil without a TCP header.
    package var local: Endpoint? { record.direction == .outbound ? source : destination }
    /// The endpoint that is the peer's.
    package var remote: Endpoint? { record.direction == .outbound ? destination : source }
    /// Where the segment came from.
    package var source: Endpoint? { tcp.flatMap { tcp in headers.map { Endpoint($0.source, tcp.sourcePort) } } }
    /// Where it went.
    package var destination: Endpoint? {
        tcp.flatMap { tcp in headers.map { Endpoint($0.destination, tcp.destinationPort) } }
    }
}
