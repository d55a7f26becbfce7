import Foundation
import TestSupport

/// Two networks joined by a pair of virtual Ethernet devices of one name, MTU 1500, each end with an address of a /24; and one
/// of the same number in fd00::/64: 10.77.1.2 has fd00::2 beside it.
struct VethPair {
    private let ends: [(network: NetworkNamespace, address: String)]
    private let device: String

    init(
        _ first: NetworkNamespace, _ firstAddress: String, _ second: NetworkNamespace, _ secondAddress: String,
        device: String = "veth0"
    ) {
        ends = [(first, firstAddress), (second, secondAddress)]
        self.device = device
    }

    /// Makes the pair. The devices go with their namespaces.
    func connect() throws {
        // A namespace without a name is named by a process in it.
        let anchor = try ends[1].network.perform { Result { try ChildProcess(["sleep", "60"]) } }.get()
        try run(0, ["ip", "link", "add", device, "type", "veth", "peer", "name", device, "netns", "\(anchor.pid)"])
        for index in ends.indices {
            let host = ends[index].address.split(separator: ".").last ?? ""
            try run(index, ["ip", "address", "add", "\(ends[index].address)/24", "dev", device])
            try run(index, ["ip", "address", "add", "fd00::\(host)/64", "dev", device, "nodad"])
            try run(index, ["ip", "link", "set", device, "up"])
        }
    }

    private func run(_ index: Int, _ command: [String]) throws {
        _ = try ends[index].network.perform { Result { try ChildProcess.run(command) } }.get()
    }
}
