/// A reference-counted block of raw octets that a send buffer fills once and then never changes.
///
/// A packet that waits for the wire retains the block, because a bare pointer would not survive EAGAIN.
///
/// `@unchecked Sendable`: octets below `count` are never written again, and only the owner, which lives on the engine's
/// actor, appends.
package final class OctetBlock: @unchecked Sendable {
    /// Room for one loopback segment of 65,495 octets, so that no segment spans more than two blocks.
    package static let capacity = 65_536

    package let base: UnsafeMutableRawPointer
    /// How many octets are filled.
    package private(set) var count = 0

    package init() {
        base = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// The octets that still fit.
    package var available: Int { Self.capacity - count }

    /// Empties it, to be filled again. Whoever does this is the only one who knows the block.
    package func removeAll() { count = 0 }

    /// Appends as much of `octets`, from `offset` on, as fits; returns how many octets that was.
    package func append(_ octets: RawSpan, from offset: Int) -> Int {
        let length = min(octets.byteCount - offset, available)
        guard length > 0 else { return 0 }
        octets.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            (base + count).copyMemory(from: start + offset, byteCount: length)
        }
        count += length
        return length
    }
}

/// A run of octets inside a block.
package struct OctetSlice: Sendable {
    package let block: OctetBlock
    private let offset: UInt32
    private let length: UInt32

    package init(block: OctetBlock, offset: Int, count: Int) {
        precondition(offset >= 0 && count >= 0 && offset + count <= block.count, "slice outside its block")
        self.block = block
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.length = UInt32(truncatingIfNeeded: count)
    }

    /// Octets of the run.
    package var count: Int { Int(length) }
    /// Where the run starts; valid as long as the block lives.
    package var start: UnsafeRawPointer { UnsafeRawPointer(block.base) + Int(offset) }
    /// The run; valid as long as the block lives.
    package var octets: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// An IP datagram on its way out: encoded headers, and up to two runs of payload that stay where they are.
package struct OutboundPacket: Sendable {
    /// Longest IPv4 header (60) plus longest TCP header (60).
    package static let headerCapacity = 120

    /// IP header, TCP header and options; the first `headerLength` octets count.
    package var header = InlineArray<120, UInt8>(repeating: 0)
    package var headerLength = 0
    package var payload: OctetSlice?
    /// The rest of the payload where it crosses from one block into the next.
    package var continuation: OctetSlice?
    package var destination: Endpoint
    /// The number of its log record.
    package var record: UInt64
    /// The connection that sends it, if one does.
    package var connection: ConnectionID?

    package init(destination: Endpoint, record: UInt64) {
        self.destination = destination
        self.record = record
    }

    /// Octets of payload.
    package var payloadLength: Int { (payload?.count ?? 0) + (continuation?.count ?? 0) }
    /// Octets of the whole datagram.
    package var length: Int { headerLength + payloadLength }

    /// Lets go of the blocks that the payload stands in.
    mutating func dropPayload() {
        guard payload != nil else { return }
        payload = nil
        continuation = nil
    }
}
