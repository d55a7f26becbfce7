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
        let program = cnio_load_lookup(code, UInt32(code.count))
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
    private static func program(_ ports: ClosedRange<UInt16>, map: Int32) -> [UInt64] {
        [
            .move(6, from: 1),
            .load(2, from: 1, at: 12), .jump(unless: 2, equals: 6, by: 21),  // protocol
            .load(2, from: 1, at: 60),  // local_port
            .jump(if: 2, below: Int32(ports.lowerBound), by: 19), .jump(if: 2, above: Int32(ports.upperBound), by: 18),
            .set(7, to: 0),
            .load(2, from: 1, at: 8), .jump(if: 2, equals: AF_INET, by: 1), .set(7, to: 1),  // family
            .store(7, at: -4),
            .loadMap(1, map), 0,
            .move(2, from: 10), .add(-4, to: 2), .call(1),  // bpf_map_lookup_elem
            .jump(if: 0, equals: 0, by: 7),
            .move(7, from: 0),
            .move(1, from: 6), .move(2, from: 7), .set(3, to: 0), .call(124),  // bpf_sk_assign
            .move(1, from: 7), .call(86),  // bpf_sk_release
            .set(0, to: 1), .exit,  // SK_PASS
        ]
    }
}

/// Instructions of extended BPF (linux/bpf.h): operation, target and source register, offset, operand.
extension UInt64 {
    private init(operation code: UInt8, _ target: Int = 0, _ source: Int = 0, _ offset: Int16 = 0, _ operand: Int32 = 0)
    {
        let registers = UInt64(target & 15) | UInt64(source & 15) << 4
        let tail = UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: operand)) << 32
        self = UInt64(code) | registers << 8 | tail
    }

    fileprivate static func move(_ target: Int, from source: Int) -> UInt64 { UInt64(operation: 0xbf, target, source) }
    fileprivate static func set(_ target: Int, to value: Int32) -> UInt64 {
        UInt64(operation: 0xb7, target, 0, 0, value)
    }
    fileprivate static func add(_ value: Int32, to target: Int) -> UInt64 {
        UInt64(operation: 0x07, target, 0, 0, value)
    }
    fileprivate static func load(_ target: Int, from source: Int, at offset: Int16) -> UInt64 {
        UInt64(operation: 0x61, target, source, offset)
    }
    /// Stores a word in the stack frame, register 10.
    fileprivate static func store(_ source: Int, at offset: Int16) -> UInt64 {
        UInt64(operation: 0x63, 10, source, offset)
    }
    /// The first of two words.
    fileprivate static func loadMap(_ target: Int, _ map: Int32) -> UInt64 {
        UInt64(operation: 0x18, target, 1, 0, map)
    }
    fileprivate static func call(_ function: Int32) -> UInt64 { UInt64(operation: 0x85, 0, 0, 0, function) }
    fileprivate static var exit: UInt64 { UInt64(operation: 0x95) }
    fileprivate static func jump(if target: Int, equals value: Int32, by offset: Int16) -> UInt64 {
        UInt64(operation: 0x15, target, 0, offset, value)
    }
    fileprivate static func jump(unless target: Int, equals value: Int32, by offset: Int16) -> UInt64 {
        UInt64(operation: 0x55, target, 0, offset, value)
    }
    fileprivate static func jump(if target: Int, above value: Int32, by offset: Int16) -> UInt64 {
        UInt64(operation: 0x25, target, 0, offset, value)
    }
    fileprivate static func jump(if target: Int, below value: Int32, by offset: Int16) -> UInt64 {
        UInt64(operation: 0xa5, target, 0, offset, value)
    }
}
