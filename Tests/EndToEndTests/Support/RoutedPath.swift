import Foundation
import TestSupport

/// Three networks in a row: ours, a router's, and a far one. 10.77.N.1 and fdN::1 are ours, 10.78.N.2 and fdN:1::2 far away; the
/// far leg is narrower.
struct RoutedPath {
    let here: NetworkNamespace
    let router: NetworkNamespace
    let there: NetworkNamespace
    let near4, near6, far4, far6: String
    /// N.
    private let number: Int

    /// Makes the path; `number` keeps paths of one test apart, `mtu` is that of the far leg.
    init(_ number: Int, mtu: Int) throws {
        self.number = number
        here = try NetworkNamespace()
        router = try NetworkNamespace()
        there = try NetworkNamespace()
        near4 = "10.77.\(number).1"
        near6 = "fd\(number)::1"
        far4 = "10.78.\(number).2"
        far6 = "fd\(number):1::2"
        try makeNearLeg()
        try makeFarLeg(mtu)
        try here.run(
            lines: """
                ip route add default via 10.77.\(number).254
                ip -6 route add default via fd\(number)::fe
                """)
    }

    private func makeNearLeg() throws {
        // A namespace without a name is named by a process in it.
        let anchor = try router.perform { Result { try ChildProcess(["sleep", "120"]) } }.get()
        defer { withExtendedLifetime(anchor) {} }
        try here.run(
            lines: """
                ip link add near type veth peer name west netns \(anchor.pid)
                ip address add \(near4)/24 dev near
                ip -6 address add \(near6)/64 dev near nodad
                ip link set near up
                """)
        try router.set("net/ipv4/ip_forward", to: "1")
        try router.set("net/ipv6/conf/all/forwarding", to: "1")
        // Errors as fast as they are due: the kernel's limit of one a second would make tests wait.
        try router.set("net/ipv4/icmp_ratelimit", to: "0")
        try router.set("net/ipv6/icmp/ratelimit", to: "0")
        try router.run(
            lines: """
                ip address add 10.77.\(number).254/24 dev west
                ip -6 address add fd\(number)::fe/64 dev west nodad
                ip link set west up
                """)
    }

    private func makeFarLeg(_ mtu: Int) throws {
        let anchor = try there.perform { Result { try ChildProcess(["sleep", "120"]) } }.get()
        defer { withExtendedLifetime(anchor) {} }
        try router.run(
            lines: """
                ip link add east type veth peer name far netns \(anchor.pid)
                ip address add 10.78.\(number).254/24 dev east
                ip -6 address add fd\(number):1::fe/64 dev east nodad
                ip link set east mtu \(mtu)
                ip link set east up
                """)
        try there.run(
            lines: """
                ip address add \(far4)/24 dev far
                ip -6 address add \(far6)/64 dev far nodad
                ip link set far up
                ip route add default via 10.78.\(number).254
                ip -6 route add default via fd\(number):1::fe
                """)
    }
}
