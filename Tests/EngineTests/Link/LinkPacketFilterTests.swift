import Engine
import Testing

@Suite struct LinkPacketFilterTests {
    /// Runs a program as the kernel would, over an IPv4 datagram. True if the packet passes.
    private static func run(_ filter: PacketFilter, on packet: [UInt8]) -> Bool {
        var accumulator: UInt32 = 0
        var index = 0
        var counter = 0
        while counter < filter.instructions.count {
            let instruction = filter.instructions[counter]
            let operand = instruction.operand
            counter += 1
            func jump(_ condition: Bool) { counter += Int(condition ? instruction.ifTrue : instruction.ifFalse) }
            switch instruction.code {
            case 0xb1:
                guard Int(operand) < packet.count else { return false }
                index = Int(packet[Int(operand)] & 15) * 4
            case 0x48:
                let offset = index + Int(operand)
                guard offset + 1 < packet.count else { return false }
                accumulator = UInt32(packet[offset]) << 8 | UInt32(packet[offset + 1])
            case 0x05: counter += Int(operand)
            case 0x15: jump(accumulator == operand)
            case 0x25: jump(accumulator > operand)
            case 0x35: jump(accumulator >= operand)
            case 0x06: return operand != 0
            default:
                Issue.record("unknown instruction \(instruction)")
                return false
            }
        }
        Issue.record("the program has no end")
        return false
    }

    /// An IPv4 datagram with `options` words of IP options and a TCP header's first eight octets.
    private static func packet(to port: UInt16, from source: UInt16 = 1, options: Int = 0) -> [UInt8] {
        [0x45 + UInt8(options)] + [UInt8](repeating: 0, count: 19 + 4 * options)
            + [UInt8(source >> 8), UInt8(truncatingIfNeeded: source)]
            + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0, 0, 0]
    }

    /// Which of `ports`, their neighbours and the ends of the port space pass.
    private static func passing(_ filter: PacketFilter, near ports: Set<UInt16>) -> Set<UInt16> {
        var candidates = ports.union([0, .max])
        for port in ports { candidates.formUnion([port &- 1, port &+ 1]) }
        return candidates.filter { run(filter, on: packet(to: $0)) }
    }

    @Test(arguments: [0...0, 20_000...29_999, 65_535...65_535, 0...65_535] as [ClosedRange<UInt16>])
    func thePortsOfTheRangePassAndNoOther(range: ClosedRange<UInt16>) {
        let filter = PacketFilter(range: range, ports: [])
        let ends: Set = [range.lowerBound, range.upperBound]
        let others = Self.passing(filter, near: ends).filter { !range.contains($0) }
        #expect(Self.passing(filter, near: ends).isSuperset(of: ends))
        #expect(others.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 7, 255, 256])
    func explicitPortsPassBesideTheRange(count: Int) {
        let ports = (0..<count).map { UInt16($0 * 41 + 7) }
        let filter = PacketFilter(range: 20_000...20_002, ports: ports.reversed() + [20_001, 7])
        let expected = Set(ports).union(20_000...20_002)
        #expect(Self.passing(filter, near: expected) == expected)
    }

    @Test func pastTheLongestListEverythingPasses() {
        let filter = PacketFilter(range: 20_000...20_009, ports: Array(1...257))
        #expect(filter.instructions.count == 1)
        #expect(Self.run(filter, on: Self.packet(to: 9_999)))
    }

    @Test func theEchoOfOurOwnSegmentDoesNotPass() {
        let filter = PacketFilter(range: 20_000...29_999, ports: [])
        #expect(!Self.run(filter, on: Self.packet(to: 80, from: 20_000)))
    }

    @Test(arguments: [[], [7], [7, 9, 443]] as [[UInt16]])
    func theEchoPassesWhereItIsAskedFor(ports: [UInt16]) {
        let filter = PacketFilter(range: 20_000...29_999, ports: ports, withEcho: true)
        for port in ports + [20_000, 29_999] {
            #expect(Self.run(filter, on: Self.packet(to: 80, from: port)))
            #expect(Self.run(filter, on: Self.packet(to: port, from: 80)))
        }
        for port in [8, 19_999, 30_000] as [UInt16] {
            #expect(!Self.run(filter, on: Self.packet(to: 80, from: port)))
            #expect(!Self.run(filter, on: Self.packet(to: port, from: 80)))
        }
    }

    @Test func theDestinationPortIsFoundBehindIPOptions() {
        let filter = PacketFilter(range: 20_000...20_000, ports: [])
        #expect(Self.run(filter, on: Self.packet(to: 20_000, options: 10)))
        #expect(!Self.run(filter, on: Self.packet(to: 20_001, options: 10)))
    }

    @Test func aPacketWithoutAPortDoesNotPass() {
        #expect(!Self.run(PacketFilter(range: 0...65_535, ports: []), on: Array(Self.packet(to: 1).prefix(23))))
    }

    @Test func theKernelTakesTheLongestProgram() throws {
        let link = try RawSocketLink(family: .v4)
        try link.setFilter(PacketFilter(range: 20_000...29_999, ports: (1...256).map { $0 * 7 }))
        try link.setFilter(PacketFilter(range: 20_000...29_999, ports: (1...256).map { $0 * 7 }, withEcho: true))
        try link.setFilter(.nothing)
    }
}
