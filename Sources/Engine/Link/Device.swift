import CNIO

/// A network device of this host, in the calling thread's network.
package struct Device: Hashable, Sendable {
    /// What a device may do in the kernel's place, so that packets look different from what is on the wire.
    package enum Offload: String, CaseIterable, Sendable {
        /// It cuts long segments up after we have seen them.
        case tso, gso
        /// It joins segments before we see them.
        case gro
        /// It fills in or checks the checksum.
        case tx = "tx-checksum"
        case rx = "rx-checksum"

        /// ETHTOOL_G… of linux/ethtool.h.
        fileprivate var command: UInt32 {
            switch self {
            case .tso: 0x1e
            case .gso: 0x23
            case .gro: 0x2b
            case .tx: 0x16
            case .rx: 0x14
            }
        }
    }

    package var name: String
    package var mtu: Int
    /// The offloads that are on.
    package var offloads: [Offload]

    /// The devices that have an address, in the order of the kernel's list; loopback is not among them.
    package static func all() -> [Device] {
        let addresses = (try? InterfaceAddress.all()) ?? []
        return addresses.filter { !$0.isLoopback }.interfaces.map { Device(named: $0) }
    }

    private init(named name: String) {
        self.name = name
        mtu = Int(cnio_read_device_mtu(name))
        offloads = Offload.allCases.filter { cnio_read_offload(name, $0.command) == 1 }
    }
}
