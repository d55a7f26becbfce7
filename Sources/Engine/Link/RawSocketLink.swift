import CNIO
import DequeModule
import Glibc

/// One raw TCP socket (`SOCK_RAW`, `IPPROTO_TCP`) on which whole IP datagrams are sent and received, in batches.
///
/// An IPv6 one never delivers the IP header (RFC 3542 §3). What it said comes beside the packet, and the header is put back
/// in front of it, so that above the link both families look the same; only the flow label is lost.
///
/// Lives on the event loop's thread; nothing here blocks, and nothing is allocated per packet.
package final class RawSocketLink {
    /// How a flush ended.
    package enum FlushOutcome: Hashable, Sendable {
        /// Nothing is left to send.
        case done
        /// The socket's buffer is full: the rest stays, in order; flush again when the descriptor is writable.
        case blocked
    }

    /// Most packets of one `sendmmsg`, and of one `recvmmsg`.
    package static let capacity = Int(CNIO_BATCH_SIZE)
    /// The kernel's receive buffer. The default of 208 KiB is three loopback segments of 64 KiB.
    private static let receiveBuffer: Int32 = 16 << 20
    /// The kernel's send buffer: one batch of 64 KiB segments and their overhead.
    private static let sendBuffer: Int32 = 8 << 20
    /// ICMP errors kept until they are polled. More in one turn is a flood, and each can be repeated by its sender.
    private static let mostNetworkErrors = 64

    package let fileDescriptor: Int32
    package let family: IPAddress.Family
    private let inbox: OpaquePointer
    /// What `sendmmsg` is told: where the packets of a batch stand.
    private let messages: OpaquePointer
    private let outbox: Outbox
    private var lastDropCount: UInt32 = 0
    /// epoll has told of the socket since the last look at it.
    private var isReady = false
    private var errors: Deque<NetworkError> = []
    private let quoteBuffer: UnsafeMutableRawBufferPointer

    /// Packets that the kernel dropped because the receive buffer was full (SO_RXQ_OVFL), whether or not the filter would
    /// have let them pass; told by the next packet that arrives.
    package private(set) var overflows: UInt64 = 0
    /// ICMP errors that could not be read, or came in a flood.
    package private(set) var unreadableErrors: UInt64 = 0

    /// Opens the socket, which takes its packets from `outbox`; `.notPermitted` without CAP_NET_RAW.
    package init(family: IPAddress.Family, outbox: Outbox = Outbox()) throws(LinkError) {
        let descriptor = socket(family.domain, Int32(SOCK_RAW.rawValue) | Self.socketFlags, Int32(IPPROTO_TCP))
        guard descriptor >= 0 else {
            throw errno == EPERM ? .notPermitted(call: "socket") : .system(call: "socket", errno: errno)
        }
        do {
            try Self.configure(descriptor, family)
        } catch {
            close(descriptor)
            throw error
        }
        guard let inbox = cnio_create_inbox(family.domain), let messages = cnio_create_outbox(family.domain) else {
            close(descriptor)
            throw .system(call: "mmap", errno: ENOMEM)
        }
        fileDescriptor = descriptor
        self.family = family
        self.inbox = inbox
        self.messages = messages
        self.outbox = outbox
        quoteBuffer = .allocate(byteCount: 256, alignment: 8)
        errors.reserveCapacity(Self.mostNetworkErrors)
    }

    deinit {
        quoteBuffer.deallocate()
        cnio_destroy_inbox(inbox)
        cnio_destroy_outbox(messages)
        close(fileDescriptor)
    }

    static var socketFlags: Int32 { Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue) }

    private static func configure(_ descriptor: Int32, _ family: IPAddress.Family) throws(LinkError) {
        func require(_ call: String, _ error: Int32) throws(LinkError) {
            guard error == 0 else { throw .system(call: call, errno: error) }
        }
        for option in family == .v4 ? optionsV4 : optionsV6 {
            let level = Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6)
            try require(option.call, setOption(descriptor, level, option.name, option.value))
        }
        // Tells our RSTs from the kernel's. Older kernels than 5.17 want CAP_NET_ADMIN for it; there they look the same.
        _ = setOption(descriptor, SOL_SOCKET, SO_MARK, Int32(ResetTap.mark))
        try require("SO_RXQ_OVFL", setOption(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1))
        try require("SO_TIMESTAMPNS", cnio_request_stamps(descriptor) == 0 ? 0 : errno)
        // Beyond net.core.rmem_max only with CAP_NET_ADMIN; without it, as much as there is.
        if setOption(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer) != 0 {
            try require("SO_RCVBUF", setOption(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer))
        }
        if setOption(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, sendBuffer) != 0 {
            try require("SO_SNDBUF", setOption(descriptor, SOL_SOCKET, SO_SNDBUF, sendBuffer))
        }
    }

    private typealias Option = (call: String, name: Int32, value: Int32)

    /// Whole datagrams out, ICMP errors to the error queue. The kernel itself must not believe them: it cannot check a quote
    /// against a connection that it does not know, and IP_PMTUDISC_INTERFACE keeps a forged one out of its path MTUs.
    private static let optionsV4: [Option] = [
        ("IP_HDRINCL", IP_HDRINCL, 1), ("IP_RECVERR", IP_RECVERR, 1),
        ("IP_MTU_DISCOVER", IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE),
    ]
    /// The same, and what the header that the socket leaves out would have told.
    private static let optionsV6: [Option] = [
        ("IPV6_HDRINCL", IPV6_HDRINCL, 1), ("IPV6_RECVERR", IPV6_RECVERR, 1),
        ("IPV6_RECVPKTINFO", IPV6_RECVPKTINFO, 1), ("IPV6_RECVHOPLIMIT", IPV6_RECVHOPLIMIT, 1),
        ("IPV6_RECVTCLASS", IPV6_RECVTCLASS, 1),
    ]

    /// Attaches the filter, or replaces the one there is, in one step.
    package func setFilter(_ filter: PacketFilter) throws(LinkError) { try filter.attach(to: fileDescriptor) }
}

