import CNIO
import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What routers say: believed where it quotes what we have in flight, and only then.
    @Suite struct NetworkErrors {
        private static let flags = ["--allow-target", "10.0.0.0/8", "--allow-target", "[fd00::]/8"]

        @Test(arguments: [4, 6]) func aNarrowerPathIsFoundAndTheDataArrives(version: Int) throws {
            let path = try RoutedPath(20 + version, mtu: 1_300)
            let address = version == 4 ? path.far4 : path.far6
            let server = try KernelSocket.listening(at: address, in: path.there)
            // The far end announces the MSS of a wide path, as one behind a narrower router would.
            try path.there.run(["ip", "link", "set", "far", "mtu", "1500"])
            var random = SplitMix64(seed: UInt64(version))
            let octets = random.octets(1 << 20)
            try Service.run(Self.flags, in: path.here) { service in
                let remote = JSON.string(
                    version == 4 ? "\(address):\(server.localPort)" : "[\(address)]:\(server.localPort)")
                let opened = try service.post("/v1/connections", ["remote": remote])
                try #require(opened.status == 201, "\(opened)")
                let headers = version == 4 ? 40 : 60
                #expect(opened.json["mss"].int == 1_500 - headers)
                let peer = try server.accepted()
                let received = try inParallel({ try peer.read(all: octets.count) }) {
                    let answer = try service.post("/v1/connections/c1/send?timeout=20s", octets: octets)
                    #expect(answer.status == 200, "\(answer)")
                }
                let isEqual = received == octets
                #expect(isEqual)
                let connection = try service.get("/v1/connections/c1").json
                #expect(connection["mss"].int == 1_300 - headers)
                #expect(connection["pathMtu"] == 1_300)
                #expect(connection["networkError"]["summary"].string?.contains("packet too big") == true)
                let records = try service.segments(of: "c1")
                #expect(records.contains { $0["cause"] == "mtu-retransmit" })

                // Whoever comes next begins with what the first has learned.
                let next = try service.post("/v1/connections", ["remote": remote])
                #expect(next.json["mss"].int == 1_300 - headers, "\(next)")
            }
        }

        @Test(arguments: [4, 6]) func aHardErrorEndsTheHandshakeAtOnce(version: Int) throws {
            let path = try RoutedPath(30 + version, mtu: 1_500)
            try path.router.run(["nft", "add", "table", "inet", "t"])
            try path.router.run(["nft", "add chain inet t f { type filter hook forward priority 0 ; }"])
            try path.router.run(["nft", "add rule inet t f tcp dport 81 reject with icmpx type port-unreachable"])
            try Service.run(Self.flags, in: path.here) { service in
                let remote = version == 4 ? "\(path.far4):81" : "[\(path.far6)]:81"
                let answer = try service.post("/v1/connections?timeout=20s", ["remote": .string(remote)])
                expectProblem(answer, 502, "unreachable")
                #expect(answer.json["detail"].string?.contains("port unreachable") == true, "\(answer)")
                let connection = try service.get("/v1/connections/c1").json
                #expect(connection["closeReason"] == "unreachable")
                // Not the three minutes of R2: at most one repetition, should the first have met an unknown neighbour.
                #expect(try service.segments(of: "c1").count <= 2)
            }
        }

        @Test func aSoftErrorIsRememberedAndNamedWhenPatienceEnds() throws {
            let path = try RoutedPath(40, mtu: 1_500)
            // The far network is there, the host is not.
            try path.router.run(["ip", "route", "add", "unreachable", "10.78.40.9"])
            try Service.run(Self.flags, in: path.here) { service in
                let answer = try service.post("/v1/connections?timeout=2500ms", ["remote": "10.78.40.9:80"])
                expectProblem(answer, 502, "unreachable")
                #expect(answer.json["detail"].string?.contains("host unreachable (ICMP 3/1 from 10.77.40.254)") == true)
                let connection = try service.get("/v1/connections/c1").json
                #expect(connection["closeReason"] == "timeout")
                #expect(connection["networkError"]["icmp"]["code"] == 1)
                #expect(connection["networkError"]["from"] == "10.77.40.254")
            }
        }

        @Test func forgedErrorsDoNothing() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.50.1", there, "10.77.50.2").connect()
            let server = try KernelSocket.listening(at: "10.77.50.2", in: there)
            try Service.run(Self.flags, in: here) { service in
                let opened = try service.post("/v1/connections", ["remote": "10.77.50.2:\(server.localPort)"])
                try #require(opened.status == 201, "\(opened)")
                let local = UInt16(try #require(opened.json["local"]["port"].int))
                let una = UInt32(try #require(opened.json["send"]["una"].int))
                let forger = ForgedICMP(
                    from: "10.77.50.2", to: "10.77.50.1", ports: (local, UInt16(server.localPort)), network: there)
                // Nothing is in flight, so no sequence number is right, near or far.
                for sequence in [una, una &- 1, una &+ 1, una &+ 1 << 31, 0] {
                    try forger.send(type: 3, code: 4, mtu: 576, sequence: sequence)
                    try forger.send(type: 3, code: 3, mtu: 0, sequence: sequence)
                }
                let counters = try service.awaitCounters { $0["networkErrors"]["received"].int ?? 0 >= 10 }
                #expect(counters["networkErrors"]["disbelieved"] == 10)
                let connection = try service.get("/v1/connections/c1").json
                #expect(connection["state"] == "ESTABLISHED")
                #expect(connection["mss"] == opened.json["mss"])
                #expect(connection["networkError"] == .null)
                // Nor does the kernel learn a path MTU through us.
                let next = try service.post("/v1/connections", ["remote": "10.77.50.2:\(server.localPort)"])
                #expect(next.json["pathMtu"] == 1_500)
            }
        }

        @Test func aDeviceThatShrinksUnderAConnectionIsNoticedAtTheNextSend() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.51.1", there, "10.77.51.2").connect()
            let server = try KernelSocket.listening(at: "10.77.51.2", in: there)
            var random = SplitMix64(seed: 51)
            let octets = random.octets(100_000)
            try Service.run(Self.flags, in: here) { service in
                let opened = try service.post("/v1/connections", ["remote": "10.77.51.2:\(server.localPort)"])
                try #require(opened.status == 201, "\(opened)")
                let peer = try server.accepted()
                try here.run(["ip", "link", "set", "veth0", "mtu", "1000"])
                let received = try inParallel({ try peer.read(all: octets.count) }) {
                    let answer = try service.post("/v1/connections/c1/send?timeout=20s", octets: octets)
                    #expect(answer.status == 200, "\(answer)")
                }
                let isEqual = received == octets
                #expect(isEqual)
                #expect(try service.get("/v1/connections/c1").json["mss"] == 960)
            }
        }
    }
}

