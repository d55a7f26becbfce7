import Engine
import Glibc
import Testing

/// A kernel-TCP echo server for one connection after another.
final class KernelEcho: Sendable {
    let endpoint: Endpoint
    private let descriptor: Int32
    private let isServing: Bool

    /// Listens on a free port of the IPv4 address with these bits; unless it `serves`, connections are never accepted, and
    /// unless it `listens`, they are refused: the port is held, so that nobody else gets it meanwhile.
    init(address bits: UInt32 = 0x7f00_0001, serves: Bool = true, listens: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let listener = descriptor
        let bound = Endpoint(IPAddress(v4: bits), 0).asSocketAddress { bind(listener, $0, $1) }
        try #require(bound == 0 && (!listens || listen(listener, 128) == 0))
        endpoint = Endpoint(of: listener)
        isServing = serves && listens
        guard isServing else { return }
        let serving = listener
        var thread = pthread_t()
        let context = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        context.initialize(to: serving)
        pthread_create(
            &thread, nil,
            { raw in
                guard let listener = raw?.assumingMemoryBound(to: Int32.self) else { return nil }
                KernelEcho.serve(listener.pointee)
                listener.deallocate()
                return nil
            }, context)
        pthread_detach(thread)
    }

    private static func serve(_ listener: Int32) {
        // Not by `stop`: this thread may be busy with a client, and would then accept at whatever has the number by now.
        defer { close(listener) }
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(client, &buffer, buffer.count, 0)
                if count <= 0 || Glibc.send(client, buffer, count, Int32(MSG_NOSIGNAL)) < count { break }
            }
            close(client)
        }
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        if !isServing { close(descriptor) }
    }
}
