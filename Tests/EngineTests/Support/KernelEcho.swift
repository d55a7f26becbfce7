import Engine
import Foundation
import TestSupport

extension KernelSocket {
    /// Where a socket on IPv4 loopback is bound.
    var endpoint: Endpoint { Endpoint(.loopbackV4, localPort) }
}

/// A kernel-TCP echo server for one connection after another.
final class KernelEcho: Sendable {
    let endpoint: Endpoint
    private let listener: KernelSocket

    /// Listens on a free port of the address.
    init(at address: IPAddress = .loopbackV4) throws {
        // An engine's test may have nothing to send for longer than any other waits.
        let listener = try KernelSocket.listening(at: "\(address)", backlog: 128, patience: 3_600)
        self.listener = listener
        endpoint = Endpoint(address, listener.localPort)
        Thread.detachNewThread { while let client = try? listener.accepted() { Self.serve(client) } }
    }

    private static func serve(_ client: KernelSocket) {
        while let octets = try? client.read(), !octets.isEmpty {
            guard (try? client.write(octets)) != nil else { return }
        }
    }

    /// Ends the service, once the client that is being served has gone.
    func stop() { listener.shutDown() }
}
