/// The raw sockets of both families as one link. IPv4's is always there; IPv6's only where the host has IPv6.
///
/// Each has a slab of its own; packets of one family leave in their order.
package final class LinkPair {
    package let v4: RawSocketLink
    /// nil: `v6Failure` says why.
    package let v6: RawSocketLink?
    package let v6Failure: LinkError?
    /// The IPv6 socket may hold something. A batch of IPv4 must not cost a system call on a socket that nobody uses.
    private var isAttentive = true

    /// Opens both, with a filter that lets segments to `range` through. Fails only where there is no IPv4 socket.
    package init(range: ClosedRange<UInt16>) throws(LinkError) {
        v4 = try RawSocketLink(family: .v4)
        let six = Self.openV6()
        v6 = six.link
        v6Failure = six.failure
        try setFilter(range: range, ports: [])
    }

    private static func openV6() -> (link: RawSocketLink?, failure: LinkError?) {
        do throws(LinkError) {
            return (try RawSocketLink(family: .v6), nil)
        } catch {
            return (nil, error)
        }
    }

    /// The sockets there are.
    package var links: [RawSocketLink] { v6.map { [v4, $0] } ?? [v4] }

    /// Lets segments to a port in `range` or among `ports` through, at both sockets; with the echo, those from there too.
    package func setFilter(
        range: ClosedRange<UInt16>, ports: [UInt16], withEcho: Bool = false
    ) throws(LinkError) {
        try v4.setFilter(PacketFilter(range: range, ports: ports, withEcho: withEcho))
        try v6?.setFilter(PacketFilter(range: range, ports: ports, family: .v6, withEcho: withEcho))
    }

    /// The loop has seen something at the IPv6 socket.
    package func noteReadableV6() { isAttentive = true }

    /// Takes at most one batch of each family; as `RawSocketLink.receive`.
    package func receive(_ body: (_ packet: RawSpan, _ zone: UInt32, _ kernelStamp: Int64) -> Void) -> Int {
        let count = v4.receive(body)
        guard isAttentive, let v6 else { return count }
        let second = v6.receive(body)
        isAttentive = second > 0
        return count + second
    }

    /// The oldest ICMP error not yet asked for.
    package func pollNetworkError() -> NetworkError? { v4.pollNetworkError() ?? v6?.pollNetworkError() }

    /// Packets that the kernel dropped because a receive buffer was full.
    package var overflows: UInt64 { v4.overflows + (v6?.overflows ?? 0) }
    /// ICMP errors that could not be read, or came in a flood.
    package var unreadableErrors: UInt64 { v4.unreadableErrors + (v6?.unreadableErrors ?? 0) }

    // MARK: Out

    /// One of the slabs has no room, so nothing more may be enqueued.
    package var isFull: Bool { v4.isFull || v6?.isFull ?? false }
    package var isEmpty: Bool { v4.isEmpty && v6?.isEmpty ?? true }

    /// There is a socket for the family.
    package func carries(_ family: IPAddress.Family) -> Bool { family == .v4 || v6 != nil }

    /// Puts a packet behind those of its family that wait. The family must be carried.
    package func enqueue(_ packet: consuming OutboundPacket) {
        switch packet.destination.address.family {
        case .v4: v4.enqueue(packet)
        case .v6:
            isAttentive = true
            v6?.enqueue(packet)
        }
    }

    /// Sends what waits; blocked if one of the sockets is.
    package func flush(_ onFailure: (OutboundPacket, Int32) -> Void) -> RawSocketLink.FlushOutcome {
        let first = v4.flush(onFailure)
        guard let v6, !v6.isEmpty else { return first }
        let second = v6.flush(onFailure)
        return first == .done ? second : first
    }
}
