import Glibc

/// An ordinary TCP listener of the kernel's on a free port of 127.0.0.1: the other side of the doctor's handshake.
/// Nothing here waits.
package final class KernelListener {
    /// The kernel's end of an accepted connection.
    package final class Peer {
        private let descriptor: Int32
        fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }

        /// Sends one octet; false if the kernel would not take it.
        package func send(_ octet: UInt8) -> Bool {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            return withUnsafePointer(to: octet) { Glibc.send(descriptor, $0, 1, flags) == 1 }
        }
    }

    private let descriptor: Int32
    /// The port that the kernel chose.
    package let port: UInt16

    /// Opens the listener.
    package init() throws(LinkError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | RawSocketLink.socketFlags, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        var name = SocketAddress(Endpoint(.loopbackV4, 0))
        guard name.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 8) == 0,
            name.withMutablePointer({ getsockname(descriptor, $0, $1) }) == 0, let endpoint = name.endpoint
        else {
            let error = errno
            close(descriptor)
            throw .system(call: "listen", errno: error)
        }
        self.descriptor = descriptor
        port = endpoint.port
    }

    deinit { close(descriptor) }

    /// The oldest connection that is waiting; nil if there is none.
    package func accept() -> Peer? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        return accepted >= 0 ? Peer(accepted) : nil
    }
}
