import Foundation
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
