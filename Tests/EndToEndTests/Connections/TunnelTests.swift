import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// CONNECT: octets through the service as through a cable, whatever either end does.
    @Suite struct Tunnels {
        /// Sends CONNECT and reads the answer's head; the socket is the tunnel from then on.
        private func open(
            _ service: Service, to target: String, fields: String = ""
        ) throws -> (head: String, tunnel: KernelSocket) {
            let socket = try KernelSocket.connected(to: service.client.port, in: service.client.network)
            try socket.write("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(fields)\r\n")
            var head: [UInt8] = []
            while head.suffix(4) != Array("\r\n\r\n".utf8)[...] {
                let octet = try socket.read(atMost: 1)
                guard !octet.isEmpty else { break }
                head += octet
            }
            return (String(decoding: head, as: UTF8.self), socket)
        }

        private func connectionID(in head: String) throws -> String {
            String(try #require(head.firstMatch(of: #/\r\nConnection-Id: (c\d+)\r\n/#)).output.1)
        }

        @Test func octetsPassBothWaysAndTheConnectionIsListed() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let (head, tunnel) = try open(service, to: "127.0.0.1:\(listener.localPort)")
                #expect(head.hasPrefix("HTTP/1.1 200 "))
                #expect(!head.lowercased().contains("content-length"))
                #expect(!head.lowercased().contains("transfer-encoding"))
                let id = try connectionID(in: head)
                let peer = try listener.accepted()
                try tunnel.write("to the peer")
                #expect(try peer.read() == Array("to the peer".utf8))
                try peer.write("and back")
                #expect(try tunnel.read() == Array("and back".utf8))
                let shown = try service.get("/v1/connections/\(id)").json
                #expect(shown["origin"] == "tunnel")
                #expect(try service.get("/v1/connections?origin=tunnel").json["connections"].elements.count == 1)
            }
        }

        @Test(arguments: [true, false]) func aHalfCloseIsCarriedThrough(clientIsFirst: Bool) throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let (head, tunnel) = try open(service, to: "127.0.0.1:\(listener.localPort)")
                let id = try connectionID(in: head)
                let peer = try listener.accepted()
                let (first, second) = clientIsFirst ? (tunnel, peer) : (peer, tunnel)
                try first.write("a question")
                first.endWriting()
                #expect(try second.read() == Array("a question".utf8))
                #expect(try second.read() == [])
                // Longer than HTTP's own patience with a client that has ended. That nothing happens is what is to be seen,
                // so there is no condition to wait for.
                Thread.sleep(forTimeInterval: 1.5)
                try second.write("an answer")
                #expect(try first.read() == Array("an answer".utf8))
                second.endWriting()
                #expect(try first.read() == [])
                let end = try service.get("/v1/connections/\(id)?wait=closed&timeout=5s").json
                #expect(end["closeReason"] == "normal" || end["state"] == "TIME-WAIT", "\(end)")
            }
        }

        @Test func aResetOfEitherEndReachesTheOther() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let target = "127.0.0.1:\(listener.localPort)"
                let first = try open(service, to: target)
                try listener.accepted().reset()
                #expect(throws: HarnessError.self) { while try !first.tunnel.read().isEmpty {} }

                let second = try open(service, to: target)
                let peer = try listener.accepted()
                second.tunnel.reset()
                #expect(throws: HarnessError.self) { while try !peer.read().isEmpty {} }
                let end = try service.get("/v1/connections/\(try connectionID(in: second.head))").json
                #expect(end["closeReason"] == "aborted")
            }
        }

        @Test func whoDoesNotReadHoldsTheOtherUp() throws {
            let network = try NetworkNamespace.withStandardBuffers()
            let listener = try KernelSocket.listening(in: network)
            try Service.run(in: network) { service in
                let (_, tunnel) = try open(service, to: "127.0.0.1:\(listener.localPort)")
                let peer = try listener.accepted()
                for (writer, reader) in [(tunnel, peer), (peer, tunnel)] {
                    let piece = [UInt8](repeating: 7, count: 65_536)
                    _ = fcntl(writer.descriptor, F_SETFL, O_NONBLOCK)
                    var sent = 0
                    // Until nothing has been taken for a second.
                    while writer.isWritable(within: 1_000) {
                        sent += max(send(writer.descriptor, piece, piece.count, Int32(MSG_NOSIGNAL)), 0)
                    }
                    _ = fcntl(writer.descriptor, F_SETFL, 0)
                    // Every buffer on the way is bounded: two of the kernel's at most 6 MiB, and ours of 1 MiB.
                    #expect(sent < 24 << 20)
                    var received = 0
                    while received < sent { received += try reader.read().count }
                    #expect(received == sent)
                }
            }
        }

        @Test func failuresAreTheProblemsOfOpening() throws {
            let free = try KernelSocket.freePort()
            try Service.run { service in
                for (target, status, type) in [
                    ("127.0.0.1:\(free)", 502, "connection-refused"), ("192.0.2.1:80", 403, "target-not-allowed"),
                    ("127.1:80", 400, "bad-request"), ("2130706433:80", 400, "bad-request"),
                    ("0x7f000001:80", 400, "bad-request"), ("0.0.0.0:80", 403, "target-not-allowed"),
                    ("255.255.255.255:80", 403, "target-not-allowed"),
                    ("[::ffff:192.0.2.1]:80", 403, "target-not-allowed"),
                    ("does.not.exist.invalid:80", 502, "unreachable"),
                ] {
                    let octets = Array("CONNECT \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
                    expectProblem(try service.client.exchange(octets), status, type)
                }
            }
        }

        @Test func withATokenTheTunnelAsksForIt() throws {
            let directory = try TemporaryDirectory()
            let token = try directory.write("a-token-of-mine", to: "token")
            let listener = try KernelSocket.listening()
            try Service.run(["--token-file", token], token: "a-token-of-mine") { service in
                let target = "127.0.0.1:\(listener.localPort)"
                let (refused, _) = try open(service, to: target)
                #expect(refused.hasPrefix("HTTP/1.1 407 "))
                #expect(refused.contains("\r\nProxy-Authenticate: Basic, Bearer\r\n"))
                let basic = Data("me:a-token-of-mine".utf8).base64EncodedString()
                for credentials in ["Bearer a-token-of-mine", "Basic \(basic)"] {
                    let (head, _) = try open(
                        service, to: target, fields: "Proxy-Authorization: \(credentials)\r\n")
                    #expect(head.hasPrefix("HTTP/1.1 200 "))
                }
            }
        }

        @Test func curlTunnelsToTheServiceItself() throws {
            try Service.run { service in
                let base = "http://127.0.0.1:\(service.client.port)"
                // The inner connection ends at the same service, over raw TCP.
                let answer = try ChildProcess.run([
                    "curl", "-sS", "--max-time", "20", "--proxytunnel", "--proxy", base, "--noproxy", "",
                    base + "/healthz",
                ])
                #expect(answer == "{\"status\":\"ok\"}\n")
            }
        }
    }
}
