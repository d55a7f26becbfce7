/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng): a section of one interface, and a block for each packet.
/// Little-endian, which every reader recognises by the byte-order magic.
package enum PcapNG {
    /// LINKTYPE_RAW: each packet begins with its IPv4 or IPv6 header.
    private static let linkType: UInt16 = 101
    /// Timestamps count nanoseconds: 10 to the power of -9.
    private static let resolution: UInt8 = 9
    /// The longest packet that a record can hold.
    private static let snapLength: UInt32 = 262_144

    /// The codes of options (§3.5, §4.1 to §4.3).
    private enum Option: UInt16 {
        case end = 0
        case comment = 1
        case interfaceName = 2
        case application = 4
        case resolution = 9
        case packetFlags = 0x8002
        case dropCount = 0x8004

        /// The code in the block where the option stands; codes count anew in each kind of block.
        var code: UInt16 { rawValue & 0x7fff }
    }

    /// What a file begins with: section header and the interface. `application` and `run` say who wrote it.
    package static func header(application: String, run: String) -> [UInt8] {
        var section = Block(type: 0x0a0d_0d0a)
        section.append(0x1a2b_3c4d as UInt32)
        section.append(1 as UInt16)  // version 1.0
        section.append(0 as UInt16)
        section.append(UInt64.max)  // the section's length is not known
        section.append(.comment, Array("run \(run)".utf8))
        section.append(.application, Array(application.utf8))
        section.append(.end, [])
        var interface = Block(type: 1)
        interface.append(linkType)
        interface.append(0 as UInt16)
        interface.append(snapLength)
        interface.append(.interfaceName, Array("raw socket".utf8))
        interface.append(.resolution, [resolution])
        interface.append(.end, [])
        return section.finished() + interface.finished()
    }

    /// A record as an enhanced packet block; `dropped` packets were lost by the kernel since the one before.
    package static func packet(_ record: SegmentRecord, dropped: UInt64) -> [UInt8] {
        let octets = record.octets
        let time = UInt64(bitPattern: record.wallTime)
        var block = Block(type: 6)
        block.append(0 as UInt32)  // the only interface
        block.append(UInt32(truncatingIfNeeded: time >> 32))
        block.append(UInt32(truncatingIfNeeded: time))
        block.append(UInt32(octets.count))
        block.append(UInt32(record.headerLength + record.payloadLength))
        block.append(padded: octets)
        block.append(.comment, Array(comment(record).utf8))
        // §4.3.1: bits 0 and 1 are the direction, 01 inbound, 10 outbound.
        block.append(.packetFlags, bytes(of: record.direction == .inbound ? 1 as UInt32 : 2))
        if dropped > 0 { block.append(.dropCount, bytes(of: dropped)) }
        block.append(.end, [])
        return block.finished()
    }

    /// What only the engine knows, in words.
    private static func comment(_ record: SegmentRecord) -> String {
        var words = ["#\(record.number)"]
        if let connection = record.connection { words.append(connection.description) }
        words.append("cause \(record.cause.name)")
        if let rule = record.rule.name { words.append("by \(rule)") }
        if let because = record.because { words.append("because of #\(because)") }
        if let retransmits = record.retransmits { words.append("repeats #\(retransmits)") }
        let answers = record.answers
        if !answers.isEmpty { words.append("answers " + answers.map { "#\($0)" }.joined(separator: " ")) }
        if let impairment = record.impairment { words.append("\(impairment.action.name) by \(impairment.name)") }
        words += record.registeredOptionTexts
        if record.before != record.after { words.append("\(record.before) to \(record.after)") }
        return words.joined(separator: ", ")
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        var little = number.littleEndian
        return withUnsafeBytes(of: &little) { Array($0) }
    }

    /// A block that is being written: its type, its body, and its length on both sides.
    private struct Block {
        private let type: UInt32
        private var body: [UInt8] = []

        init(type: UInt32) { self.type = type }

        mutating func append(_ number: some FixedWidthInteger) { body += PcapNG.bytes(of: number) }

        /// Appends octets, and zeros up to a multiple of four.
        mutating func append(padded octets: [UInt8]) {
            body += octets
            body.append(contentsOf: repeatElement(0, count: (4 - octets.count % 4) % 4))
        }

        mutating func append(_ option: Option, _ value: [UInt8]) {
            append(option.code)
            append(UInt16(value.count))
            append(padded: value)
        }

        func finished() -> [UInt8] {
            let length = PcapNG.bytes(of: UInt32(body.count + 12))
            return PcapNG.bytes(of: type) + length + body + length
        }
    }
}