// MARK: - In

extension RawSocketLink {
    /// Takes what has arrived, at most one batch: `body` sees each packet in place, with the zone that it came from (0 for
    /// IPv4) and the realtime nanoseconds at which the kernel took it (0 if unknown). Returns how many there were.
    package func receive(_ body: (_ packet: RawSpan, _ zone: UInt32, _ kernelStamp: Int64) -> Void) -> Int {
        var count = cnio_receive_batch(fileDescriptor, inbox)
        // An ICMP error sticks to the socket and fails one call, whoever it is about: take it off, and ask again. One that comes
        // while the kernel lifts another may wait in the queue without sticking; then only epoll tells of it, again and again.
        if count < 0, errno != EAGAIN || isReady {
            drainErrorQueue()
            count = cnio_receive_batch(fileDescriptor, inbox)
        }
        isReady = false
        guard count > 0 else { return 0 }
        for index in 0..<count {
            let packet = cnio_read_packet(inbox, index)
            if packet.dropped != 0 {
                overflows += UInt64(packet.dropped &- lastDropCount)
                lastDropCount = packet.dropped
            }
            body(datagram(packet).bytes, packet.interface, packet.stamp)
        }
        return Int(count)
    }

    private func datagram(_ packet: cnio_packet) -> UnsafeRawBufferPointer {
        guard family == .v6, let start = packet.octets else {
            return UnsafeRawBufferPointer(start: packet.octets, count: packet.length)
        }
        let header = start - IPv6Header.length
        reconstructHeader(of: packet, at: header)
        return UnsafeRawBufferPointer(start: header, count: packet.length + IPv6Header.length)
    }

    /// Writes the IPv6 header that the packet came with (RFC 8200 §3) in front of it, with a flow label of zero.
    private func reconstructHeader(of packet: cnio_packet, at header: UnsafeMutableRawPointer) {
        header.storeBytes(of: (6 << 28 | UInt32(packet.traffic_class) << 20).bigEndian, as: UInt32.self)
        // Longer than 65,535 octets would be a jumbogram, which a slot does not hold.
        header.storeBytes(of: UInt16(clamping: packet.length).bigEndian, toByteOffset: 4, as: UInt16.self)
        header.storeBytes(of: UInt8(IPPROTO_TCP), toByteOffset: 6, as: UInt8.self)
        header.storeBytes(of: packet.hop_limit, toByteOffset: 7, as: UInt8.self)
        let source = packet.source + SocketAddress.addressOffset(.v6)
        (header + 8).copyMemory(from: source, byteCount: 16)
        guard let destination = packet.destination else { return }
        (header + 24).copyMemory(from: destination, byteCount: 16)
    }

