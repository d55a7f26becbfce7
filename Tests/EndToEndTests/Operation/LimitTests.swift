import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that take more than their share.
    @Suite struct Limits {
        private func head(_ target: String, _ service: Service) -> String {
            "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(service.client.port)\r\n"
        }

        /// What comes until the server closes.
        private func rest(of socket: KernelSocket) throws -> String {
            var octets: [UInt8] = []
            while case let piece = try socket.read(), !piece.isEmpty { octets += piece }
            return String(decoding: octets, as: UTF8.self)
        }

        @Test func slowHeadsBodiesAndIdleClientsAreCutOff() throws {
            // Long enough for a client that does come to say so in time.
            let limits = ["headTimeout=2s", "bodyTimeout=2s", "idleTimeout=2s"].flatMap { ["--limit", $0] }
            try Service.run(limits) { service in
                let shown = try service.get("/v1/engine").json["limits"]
                #expect(shown["headTimeout"] == 2)
                let slowHead = try KernelSocket.connected(to: service.client.port)
                try slowHead.write(head("/healthz", service))
                let slowBody = try KernelSocket.connected(to: service.client.port)
                try slowBody.write(
                    "POST /v1/connections HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 30\r\n\r\n{\"remote\":")
                let idle = try KernelSocket.connected(to: service.client.port)
                #expect(try rest(of: slowHead).hasPrefix("HTTP/1.1 408 "))
                let answer = try rest(of: slowBody)
                #expect(answer.hasPrefix("HTTP/1.1 408 "))
                #expect(answer.contains("\r\nConnection: close\r\n"))
                #expect(try rest(of: idle) == "")
            }
        }

        @Test func aSlowReaderIsCutOffAndHoldsNothing() throws {
            try Service.run(["--limit", "writeTimeout=300ms"]) { service in
                let listener = try KernelSocket.listening()
                let connection = try service.connect(to: listener.localPort)
                let peer = try listener.accepted()
                let slow = try KernelSocket.connected(to: service.client.port)
                try slow.write(head("\(connection)/received?follow=1&release=all", service) + "\r\n")
                // More than the buffers on the way hold, so that the service has to wait for the reader.
                let flood = [UInt8](repeating: 1, count: 1 << 20)
                _ = fcntl(peer.descriptor, F_SETFL, O_NONBLOCK)
                var isCut = false
                for _ in 1...200 where !isCut {
                    while send(peer.descriptor, flood, flood.count, Int32(MSG_NOSIGNAL)) > 0 {}
                    _ = peer.isWritable(within: 50)
                    isCut = try service.get("/metrics").text.contains("\nrawtcpweb_http_connections 1\n")
                }
                #expect(isCut, "the reader still has its connection")
            }
        }

        @Test func aFullServerSaysSoAndStillTellsItsHealth() throws {
            try Service.run(["--limit", "httpConnections=40"]) { service in
                // 32 are for everybody, 8 are kept.
                let holders = try (1...32).map { _ in
                    let socket = try KernelSocket.connected(to: service.client.port)
                    try socket.write(head("/healthz", service) + "\r\n")
                    #expect(try String(decoding: socket.read(), as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
                    return socket
                }
                let refused = try service.get("/v1/connections")
                expectProblem(refused, 503, "too-many-connections")
                #expect(refused.fields["retry-after"] == "1")
                #expect(refused.fields["connection"] == "close")
                #expect(try service.get("/healthz").status == 200)
                withExtendedLifetime(holders) {}
                holders[0].endWriting()
                _ = try rest(of: holders[0])
                #expect(try service.get("/v1/connections").status == 200)
            }
        }

        @Test func aBurstOfFiveThousandConnectionsIsServedOrRefused() throws {
            // Fewer descriptors than connections: some must wait, none may be lost.
            try Service.run(prefix: ["prlimit", "--nofile=1000:1000"]) { service in
                let script = """
                    import collections, selectors, socket, time
                    outcomes, waiting = collections.Counter(), selectors.DefaultSelector()
                    request = b"GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
                    import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8000, max(8000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
                    for number in range(5000):
                        s = socket.socket(); s.setblocking(False); s.connect_ex(("127.0.0.1", \(service.client.port)))
                        waiting.register(s, selectors.EVENT_WRITE)
                    end = time.time() + 60
                    while waiting.get_map() and time.time() < end:
                        for key, event in waiting.select(1):
                            s = key.fileobj
                            try:
                                if event & selectors.EVENT_WRITE:
                                    s.send(request); waiting.modify(s, selectors.EVENT_READ); continue
                                answer = s.recv(4096); outcomes[answer[9:12].decode() or "closed"] += 1
                            except OSError as error: outcomes[type(error).__name__] += 1
                            waiting.unregister(s); s.close()
                    outcomes["silent"] = len(waiting.get_map())
                    print(dict(outcomes))
                    """
                let text = try ChildProcess.run(["python3", "-c", script], within: .seconds(90))
                let outcomes = text.matches(of: #/'(\w+)': (\d+)/#).map { (String($0.output.1), Int($0.output.2) ?? 0) }
                let counts = Dictionary(uniqueKeysWithValues: outcomes)
                #expect((counts["200"] ?? 0) + (counts["503"] ?? 0) == 5000, "\(text)")
                #expect((counts["200"] ?? 0) > 1000, "\(text)")
                #expect(try service.get("/healthz").status == 200)
            }
        }

        @Test func beyondLoopbackAClientHasItsShareOnly() throws {
            let network = try NetworkNamespace()
            _ = try network.perform {
                Result { try ChildProcess.run(["ip", "address", "add", "192.0.2.7/32", "dev", "lo"]) }
            }.get()
            let process = try network.perform {
                Result {
                    try ChildProcess([
                        Checkout.program, "serve", "--listen", "192.0.2.7:0", "--insecure", "--limit",
                        "httpConnectionsPerClient=3",
                    ])
                }
            }.get()
            let pattern = #/http://192\.0\.2\.7:(\d+)/#
            #expect(process.output.wait(within: .patience) { $0.contains(pattern) }, "\(process.diagnosis)")
            let port = try #require(process.output.text.firstMatch(of: pattern).flatMap { UInt16($0.output.1) })
            let request = "GET /healthz HTTP/1.1\r\nHost: 192.0.2.7\r\n\r\n"
            var sockets: [KernelSocket] = []
            for number in 1...4 {
                let socket = try KernelSocket.connected(to: port, at: "192.0.2.7", in: network)
                try socket.write(request)
                let answer = String(decoding: try socket.read(), as: UTF8.self)
                #expect(answer.hasPrefix(number <= 3 ? "HTTP/1.1 200 " : "HTTP/1.1 429 "), "\(answer)")
                #expect(answer.contains("\r\nRetry-After: ") == (number > 3))
                sockets.append(socket)
            }
            withExtendedLifetime(sockets) {}
            process.signal(SIGTERM)
            #expect(try process.wait(within: .patience) == .exited(0))
        }
    }
}
