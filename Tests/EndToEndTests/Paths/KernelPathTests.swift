import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Against the kernel's TCP over a link that loses packets, in both directions and both roles.
    @Suite struct KernelPath {
        /// One way of being connected.
        struct Case: Sendable, CustomStringConvertible {
            let number: Int
            let isActive: Bool
            let version: Int
            let mtu: Int
            let offloads: Bool
            /// Of a hundred packets in each direction, so many are lost.
            let loss: Int
            let octets: Int
            var description: String {
                "\(isActive ? "active" : "passive") IPv\(version) MTU \(mtu) offloads \(offloads) loss \(loss) % \(octets) octets"
            }
        }

        /// Every combination with `KERNEL_PATHS=all`, as `make check` runs them, or those of the numbers that it names, such
        /// as `0-11,40`; a selection without it.
        static let cases = ProcessInfo.processInfo.environment["KERNEL_PATHS"].map(chosen) ?? selection

        private static func chosen(_ text: String) -> [Case] {
            if text == "all" { return product }
            return text.split(separator: ",").flatMap { part in
                let ends = part.split(separator: "-").compactMap { Int($0) }
                guard let first = ends.first, let last = ends.last, first <= last else { return [Case]() }
                return (first...last).filter(product.indices.contains).map { product[$0] }
            }
        }

        /// Both roles, both families, both MTUs, offloads on and off, each at each loss.
        private static let product = (0..<48).map { number in
            let (bits, loss) = (number / 3, [1, 5, 20][number % 3])
            return Case(
                number: 100 + number, isActive: bits & 1 == 0, version: bits & 2 == 0 ? 4 : 6,
                mtu: bits & 4 == 0 ? 1_500 : 9_000, offloads: bits & 8 != 0, loss: loss,
                octets: loss == 20 ? 1 << 20 : 16 << 20)
        }

        /// A covering array: any two values of any two columns meet in one of the cases.
        private static let selection = [
            Case(number: 80, isActive: true, version: 4, mtu: 1_500, offloads: false, loss: 20, octets: 1 << 20),
            Case(number: 81, isActive: false, version: 6, mtu: 1_500, offloads: false, loss: 5, octets: 16 << 20),
            Case(number: 82, isActive: true, version: 6, mtu: 9_000, offloads: false, loss: 1, octets: 16 << 20),
            Case(number: 83, isActive: false, version: 4, mtu: 1_500, offloads: true, loss: 1, octets: 16 << 20),
            Case(number: 84, isActive: true, version: 4, mtu: 9_000, offloads: true, loss: 5, octets: 16 << 20),
            Case(number: 85, isActive: false, version: 6, mtu: 9_000, offloads: true, loss: 20, octets: 1 << 20),
        ]

        @Test(arguments: cases) func whatIsEchoedComesBackEqual(subject: Case) throws {
            let link = try LossyLink(subject)
            let seed = UInt64.random(in: 0...(.max))
            var random = SplitMix64(seed: seed)
            let octets = random.octets(subject.octets)
            try Service.run(link.flags, in: link.here) { service in
                let start = ContinuousClock.now
                let echoed =
                    try subject.isActive ? callTheKernel(octets, link, service) : bringTheKernel(octets, link, service)
                let isEqual = echoed == octets
                #expect(isEqual, "\(subject), seed \(seed): \(echoed.count) octets came back")
                print("\(subject): \((ContinuousClock.now - start).components.seconds) s")
            }
        }

        /// Our client and the kernel's server.
        private func callTheKernel(_ octets: [UInt8], _ link: LossyLink, _ service: Service) throws -> [UInt8] {
            let server = try KernelSocket.listening(at: link.far, in: link.there)
            let opened = try service.post(
                "/v1/connections?wait=none",
                ["remote": .string(link.remote(server.localPort)), "userTimeout": Self.userTimeout])
            try #require(opened.status == 202, "\(opened)")
            let patience = TCPPatience(service)
            return try inParallel({ try service.readAll(octets.count, from: "/v1/connections/c1", patience) }) {
                // The handshake's last ACK may be lost: only text behind it may make the kernel accept.
                _ = try inParallel({ try server.accepted(patience).echoAll(octets.count, patience) }) {
                    try service.sendAll(octets, to: "/v1/connections/c1", patience)
                }
            }
        }

        /// The kernel's client and our server.
        private func bringTheKernel(_ octets: [UInt8], _ link: LossyLink, _ service: Service) throws -> [UInt8] {
            let opened = try service.post(
                "/v1/listeners",
                ["local": .string(link.local(0)), "service": "echo", "userTimeout": Self.userTimeout])
            try #require(opened.status == 201, "\(opened)")
            let port = UInt16(try #require(opened.json["local"]["port"].int))
            let client = try KernelSocket.connected(
                to: port, at: link.near, in: link.there, patience: TCPPatience.longestHandshake)
            let patience = TCPPatience(service)
            return try inParallel({ try client.read(all: octets.count, patience) }) {
                try client.write(octets, patience)
            }
        }

        /// At 20 % in each direction a repetition fails with 36 %, and nine in a row, which R2's 100 s allow, are met once
        /// in some 10,000 timeouts: too often for 16 such cases.
        private static let userTimeout: JSON = "600s"
    }
}

/// Two networks joined by a link that loses what it is told to lose.
struct LossyLink {
    let here: NetworkNamespace
    let there: NetworkNamespace
    let near, far: String
    let flags = ["--allow-target", "10.0.0.0/8", "--allow-target", "[fd00::]/8"]

    init(_ subject: EndToEnd.KernelPath.Case) throws {
        here = try NetworkNamespace()
        there = try NetworkNamespace()
        let network = "10.77.\(subject.number)"
        try VethPair(here, "\(network).1", there, "\(network).2").connect()
        near = subject.version == 4 ? "\(network).1" : "fd00::1"
        far = subject.version == 4 ? "\(network).2" : "fd00::2"
        for end in [here, there] {
            try end.run(["ip", "link", "set", "veth0", "mtu", "\(subject.mtu)"])
            let state = subject.offloads ? "on" : "off"
            try end.run(["ethtool", "-K", "veth0", "tso", state, "gso", state, "gro", state])
            // Before the raw socket and the kernel's TCP get it. Each end loses what comes to it over the link, and nothing else:
            // HTTP passes the loopback of the same namespace.
            try end.run(["nft", "add table inet loss"])
            try end.run(["nft", "add chain inet loss in { type filter hook prerouting priority -300 ; }"])
            let isLost = "numgen random mod 100 < \(subject.loss)"
            try end.run(["nft", "add rule inet loss in iifname veth0 meta l4proto tcp \(isLost) drop"])
        }
    }

    func remote(_ port: UInt16) -> String { far.contains(":") ? "[\(far)]:\(port)" : "\(far):\(port)" }
    func local(_ port: UInt16) -> String { near.contains(":") ? "[\(near)]:\(port)" : "\(near):\(port)" }
}
