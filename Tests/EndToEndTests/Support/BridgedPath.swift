import Engine
import Foundation
import Middlebox
import TestSupport

/// Two networks with a middlebox between them that does to packets what the simulator's model of a path says: 10.77.N.1 is ours,
/// 10.77.N.2 the far one's.
final class BridgedPath {
    let here: NetworkNamespace
    let there: NetworkNamespace
    let far: String
    private let middlebox: Middlebox

    /// Builds it; `number` keeps paths of one test apart. Both directions are alike.
    init(_ number: Int, _ path: NetworkPath, seed: UInt64) throws {
        let box = try NetworkNamespace()
        here = try NetworkNamespace()
        there = try NetworkNamespace()
        far = "10.77.\(number).2"
        let middle = try box.perform { Result { try ChildProcess(["sleep", "120"]) } }.get()
        defer { withExtendedLifetime(middle) {} }
        for (network, inner, outer, host) in [(here, "near", "west", 1), (there, "far", "east", 2)] {
            // Whole segments with their sums, since the middlebox passes on what it gets.
            try network.run(
                lines: """
                    ip link add \(inner) type veth peer name \(outer) netns \(middle.pid)
                    ethtool -K \(inner) tx off tso off gso off gro off
                    ip address add 10.77.\(number).\(host)/24 dev \(inner)
                    ip link set \(inner) up
                    """)
            try box.run(["ip", "link", "set", outer, "up"])
        }
        let middlebox = try box.perform { Result { try Middlebox(between: "west", and: "east") } }.get()
        self.middlebox = middlebox
        Thread.detachNewThread { middlebox.run((path, path), seed: seed) }
    }

    deinit { middlebox.stop() }
}
