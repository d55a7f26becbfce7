import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Bulk data to a peer of the kernel's, over a link that drops segments at random.
    @Suite struct LossyPath {
        /// Both directions lose so many segments in a hundred; what arrives is what was sent, and the log tells of every
        /// repair as often as it was counted.
        @Test(arguments: [1, 5])
        func everyOctetArrivesOverALinkThatLoses(percent: Int) throws {
            let (here, there) = (try NetworkNamespace(), try NetworkNamespace())
            try VethPair(here, "10.77.4.1", there, "10.77.4.2").connect()
            for network in [here, there] { try Self.lose(percent, in: network) }
            try Self.send(64 << 20, from: here, to: "10.77.4.2", in: there, seed: UInt64.random(in: 0...(.max)))
        }

        /// The same with delay and reordering, which need a middlebox: kernels without `netem` have no such link.
        @Test func everyOctetArrivesThroughTheModelOfAPath() throws {
            var path = NetworkPath()
            path.delay = .microseconds(500)
            path.loss = 0.01
            path.reordering = 0.01
            path.lateness = .microseconds(300)
            let seed = UInt64.random(in: 0...(.max))
            let link = try BridgedPath(5, path, seed: seed)
            try Self.send(64 << 20, from: link.here, to: link.far, in: link.there, seed: seed)
        }

        private static func send(
            _ count: Int, from here: NetworkNamespace, to far: String, in there: NetworkNamespace, seed: UInt64
        ) throws {
            let server = try KernelSocket.listening(at: far, in: there)
            var random = SplitMix64(seed: seed)
            let octets = random.octets(count)
            try Service.run(["--allow-target", "10.77.0.0/16", "--log-segments", "1000000"], in: here) { service in
                let connection = try Self.connect(service, "\(far):\(server.localPort)")
                let peer = try server.accepted()
                let received = try inParallel(
                    { try Self.readAll(octets.count, from: peer) },
                    {
                        let answer = try service.post("\(connection)/send?timeout=60s", octets: octets)
                        #expect(answer.status == 200, "seed \(seed)")
                    })
                let isEqual = received == octets
                #expect(isEqual, "seed \(seed): \(received.count) octets arrived")
                try Self.expectCountersOfTheLog(connection, service)
                try Self.expectBoundedHistory(connection, service)
            }
        }

        /// A handshake may need a second SYN, or a third.
        private static func connect(_ service: Service, _ remote: String) throws -> String {
            let answer = try service.post("/v1/connections?timeout=30s", ["remote": .string(remote)])
            try #require(answer.status == 201, "\(answer)")
            return "/v1/connections/\(answer.json["id"].string ?? "")"
        }

        /// Offloads off, so that one drop costs one segment and not 64 KiB; then drops at random, but not on the loopback, where HTTP
        /// passes.
        private static func lose(_ percent: Int, in network: NetworkNamespace) throws {
            let isLost = "numgen random mod 100 < \(percent)"
            let commands = [
                ["ethtool", "-K", "veth0", "tso", "off", "gso", "off", "gro", "off"],
                ["nft", "add table ip lossy"],
                ["nft", "add chain ip lossy input { type filter hook input priority 0; }"],
                ["nft", "add rule ip lossy input iifname veth0 ip protocol tcp \(isLost) drop"],
            ]
            for command in commands { _ = try network.perform { Result { try ChildProcess.run(command) } }.get() }
        }

        private static func readAll(_ count: Int, from peer: KernelSocket) throws -> [UInt8] {
            var octets: [UInt8] = []
            octets.reserveCapacity(count)
            while octets.count < count {
                let part = try peer.read()
                guard !part.isEmpty else { break }
                octets += part
            }
            return octets
        }

        /// Of the many rows that such a transfer makes only the newest are kept.
        private static func expectBoundedHistory(_ connection: String, _ service: Service) throws {
            let history = try service.get("\(connection)/history?fields=cwnd").json
            let newest = try #require(history["next"].int)
            #expect(history["rows"].elements.count == min(newest, 2_048))
            #expect(history["evicted"].int == max(newest - 2_048, 0))
        }

        private static func expectCountersOfTheLog(_ connection: String, _ service: Service) throws {
            let shown = try service.get(connection).json
            let repairs = shown["recovery"]["repairs"]
            var total = 0
            for cause in ["rto", "fast-retransmit", "sack-retransmit", "rack-retransmit", "tail-loss-probe"] {
                let counted = repairs[cause].int
                let id = shown["id"].string ?? ""
                let page = try service.get("/v1/segments?connection=\(id)&cause=\(cause)&direction=out&limit=10000")
                    .json
                #expect(page["segments"].elements.count == counted, "\(cause)")
                total += counted ?? 0
            }
            #expect(total > 0)
            #expect(repairs["rto"].int ?? 0 < total / 10)
        }
    }
}
