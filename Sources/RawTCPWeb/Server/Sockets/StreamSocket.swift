import CNIO
import Glibc

/// A non-blocking connected socket. Its owner closes it.
struct StreamSocket {
    /// What one reading came to.
    enum Reception {
        /// This many octets, and whether there may be more.
        case octets(Int, mayHaveMore: Bool)
        case end
        case wouldBlock
        case lost
    }

    /// What one writing came to.
    enum Transmission {
        case octets(Int)
        case wouldBlock
        case lost
    }

    private(set) var descriptor: Int32

    /// Takes over an accepted socket.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        // Answers are written whole; waiting for the ACK of the previous one (Nagle) would only delay them.
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// Reads what is there into the buffer, which gets room for at least `minimum` octets.
    func receive(into input: inout InputBuffer, atLeast minimum: Int) -> Reception {
        var reception = Reception.lost
        input.fill(atLeast: minimum) { space in
            while true {
                let count = recv(descriptor, space.baseAddress, space.count, 0)
                if count > 0 {
                    reception = .octets(count, mayHaveMore: count == space.count)
                    return count
                }
                if count < 0, errno == EINTR { continue }
                reception = count == 0 ? .end : errno == EAGAIN ? .wouldBlock : .lost
                return 0
            }
        }
        return reception
    }

    /// Writes the three pieces one after the other, from the octet `offset` of the whole, in one system call.
    func send(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8], from offset: Int) -> Transmission {
        first.withUnsafeBytes { first in
            second.withUnsafeBytes { second in
                third.withUnsafeBytes { third in
                    var skipped = offset
                    let pieces: InlineArray<3, iovec> = [
                        Self.rest(of: first, skipping: &skipped),
                        Self.rest(of: second, skipping: &skipped),
                        Self.rest(of: third, skipping: &skipped),
                    ]
                    return send(pieces)
                }
            }
        }
    }

    private func send(_ pieces: InlineArray<3, iovec>) -> Transmission {
        var pieces = pieces
        return withUnsafeMutableBytes(of: &pieces) { octets in
            var message = msghdr()
            message.msg_iov = octets.baseAddress?.assumingMemoryBound(to: iovec.self)
            message.msg_iovlen = 3
            while true {
                let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                if count >= 0 { return .octets(count) }
                if errno == EINTR { continue }
                return errno == EAGAIN ? .wouldBlock : .lost
            }
        }
    }

    private static func rest(of piece: UnsafeRawBufferPointer, skipping skipped: inout Int) -> iovec {
        let start = min(skipped, piece.count)
        skipped -= start
        // sendmsg only reads, although iovec's pointer is mutable.
        let base = piece.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + start) }
        return iovec(iov_base: base, iov_len: piece.count - start)
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes `close` send RST, so that an answer that is cut cannot pass for a complete one.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Lets the kernel find out whether the other side is still there, where nothing else would.
    func keepAlive() {
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, 4)
    }

    /// Ends both directions at once, whoever still waits for either.
    func cut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Closes the descriptor, once.
    mutating func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
