import CNIO
import Glibc

/// Keeps the kernel from answering segments to a whole range of local ports, at every address, with one socket a family.
///
/// When the kernel looks for the socket of a segment that belongs to no connection of its own, a program of ours answers for the
/// range: a listener that drops everything, as a `ResetGuard` is. Other programs can no longer be reached at these ports, so
/// the range must be ours alone. Opening it needs CAP_BPF and CAP_NET_ADMIN; it is gone with the process.
package final class RangeGuard {
    package let ports: ClosedRange<UInt16>
    private let listeners: [ResetGuard]
    private let descriptors: [Int32]

    /// Opens the guard; `.notPermitted` without the capabilities.
    package init(_ ports: ClosedRange<UInt16>) throws(LinkError) {
        self.ports = ports
        var opened: [Int32] = []
        var listeners: [ResetGuard] = []
        do throws(LinkError) {
            try Self.open(ports, &opened, &listeners)
        } catch {
            for descriptor in opened { close(descriptor) }
            throw error
        }
        descriptors = opened
        self.listeners = listeners
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    private static func open(
        _ ports: ClosedRange<UInt16>, _ opened: inout [Int32], _ listeners: inout [ResetGuard]
    ) throws(LinkError) {
        let map = cnio_create_socket_map(2)
        guard map >= 0 else { throw error("bpf: map") }
        opened.append(map)
        listeners.append(try ResetGuard(Endpoint(.loopbackV4, 0)))
        // Where there is no IPv6 there is nothing to guard.
        if let six = try? ResetGuard(Endpoint(.loopbackV6, 0)) { listeners.append(six) }
        for (index, listener) in listeners.enumerated() {
            guard cnio_put_socket(map, UInt32(index), listener.descriptor) == 0 else { throw error("bpf: socket") }
        }
        let code = program(ports, map: map)
        let program = cnio_load_lookup(code.map(\.word), UInt32(code.count))
        guard program >= 0 else { throw error("bpf: program") }
        opened.append(program)
        let link = cnio_attach_lookup(program)
        guard link >= 0 else { throw error("bpf: link") }
        opened.append(link)
    }

    private static func error(_ call: String) -> LinkError {
        errno == EPERM || errno == EACCES ? .notPermitted(call: call) : .system(call: call, errno: errno)
    }

    /// Chooses socket 0 for IPv4 and socket 1 for IPv6, if the protocol is TCP and the port is in the range; else leaves the
    /// choice to the kernel. Fields of `struct bpf_sk_lookup` by their offsets (linux/bpf.h).
    private static func program(_ ports: ClosedRange<UInt16>, map: Int32) -> [BPFInstruction] {
        [
            .move(6, from: 1),
            .load(2, from: 1, at: 12), .jump(unless: 2, equals: 6, by: 21),  // protocol
            .load(2, from: 1, at: 60),  // local_port
            .jump(if: 2, below: Int32(ports.lowerBound), by: 19), .jump(if: 2, above: Int32(ports.upperBound), by: 18),
            .set(7, to: 0),
            .load(2, from: 1, at: 8), .jump(if: 2, equals: AF_INET, by: 1), .set(7, to: 1),  // family
            .store(7, at: -4),
            .loadMap(1, map), .secondWord,
            .move(2, from: 10), .add(-4, to: 2), .call(1),  // bpf_map_lookup_elem
            .jump(if: 0, equals: 0, by: 7),
            .move(7, from: 0),
            .move(1, from: 6), .move(2, from: 7), .set(3, to: 0), .call(124),  // bpf_sk_assign
            .move(1, from: 7), .call(86),  // bpf_sk_release
            .set(0, to: 1), .exit,  // SK_PASS
        ]
    }
}
