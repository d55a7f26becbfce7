import Engine

/// A segment in its envelope, for tests that write both down at once.
@dynamicMemberLookup
struct EnvelopedSegment {
    var envelope: Envelope
    var segment: OutgoingSegment

    init(_ tuple: FourTuple, sequence: SequenceNumber, flags: TCPFlags) {
        envelope = Envelope(tuple)
        segment = OutgoingSegment(sequence: sequence, flags: flags, cause: .data, because: nil)
    }

    subscript<Value>(dynamicMember member: WritableKeyPath<OutgoingSegment, Value>) -> Value {
        get { segment[keyPath: member] }
        set { segment[keyPath: member] = newValue }
    }

    subscript<Value>(dynamicMember member: WritableKeyPath<Envelope, Value>) -> Value {
        get { envelope[keyPath: member] }
        set { envelope[keyPath: member] = newValue }
    }

    func encode(into packet: inout OutboundPacket) { segment.encode(in: envelope, into: &packet) }
}