    /// epoll has found packets or errors at the socket.
    package func noteReady() { isReady = true }

    /// The oldest ICMP error not yet asked for.
    package func pollNetworkError() -> NetworkError? { errors.popFirst() }

    /// Empties the error queue, which also lifts the error that sticks to the socket.
    private func drainErrorQueue() {
        var found = cnio_error()
        var sender = SocketAddress()
        while takeError(&found, from: &sender) {
            // A failure of our own `sendmmsg` is queued too; that call has told it already.
            guard found.is_local == 0 else { continue }
            let quote = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(quoteBuffer)[..<found.quoted])
            guard errors.count < Self.mostNetworkErrors, let quoted = NetworkError.parseQuote(quote.bytes) else {
                unreadableErrors += 1
                continue
            }
            let offender = sender.endpoint?.address
            // Whoever complains about a link-local destination is on the same link, and has such an address itself.
            let connection = quoted.connection.within(zone: offender?.zone ?? 0)
            errors.append(
                NetworkError(
                    type: found.type, code: found.code, mtu: found.mtu == 0 ? nil : Int(found.mtu),
                    offender: offender, connection: connection, sequence: quoted.sequence))
        }
    }

    private func takeError(_ error: inout cnio_error, from sender: inout SocketAddress) -> Bool {
        sender.withMutablePointer { address, _ in
            cnio_receive_error(fileDescriptor, &error, quoteBuffer.baseAddress, quoteBuffer.count, address)
        } == 0
    }
}

// MARK: - Out

extension RawSocketLink {
    /// A whole batch waits: no more need be encoded before it has left.
    package var isFull: Bool { outbox.count >= Self.capacity }
    package var isEmpty: Bool { outbox.isEmpty }

    /// Puts a packet behind those that wait.
    package func enqueue(_ packet: consuming OutboundPacket) { outbox.append(packet) }

    /// Sends what waits, in order, with as few system calls as the kernel allows, up to the first packet of the other family. A
    /// packet that it will not take is handed to `onFailure` with the errno and skipped.
    package func flush(_ onFailure: (OutboundPacket, Int32) -> Void) -> FlushOutcome {
        var wasRetried = false
        while case let asked = addressBatch(), asked > 0 {
            let sent = Int(cnio_send_batch(fileDescriptor, messages, 0, Int32(asked)))
            if sent > 0 {
                outbox.removeFirst(sent)
                wasRetried = false
                // A batch cut short hides why, and may have eaten the error that stuck to the socket: without a look at
                // the queue, epoll would report it for ever.
                if sent < asked { drainErrorQueue() }
                continue
            }
            let error = errno
            if error == EAGAIN { return .blocked }
            drainErrorQueue()
            // The first failure may be an ICMP error about some other packet; the second is this packet's own.
            if wasRetried, let packet = outbox.popFirst() { onFailure(packet, error) }
            wasRetried.toggle()
        }
        return .done
    }

    /// Tells where the first packets stand, as many as are of this family and fit a batch; returns how many.
    private func addressBatch() -> Int {
        let limit = min(outbox.count, Self.capacity)
        for index in 0..<limit {
            let place = outbox.place(index)
            guard place.pointee.destination.address.family == family else { return index }
            address(Int32(index), place)
        }
        return limit
    }

    private func address(_ index: Int32, _ place: UnsafeMutablePointer<OutboundPacket>) {
        let destination = place.pointee.destination.address
        switch family {
        case .v4: cnio_address_message_v4(messages, index, UInt32(truncatingIfNeeded: destination.low))
        case .v6: cnio_address_message_v6(messages, index, destination.high, destination.low, destination.zone)
        }
        let header = UnsafeRawPointer(place) + Self.headerOffset
        cnio_fill_message(messages, index, 0, header, place.pointee.headerLength)
        guard let payload = place.pointee.payload else { return }
        cnio_fill_message(messages, index, 1, payload.start, payload.count)
        if let rest = place.pointee.continuation { cnio_fill_message(messages, index, 2, rest.start, rest.count) }
    }

    private static let headerOffset = MemoryLayout<OutboundPacket>.offset(of: \.header) ?? 0
}
