import CNIO
import Glibc

/// Watches the RSTs that leave this host without being ours: those of its kernel.
///
/// A raw socket sees what comes in. What the kernel sends by itself shows only at a packet socket, which needs no more than
/// CAP_NET_RAW; its filter runs for every packet of the host, so a tap is open only while it is needed.
package final class ResetTap {
    /// SO_MARK of everything that leaves by our raw sockets: "RTW" and a one. A firewall rule can tell our RSTs by it.
    package static let mark: UInt32 = 0x5254_5701

    package let fileDescriptor: Int32
    /// RSTs are short; more than the headers is not looked at.
    private var buffer = [UInt8](repeating: 0, count: 256)

    /// Opens the tap; `.notPermitted` without CAP_NET_RAW.
    package init() throws(LinkError) {
        let program = PacketFilter.foreignResets.instructions.map(\.kernelForm)
        let descriptor = cnio_open_tap(program, UInt16(program.count))
        guard descriptor >= 0 else {
            throw errno == EPERM ? .notPermitted(call: "packet socket") : .system(call: "packet socket", errno: errno)
        }
        fileDescriptor = descriptor
    }

    deinit { close(fileDescriptor) }

    /// Shows each RST that has left since the last call.
    package func receive(_ body: (_ packet: RawSpan) -> Void) {
        while true {
            let count = recv(fileDescriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return }
            // Of a value of its own: a span of a class's storage may not leave it.
            let octets = buffer
            body(octets.span.bytes.extracting(0..<min(count, octets.count)))
        }
    }
}

extension PacketFilter {
    /// Passes outgoing TCP segments with RST, of either family, that do not carry our mark; for a packet socket, which shows
    /// its filter the IP header first.
    static let foreignResets = PacketFilter(instructions: [
        .loadPacketType, .jumpIfEqual(4, otherwise: 19),  // PACKET_OUTGOING
        .loadMark, .jumpIfEqual(ResetTap.mark, otherwise: 0, then: 17),
        .loadOctet(0), .mask(0xf0),
        .jumpIfEqual(0x40, otherwise: 7),
        // IPv4: TCP, the first fragment, its flags.
        .loadOctet(9), .jumpIfEqual(6, otherwise: 12),
        .loadHalf(6), .jumpIfAny(0x1fff, otherwise: 0, then: 10),
        .loadHeaderLength, .loadOctetBehindHeader(13), .jump(over: 5),
        // IPv6 without extension headers: TCP, its flags.
        .jumpIfEqual(0x60, otherwise: 6),
        .loadOctet(6), .jumpIfEqual(6, otherwise: 4),
        .loadOctet(40 + 13), .jump(over: 0),
        .jumpIfAny(0x04, otherwise: 1), .accept, .drop,
    ])
}

extension PacketFilter.Instruction {
    /// BPF_LD | BPF_B | BPF_ABS at SKF_AD_OFF + SKF_AD_PKTTYPE.
    fileprivate static let loadPacketType = Self(code: 0x30, operand: 0xffff_f004)
    /// BPF_LD | BPF_W | BPF_ABS at SKF_AD_OFF + SKF_AD_MARK.
    fileprivate static let loadMark = Self(code: 0x20, operand: 0xffff_f014)
    /// BPF_LD | BPF_B | BPF_ABS
    fileprivate static func loadOctet(_ offset: UInt32) -> Self { Self(code: 0x30, operand: offset) }
    /// BPF_LD | BPF_H | BPF_ABS
    fileprivate static func loadHalf(_ offset: UInt32) -> Self { Self(code: 0x28, operand: offset) }
    /// BPF_LD | BPF_B | BPF_IND
    fileprivate static func loadOctetBehindHeader(_ offset: UInt32) -> Self { Self(code: 0x50, operand: offset) }
    /// BPF_ALU | BPF_AND | BPF_K
    fileprivate static func mask(_ bits: UInt32) -> Self { Self(code: 0x54, operand: bits) }
    /// BPF_JMP | BPF_JSET | BPF_K
    fileprivate static func jumpIfAny(_ bits: UInt32, otherwise: UInt8, then: UInt8 = 0) -> Self {
        Self(code: 0x45, ifTrue: then, ifFalse: otherwise, operand: bits)
    }
    /// BPF_JMP | BPF_JEQ | BPF_K
    fileprivate static func jumpIfEqual(_ value: UInt32, otherwise: UInt8, then: UInt8) -> Self {
        Self(code: 0x15, ifTrue: then, ifFalse: otherwise, operand: value)
    }
}
