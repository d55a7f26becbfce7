/// Packets on their way out, in order. Each is encoded in the place from which the kernel takes it: the stack fills places, the
/// link empties them, and nothing is copied in between.
///
/// A class, because stack and link share it; both live on one thread.
package final class Outbox {
    /// A ring. Every place holds a packet, if only one that has left: to fill it anew costs no zeros.
    private var ring: UnsafeMutablePointer<OutboundPacket>
    /// A power of two.
    private var capacity: Int
    private var first = 0
    /// Packets that wait.
    package private(set) var count = 0
    /// Those of them that have been screened.
    private var screened = 0

    /// Makes an empty one; it grows when it must.
    package init() {
        capacity = 64
        ring = .allocate(capacity: capacity)
        ring.initialize(repeating: Self.blank, count: capacity)
    }

    deinit {
        ring.deinitialize(count: capacity)
        ring.deallocate()
    }

    private static var blank: OutboundPacket { OutboundPacket(destination: Endpoint(.anyV4, 0), record: 0) }

    package var isEmpty: Bool { count == 0 }

    /// Where the packet stands that is so many behind the first; valid until one is added.
    func place(_ index: Int) -> UnsafeMutablePointer<OutboundPacket> { ring + ((first + index) & (capacity - 1)) }

    /// A new last place. What it holds is a packet of earlier, without payload: whoever asks for it says everything anew.
    func makePlace() -> UnsafeMutablePointer<OutboundPacket> {
        if count == capacity { grow() }
        count += 1
        return place(count - 1)
    }

    /// Puts a packet behind those that wait. Its blocks are retained until it has left.
    package func append(_ packet: consuming OutboundPacket) { makePlace().pointee = packet }

    /// Takes out the first packet.
    package func popFirst() -> OutboundPacket? {
        guard count > 0 else { return nil }
        let packet = place(0).pointee
        removeFirst(1)
        return packet
    }

    /// The first so many packets have left.
    func removeFirst(_ number: Int) {
        for index in 0..<number { place(index).pointee.dropPayload() }
        first = (first + number) & (capacity - 1)
        count -= number
        screened = max(0, screened - number)
    }

    /// Takes out those that may not go where they are to, among the ones that came since this was last asked.
    package func screen(_ mayLeave: (_ destination: Endpoint) -> Bool) {
        while screened < count {
            if mayLeave(place(screened).pointee.destination) { screened += 1 } else { remove(at: screened) }
        }
    }

    private func remove(at index: Int) {
        for later in index..<(count - 1) { place(later).pointee = place(later + 1).pointee }
        count -= 1
        place(count).pointee.dropPayload()
    }

    private func grow() {
        let larger = UnsafeMutablePointer<OutboundPacket>.allocate(capacity: capacity * 2)
        let front = capacity - first
        larger.moveInitialize(from: ring + first, count: front)
        (larger + front).moveInitialize(from: ring, count: first)
        (larger + capacity).initialize(repeating: Self.blank, count: capacity)
        ring.deallocate()
        ring = larger
        first = 0
        capacity *= 2
    }
}
