import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Connections beside each other.
    @Suite struct ManyConnections {
        @Test func twoHundredConnectionsAtOnceEachHearTheirOwnEcho() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connections = try concurrently(200, width: 16) { _ in try service.connect(to: server.port) }
                #expect(Set(connections).count == 200)
                let listed = try service.get("/v1/connections?limit=1000&state=ESTABLISHED").json["connections"]
                    .elements
                #expect(listed.count == 200)
                #expect(Set(listed.map { $0["local"]["port"] }).count == 200)

                let echoes = try concurrently(200, width: 16) { index in
                    let sent = try service.post("\(connections[index])/send", ["text": "to connection \(index)"])
                    guard sent.status == 200 else { return "\(sent)" }
                    let length = "to connection \(index)".utf8.count
                    return try service.get("\(connections[index])/received?minimum=\(length)&wait=10s").text
                }
                #expect(echoes == (0..<200).map { "to connection \($0)" })

                let closed = try concurrently(200, width: 16) { index in
                    try service.post("\(connections[index])/close").status
                }
                #expect(closed.allSatisfy { $0 == 200 })
            }
        }

        /// Text, FIN and RST behind each other reach the service in one batch, where each may find the connection over.
        @Test func aCrowdThatLeavesAbruptlyHurtsNobodyElse() throws {
            let listener = try KernelSocket.listening()
            let server = try EchoServer()
            try Service.run { service in
                let bystander = try service.connect(to: server.port)
                for _ in 0..<10 {
                    let crowd = try (0..<12).map { _ in
                        let connection = try service.connect(to: listener.localPort)
                        return (connection, try listener.accepted())
                    }
                    for (_, peer) in crowd {
                        try peer.write("so long")
                        peer.endWriting()
                        peer.reset()
                    }
                    for (connection, _) in crowd {
                        let ended = try service.get("\(connection)?wait=closed&timeout=5s").json
                        #expect(ended["closeReason"] == "reset-by-peer")
                    }
                }
                #expect(try service.post("\(bystander)/send", ["text": "still here"]).status == 200)
                #expect(try service.get("\(bystander)/received?minimum=10&wait=5s").text == "still here")
            }
        }

        @Test func portsAreSharedAmongPeersButNotWithinOne() throws {
            let servers = [try EchoServer(), try EchoServer()]
            try Service.run { service in
                let local = try KernelSocket.freePort()
                let endpoint = JSON.string("127.0.0.1:\(local)")
                _ = try service.connect(to: servers[0].port, ["local": endpoint])
                _ = try service.connect(to: servers[1].port, ["local": endpoint])
                let third = try service.post(
                    "/v1/connections", ["remote": "127.0.0.1:\(servers[0].port)", "local": endpoint])
                expectProblem(third, 409, "port-in-use")
                #expect(third.json["detail"].string?.contains("c1") == true, "\(third)")
            }
        }
    }
}
