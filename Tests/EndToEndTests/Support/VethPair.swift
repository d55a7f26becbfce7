import Foundation

/// Two networks joined by a pair of virtual Ethernet devices, MTU 1500, each end with an address of a /24; and one of the
/// same name in fd00::/64: 10.77.1.2 has fd00::2 beside it.
struct VethPair {
    private let ends: [(network: NetworkNamespace, address: String)]

    init(_ first: NetworkNamespace, _ firstAddress: String, _ second: NetworkNamespace, _ secondAddress: String) {
        ends = [(first, firstAddress), (second, secondAddress)]
    }

    /// Makes the pair. The devices go with their namespaces.
    func connect() throws {
        // A namespace without a name is named by a process in it.
        let anchor = try ends[1].network.perform { Result { try ChildProcess(["sleep", "60"]) } }.get()
        try run(0, ["ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", "\(anchor.pid)"])
        for index in ends.indices {
            let host = ends[index].address.split(separator: ".").last ?? ""
            try run(index, ["ip", "address", "add", "\(ends[index].address)/24", "dev", "veth0"])
            try run(index, ["ip", "address", "add", "fd00::\(host)/64", "dev", "veth0", "nodad"])
            try run(index, ["ip", "link", "set", "veth0", "up"])
        }
    }

    private func run(_ index: Int, _ command: [String]) throws {
        _ = try ends[index].network.perform { Result { try ChildProcess.run(command) } }.get()
    }
}
