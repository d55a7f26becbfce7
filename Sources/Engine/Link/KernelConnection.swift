import CNIO
import Glibc

/// An ordinary TCP socket: the kernel's own connection, beside ours for comparison. Nothing here blocks.
package final class KernelConnection {
    /// Negative once it has been given back.
    private var descriptor: Int32
    private var lastCongestion: String?
    package let local: Endpoint

    /// Opens a socket and binds it, so that its port is known before its SYN leaves. What is not set is the kernel's own choice.
    package init(_ local: Endpoint, settings: KernelSettings) throws(LinkError) {
        let kind = Int32(SOCK_STREAM.rawValue) | RawSocketLink.socketFlags
        let descriptor = socket(local.address.family.domain, kind, 0)
        if descriptor < 0, errno == EMFILE || errno == ENFILE { throw .exhausted(limit: Limits.fileDescriptors) }
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        self.descriptor = descriptor
        do throws(LinkError) {
            try settings.apply(to: descriptor, local.address.family)
            self.local = try Self.bind(descriptor, local)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Gives the descriptor back, and the port with it: the connection is over.
    package func release() {
        guard descriptor >= 0 else { return }
        lastCongestion = congestion
        Glibc.close(descriptor)
        descriptor = -1
    }

    private static func bind(_ descriptor: Int32, _ local: Endpoint) throws(LinkError) -> Endpoint {
        guard SocketAddress(local).withPointer({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            switch errno {
            case EADDRINUSE: throw .addressInUse(local)
            case EACCES: throw .privilegedPort(local)
            case EADDRNOTAVAIL: throw .notLocal(local.address)
            case let other: throw .system(call: "bind", errno: other)
            }
        }
        var address = SocketAddress()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = address.withMutablePointer { pointer, _ in getsockname(descriptor, pointer, &length) }
        return address.endpoint ?? local
    }

    /// Begins the handshake.
    package func connect(to remote: Endpoint) throws(LinkError) {
        let result = SocketAddress(remote).withPointer { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw .unreachable(remote.address, errno: errno) }
    }

    /// Begins the handshake with Fast Open (RFC 7413): the SYN carries a cookie and these octets, or asks for a cookie.
    ///
    /// - Returns: how many of the octets the SYN has taken along.
    package func connect(to remote: Endpoint, sending octets: [UInt8]) throws(LinkError) -> Int {
        let flags = Int32(MSG_FASTOPEN) | Int32(MSG_NOSIGNAL)
        let count = SocketAddress(remote).withPointer { sendto(descriptor, octets, octets.count, flags, $0, $1) }
        if count >= 0 { return count }
        switch errno {
        case EINPROGRESS: return 0
        case EOPNOTSUPP: throw .system(call: KernelSettings.Name.fastOpen.rawValue, errno: EOPNOTSUPP)
        case let other: throw .unreachable(remote.address, errno: other)
        }
    }

    /// Sets what may be set while the connection lives.
    package func apply(_ settings: KernelSettings) throws(LinkError) {
        try settings.apply(to: descriptor, local.address.family)
    }

    /// The kernel's name of its congestion control.
    package var congestion: String? {
        guard descriptor >= 0 else { return lastCongestion }
        // include/net/tcp.h: TCP_CA_NAME_MAX.
        var name = [UInt8](repeating: 0, count: 16)
        var length = socklen_t(name.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, &name, &length) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Hands over as much as the kernel takes; 0 if its buffer is full, nil if the connection no longer takes anything.
    package func write(_ octets: ArraySlice<UInt8>) -> Int? {
        let count = octets.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == ENOTCONN ? 0 : nil
    }

    /// What has come.
    package enum Reading {
        case octets([UInt8])
        /// Nothing for now.
        case nothing
        /// The peer's FIN.
        case end
        case failed(errno: Int32)
    }

    /// Takes up to `limit` octets of what has come.
    package func read(upTo limit: Int) -> Reading {
        var octets = [UInt8](repeating: 0, count: limit)
        let count = octets.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .octets(Array(octets.prefix(count))) }
        if count == 0 { return .end }
        return errno == EAGAIN || errno == ENOTCONN ? .nothing : .failed(errno: errno)
    }

    /// Sends FIN behind what is still to be sent.
    package func shutDown() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a RST.
    package func reset() {
        var impatience = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &impatience, socklen_t(MemoryLayout<linger>.size))
        // An address of no family dissolves the association; the descriptor stays ours until the end.
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        Glibc.connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Takes the error off that ended the connection; 0: none.
    package func takeError() -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }

    /// What the kernel tells of the connection; nil if it does not.
    package func information() -> KernelInformation? {
        var octets = [UInt8](repeating: 0, count: KernelInformation.length)
        var length = socklen_t(octets.count)
        let result = octets.withUnsafeMutableBytes {
            getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, $0.baseAddress, &length)
        }
        return result == 0 ? KernelInformation(octets) : nil
    }
}

/// Linux's `struct tcp_info` (linux/tcp.h), read by offsets: the C library's own definition ends where Linux 2.6 did.
package struct KernelInformation {
    /// Up to and with `tcpi_rcv_wnd`; an older kernel gives less, and zeros stand for the rest.
    static let length = 236
    private let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    private func number<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
        octets.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
    }

    /// include/net/tcp_states.h.
    package var state: State {
        switch octets[0] {
        case 1: .established
        case 2: .synSent
        case 3: .synReceived
        case 4: .finWait1
        case 5: .finWait2
        case 6: .timeWait
        case 8: .closeWait
        case 9: .lastAck
        case 11: .closing
        default: .closed
        }
    }

    package var hasTimestamps: Bool { octets[5] & 1 != 0 }
    package var hasSACK: Bool { octets[5] & 2 != 0 }
    package var hasWindowScale: Bool { octets[5] & 4 != 0 }
    /// TCPI_OPT_SYN_DATA: the peer has acknowledged text of our SYN.
    package var hasFastOpen: Bool { octets[5] & 32 != 0 }
    package var hasECN: Bool { octets[5] & 8 != 0 }
    package var sendScale: UInt8 { octets[6] & 15 }
    package var receiveScale: UInt8 { octets[6] >> 4 }
    package var rto: Interval { .microseconds(Int64(number(8, UInt32.self))) }
    package var mss: Int { Int(number(16, UInt32.self)) }
    package var unacknowledged: Int { Int(number(24, UInt32.self)) }
    package var smoothed: Interval { .microseconds(Int64(number(68, UInt32.self))) }
    package var variation: Interval { .microseconds(Int64(number(72, UInt32.self))) }
    /// In segments; nil while it is arbitrarily high.
    package var slowStartThreshold: Int? {
        let value = number(76, UInt32.self)
        return value >= 0x7fff_ffff ? nil : Int(value)
    }
    /// In segments.
    package var congestionWindow: Int { Int(number(80, UInt32.self)) }
    package var retransmissions: Int { Int(number(100, UInt32.self)) }
    /// Sequence numbers acknowledged, SYN and FIN included.
    package var acknowledged: UInt64 { number(120, UInt64.self) }
    package var received: UInt64 { number(128, UInt64.self) }
    package var segmentsOut: Int { Int(number(136, UInt32.self)) }
    package var segmentsIn: Int { Int(number(140, UInt32.self)) }
    /// Octets that have not left yet.
    package var unsent: Int { Int(number(144, UInt32.self)) }
    package var minimum: Interval? {
        let value = number(148, UInt32.self)
        return value == .max ? nil : .microseconds(Int64(value))
    }
    package var sent: UInt64 { number(200, UInt64.self) }
    package var outOfOrder: Int { Int(number(224, UInt32.self)) }
    package var sendWindow: Int { Int(number(228, UInt32.self)) }
    package var receiveWindow: Int { Int(number(232, UInt32.self)) }
}
