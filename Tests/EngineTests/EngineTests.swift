import Glibc
import Testing

import Engine

/// The engine on the real raw socket, against the kernel's own TCP.
@Suite(.serialized)
struct EngineTests {
    @Test func handshakeDataAndCloseWithTheKernel() async throws {
        let server = try KernelEcho()
        defer { server.stop() }
        let engine = try Engine(configuration: EngineConfiguration())
        try await engine.start()
        defer { engine.stop() }

        var request = OpenRequest(remote: Endpoint(.loopbackV4, server.port))
        request.initialSequence = SequenceNumber(0xffff_fffc)
        let opened = try await engine.connect(request, timeout: .seconds(Int64(5)))
        #expect(opened.state == .established)

        let text = Array("hello raw".utf8)
        let receipt = try await engine.write(text, to: opened.id, push: true, timeout: .seconds(Int64(5)))
        #expect(receipt.offset == 0 && receipt.nextOffset == 9)
        var wanted = ReadRequest()
        wanted.minimum = 9
        wanted.patience = .seconds(Int64(5))
        #expect(try await engine.read(wanted, from: opened.id).octets == text)

        _ = try await engine.close(opened.id)
        let closed = try await engine.wait(for: .state(.timeWait), on: opened.id, timeout: .seconds(Int64(5)))
        #expect(closed.closeReason == .normal)
        let log = await engine.log()
        #expect(log.newest >= 9)
        #expect(await engine.status().counters.internalErrors == 0)
    }
}

/// A kernel-TCP echo server for one connection after another, on a free loopback port.
final class KernelEcho: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = descriptor
        let bound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        try #require(bound == 0 && listen(listener, 128) == 0)
        var length = size
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
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
        close(descriptor)
    }
}
