import Glibc

/// The raw sockets of both families as one link. IPv4's is always there; IPv6's only where the host has IPv6.
///
/// They share one outbox, whose packets leave in their order.
package final class LinkPair {
    /// What the stack fills and the sockets empty.
    package let outbox = Outbox()
    package let v4: RawSocketLink
    /// nil: `v6Failure` says why.
    package let v6: RawSocketLink?
    package let v6Failure: LinkError?
    /// The IPv6 socket may hold something. A batch of IPv4 must not cost a system call on a socket that nobody uses.
    private var isAttentive = true

    /// Opens both, with a filter that lets segments to `range` through. Fails only where there is no IPv4 socket.
    package init(range: ClosedRange<UInt16>) throws(LinkError) {
        v4 = try RawSocketLink(family: .v4, outbox: outbox)
        let six = Self.openV6(outbox)
        v6 = six.link
        v6Failure = six.failure
        try setFilter(range: range, ports: [])
    }

    private static func openV6(_ outbox: Outbox) -> (link: RawSocketLink?, failure: LinkError?) {
        do throws(LinkError) {
            return (try RawSocketLink(family: .v6, outbox: outbox), nil)
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
    package func noteReadyV6() {
        isAttentive = true
        v6?.noteReady()
    }

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

    package var isEmpty: Bool { outbox.isEmpty }

    /// There is a socket for the family.
    package func carries(_ family: IPAddress.Family) -> Bool { family == .v4 || v6 != nil }

    /// The socket that the first packet waits for; nil if there is none for its family.
    private var nextLink: RawSocketLink? {
        outbox.place(0).pointee.destination.address.family == .v4 ? v4 : v6
    }

    /// Sends what waits and may leave; returns the socket that has no room for more, or nil if everything has left. What
    /// `mayLeave` refuses is dropped.
    package func flush(
        _ mayLeave: (_ destination: Endpoint) -> Bool = { _ in true }, onFailure: (OutboundPacket, Int32) -> Void
    ) -> RawSocketLink? {
        outbox.screen(mayLeave)
        while !outbox.isEmpty {
            guard let link = nextLink else {
                if let packet = outbox.popFirst() { onFailure(packet, EAFNOSUPPORT) }
                continue
            }
            if link.family == .v6 { isAttentive = true }
            if link.flush(onFailure) == .blocked { return link }
        }
        return nil
    }
}
