import Glibc

/// A message to nfnetlink, put together attribute by attribute (linux/netlink.h, linux/netfilter/nfnetlink.h).
struct NetlinkMessage {
    private(set) var octets: [UInt8]

    /// - Parameters:
    ///   - type: the subsystem in the upper octet, its message in the lower.
    ///   - family: of the table that it is about; NFPROTO_….
    ///   - resource: of a batch, the subsystem that it is for.
    init(type: UInt16, flags: UInt16, family: UInt8, sequence: UInt32, resource: UInt16 = 0) {
        octets = []
        append(UInt32(0))  // The length, filled in by `finished`.
        append(type)
        append(flags | Self.request)
        append(sequence)
        append(UInt32(0))
        octets += [family, 0, UInt8(resource >> 8), UInt8(truncatingIfNeeded: resource)]
    }

    /// Appends an attribute of octets.
    mutating func add(_ type: UInt16, _ value: [UInt8]) {
        append(UInt16(4 + value.count))
        append(type)
        octets += value
        while octets.count % 4 != 0 { octets.append(0) }
    }

    /// Appends a number, which nftables wants in network order.
    mutating func add(_ type: UInt16, _ value: UInt32) {
        add(type, (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) })
    }

    /// Appends a text with its zero.
    mutating func add(_ type: UInt16, _ text: String) { add(type, Array(text.utf8) + [0]) }

    /// Appends an attribute that holds attributes.
    mutating func add(_ type: UInt16, _ body: (inout NetlinkMessage) -> Void) {
        let start = octets.count
        append(UInt16(0))
        append(type | Self.nested)
        body(&self)
        store(UInt16(octets.count - start), at: start)
    }

    /// The message with its length.
    func finished() -> [UInt8] {
        var whole = self
        whole.store(UInt32(octets.count), at: 0)
        return whole.octets
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number) { octets += $0 }
    }

    private mutating func store<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        withUnsafeBytes(of: number) { octets.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }

    /// NLM_F_REQUEST
    private static let request: UInt16 = 1
    /// NLA_F_NESTED
    private static let nested: UInt16 = 1 << 15
}

/// A socket to the kernel's netfilter; needs CAP_NET_ADMIN.
final class NetlinkSocket {
    private let descriptor: Int32

    init() throws(LinkError) {
        let family: Int32 = 16  // AF_NETLINK
        let netfilter: Int32 = 12  // NETLINK_NETFILTER
        descriptor = socket(family, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), netfilter)
        guard descriptor >= 0 else { throw .system(call: "netlink socket", errno: errno) }
        // The kernel answers at once or never; a second is for a host in trouble.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends messages and hands each answer to `body`, its type and its octets, until `isLast` says so.
    func exchange(
        _ messages: [NetlinkMessage], until isLast: (_ sequence: UInt32) -> Bool = { _ in true },
        _ body: (_ type: UInt16, _ octets: ArraySlice<UInt8>) -> Void = { _, _ in }
    ) throws(LinkError) {
        let request = messages.flatMap { $0.finished() }
        guard send(descriptor, request, request.count, 0) == request.count else { throw Self.error(errno) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw Self.error(count == 0 ? EIO : errno) }
            if try read(buffer[..<count], isLast, body) { return }
        }
    }

    /// Reads the messages of one datagram; true after the last answer.
    private func read(
        _ datagram: ArraySlice<UInt8>, _ isLast: (UInt32) -> Bool, _ body: (UInt16, ArraySlice<UInt8>) -> Void
    ) throws(LinkError) -> Bool {
        var rest = datagram
        while rest.count >= 16 {
            let start = rest.startIndex
            let length = Int(Self.word(rest, at: 0))
            guard length >= 16, length <= rest.count else { throw Self.error(EBADMSG) }
            let type = UInt16(truncatingIfNeeded: Self.word(rest, at: 4))
            let isDone = type == 3  // NLMSG_DONE
            if type == 2 {  // NLMSG_ERROR: a negative errno, or 0 for an acknowledgment
                let code = Int32(bitPattern: Self.word(rest, at: 16))
                guard code == 0 else { throw Self.error(-code) }
            }
            if isDone || (type == 2 && isLast(Self.word(rest, at: 8))) { return true }
            if type != 2 { body(type, rest[(start + 16)..<(start + length)]) }
            rest = rest[min(start + (length + 3) & ~3, rest.endIndex)...]
        }
        return false
    }

    /// 32 bits in the host's order.
    static func word(_ octets: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
        octets.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    private static func error(_ errno: Int32) -> LinkError {
        errno == EPERM ? .notPermitted(call: "nfnetlink") : .system(call: "nfnetlink", errno: errno)
    }
}
