import CNIO
import Glibc

/// A classic BPF program that lets a raw socket see only segments to ports of ours, so that foreign traffic is never
/// copied. By the destination port, which also keeps the echo of our own segments out on loopback, unless it is asked for.
///
/// A port range costs two compares however wide it is, and is attached once. Ports outside it are a short list; past
/// `mostPorts` the filter opens to all TCP, because attaching a list costs 0.4 µs a port at every change.
package struct PacketFilter: Hashable, Sendable {
    /// One instruction, as the kernel's `struct sock_filter`.
    package struct Instruction: Hashable, Sendable {
        package var code: UInt16
        package var ifTrue: UInt8 = 0
        package var ifFalse: UInt8 = 0
        package var operand: UInt32
    }

    /// Longest list of explicit ports.
    package static let mostPorts = 256
    /// Passes nothing: what a reset guard carries.
    package static let nothing = PacketFilter(instructions: [.drop])

    package let instructions: [Instruction]

    /// Passes segments to a port in `range` or among `ports`; with the echo, also those that come from such a port. An IPv4
    /// socket shows its filter the IP header first, an IPv6 one begins with the TCP header.
    package init(
        range: ClosedRange<UInt16>, ports: [UInt16], family: IPAddress.Family = .v4, withEcho: Bool = false
    ) {
        let explicit = Set(ports.filter { !range.contains($0) }).sorted()
        guard explicit.count <= Self.mostPorts else {
            self.init(instructions: [.accept])
            return
        }
        let judgement =
            [
                .jumpIfAtLeast(UInt32(range.lowerBound), otherwise: 2),
                .jumpIfAbove(UInt32(range.upperBound), otherwise: 0, then: 1),
                .accept,
            ] + Self.search(explicit[...])
        let start: Instruction = family == .v4 ? .loadHeaderLength : .noHeader
        let byDestination = [start, .loadDestinationPort] + judgement
        self.init(
            instructions: withEcho
                ? Self.goingOn(byDestination) + [.loadSourcePort] + judgement : byDestination)
    }

    /// The program with a jump behind its end wherever it would drop the packet.
    private static func goingOn(_ program: [Instruction]) -> [Instruction] {
        program.indices.map { program[$0] == .drop ? .jump(over: program.count - 1 - $0) : program[$0] }
    }

    init(instructions: [Instruction]) { self.instructions = instructions }

    /// A binary search: a foreign segment is turned away after eight compares, not 256.
    private static func search(_ ports: ArraySlice<UInt16>) -> [Instruction] {
        guard let first = ports.first else { return [.drop] }
        guard ports.count > 1 else { return [.jumpIfEqual(UInt32(first), otherwise: 1), .accept, .drop] }
        let middle = ports.startIndex + ports.count / 2
        let lower = search(ports[..<middle])
        // A conditional jump spans at most 255 instructions, an unconditional one any number.
        return [.jumpIfAtLeast(UInt32(ports[middle]), otherwise: 1), .jump(over: lower.count)]
            + lower + search(ports[middle...])
    }
}

/// The instructions used here, by what they do (linux/filter.h, linux/bpf_common.h).
extension PacketFilter.Instruction {
    /// BPF_LDX | BPF_B | BPF_MSH: X = length of the IPv4 header at offset 0.
    static let loadHeaderLength = Self(code: 0xb1, operand: 0)
    /// BPF_LDX | BPF_IMM: X = 0.
    static let noHeader = Self(code: 0x01, operand: 0)
    /// BPF_LD | BPF_H | BPF_IND: A = 16 bits at X + 2. Beyond the packet's end the program returns 0.
    static let loadDestinationPort = Self(code: 0x48, operand: 2)
    /// BPF_LD | BPF_H | BPF_IND: A = 16 bits at X.
    static let loadSourcePort = Self(code: 0x48, operand: 0)
    /// BPF_RET | BPF_K: all of the packet.
    static let accept = Self(code: 0x06, operand: .max)
    /// BPF_RET | BPF_K: nothing of it.
    static let drop = Self(code: 0x06, operand: 0)

    /// BPF_JMP | BPF_JGE | BPF_K
    static func jumpIfAtLeast(_ value: UInt32, otherwise: UInt8) -> Self {
        Self(code: 0x35, ifFalse: otherwise, operand: value)
    }
    /// BPF_JMP | BPF_JGT | BPF_K
    static func jumpIfAbove(_ value: UInt32, otherwise: UInt8, then: UInt8) -> Self {
        Self(code: 0x25, ifTrue: then, ifFalse: otherwise, operand: value)
    }
    /// BPF_JMP | BPF_JEQ | BPF_K
    static func jumpIfEqual(_ value: UInt32, otherwise: UInt8) -> Self {
        Self(code: 0x15, ifFalse: otherwise, operand: value)
    }
    /// BPF_JMP | BPF_JA
    static func jump(over count: Int) -> Self { Self(code: 0x05, operand: UInt32(count)) }
}

extension PacketFilter.Instruction {
    /// The instruction as the kernel takes it.
    var kernelForm: cnio_filter_instruction {
        cnio_filter_instruction(code: code, if_true: ifTrue, if_false: ifFalse, operand: operand)
    }
}

extension PacketFilter {
    /// Attaches the program to a socket, or replaces the one there is.
    func attach(to descriptor: Int32) throws(LinkError) {
        let program = instructions.map(\.kernelForm)
        guard cnio_attach_filter(descriptor, program, UInt16(program.count)) == 0 else {
            throw .system(call: "SO_ATTACH_FILTER", errno: errno)
        }
    }
}