/// ICMP errors that anyone can send who can reach us.
struct ForgedICMP {
    private let destination: String
    private let quote: [UInt8]
    private let network: NetworkNamespace

    /// Errors that quote a segment between these ports.
    init(from source: String, to destination: String, ports: (UInt16, UInt16), network: NetworkNamespace) {
        self.destination = destination
        self.network = network
        let octets = { (text: String) in text.split(separator: ".").compactMap { UInt8($0) } }
        // The quoted segment went from the victim to the claimed peer.
        let ip: [UInt8] = [0x45, 0, 0x05, 0xdc, 0, 0, 0x40, 0, 64, 6, 0, 0] + octets(destination) + octets(source)
        quote = ip + [ports.0, ports.1].flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    func send(type: UInt8, code: UInt8, mtu: UInt16, sequence: UInt32) throws {
        let place = (0..<4).map { UInt8(truncatingIfNeeded: sequence >> (24 - 8 * UInt32($0))) }
        let message = [type, code, 0, 0, 0, 0, UInt8(mtu >> 8), UInt8(truncatingIfNeeded: mtu)] + quote + place
        try network.perform { [destination] in Result { try sendICMP(message, to: destination) } }.get()
    }
}

extension Service {
    /// Asks for the engine's counters until they satisfy the condition, as long as patience lasts; the newest.
    func awaitCounters(_ condition: (JSON) -> Bool) throws -> JSON {
        let deadline = ContinuousClock.now + .patience
        while true {
            let counters = try get("/v1/engine").json["counters"]
            if condition(counters) || ContinuousClock.now > deadline { return counters }
        }
    }
}
