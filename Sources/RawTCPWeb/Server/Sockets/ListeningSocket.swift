import CNIO
import Glibc

/// A non-blocking socket that accepts connections.
struct ListeningSocket {
    /// What one `accept` came to.
    enum Acceptance {
        case accepted(StreamSocket, from: SocketAddress)
        /// Nobody waits.
        case wouldBlock
        /// The process or the system has no descriptor, or no memory, to spare.
        case exhausted(ServerError)
        /// The socket is closed.
        case failed(ServerError)
    }

    private static let creationFlags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    private(set) var descriptor: Int32

    /// Listens at an address; port 0 lets the kernel choose.
    init(_ address: SocketAddress) throws(ServerError) {
        descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Self.creationFlags, 0)
        guard descriptor >= 0 else { throw ServerError("socket for \(address.text)") }
        do throws(ServerError) {
            // Without it a restart would fail while connections of the last run are in TIME-WAIT.
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
            guard address.withSockaddr({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, SOMAXCONN) == 0 else {
                throw ServerError("listen at \(address.text)")
            }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Where it listens.
    var address: SocketAddress { SocketAddress { getsockname(descriptor, $0, $1) } }

    /// Accepts one connection if one waits.
    func accept() -> Acceptance {
        while true {
            var socket: Int32 = -1
            let peer = SocketAddress { socket = cnio_accept_socket(descriptor, $0, $1) }
            if socket >= 0 { return .accepted(StreamSocket(descriptor: socket), from: peer) }
            switch errno {
            case EAGAIN: return .wouldBlock
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(ServerError("accept"))
            case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return .failed(ServerError("accept"))
            default: continue  // the connection failed before it was accepted: not our error
            }
        }
    }

    /// Listens no longer.
    mutating func close() {
        Glibc.close(descriptor)
        descriptor = -1
    }
}
