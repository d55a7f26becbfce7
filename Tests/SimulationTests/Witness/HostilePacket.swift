import Engine
import TestSupport

/// Packets that are mostly well-formed, and wrong in some place.
struct HostilePacket {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The next packet.
    mutating func next() -> [UInt8] {
        var tcp = TCPHeader()
        tcp.sourcePort = .random(in: 1...UInt16.max, using: &random)
        tcp.destinationPort = .random(in: 1...UInt16.max, using: &random)
        tcp.sequence = SequenceNumber(.random(in: 0 ... .max, using: &random))
        tcp.acknowledgment = SequenceNumber(.random(in: 0 ... .max, using: &random))
        tcp.reserved = .random(in: 0...15, using: &random)
        tcp.controlBits = .random(in: 0 ... .max, using: &random)
        tcp.window = .random(in: 0 ... .max, using: &random)
        tcp.checksum = .random(in: 0 ... .max, using: &random)
        tcp.urgentPointer = .random(in: 0 ... .max, using: &random)
        tcp.options = options()
        tcp.dataOffset = UInt8(5 + tcp.options.count / 4)
        if random.chance(0.05) { tcp.dataOffset = .random(in: 0...15, using: &random) }
        let payload = random.chance(0.25) ? random.octets(.random(in: 1...200, using: &random)) : []
        let segment = tcp.encoded() + payload
        return random.chance(0.5) ? v4(segment) : v6(segment)
    }

    private mutating func v4(_ segment: [UInt8]) -> [UInt8] {
        var ip = IPv4Header()
        ip.dscp = .random(in: 0...63, using: &random)
        ip.ecn = .random(in: 0...3, using: &random)
        ip.identification = .random(in: 0 ... .max, using: &random)
        ip.dontFragment = random.chance(0.5)
        ip.moreFragments = random.chance(0.05)
        ip.fragmentOffset = random.chance(0.05) ? .random(in: 0...0x1fff, using: &random) : 0
        ip.reservedFlag = random.chance(0.1)
        ip.ttl = .random(in: 0 ... .max, using: &random)
        ip.checksum = .random(in: 0 ... .max, using: &random)
        ip.source = IPAddress(v4: .random(in: 0 ... .max, using: &random))
        ip.destination = IPAddress(v4: .random(in: 0 ... .max, using: &random))
        if random.chance(0.1) { ip.options = Array(repeating: 1, count: 4 * .random(in: 1...10, using: &random)) }
        ip.headerLength = UInt8(5 + ip.options.count / 4)
        ip.totalLength = length(4 * Int(ip.headerLength) + segment.count)
        if random.chance(0.02) { ip.headerLength = .random(in: 0...4, using: &random) }
        return ip.encoded() + segment
    }

    private mutating func v6(_ segment: [UInt8]) -> [UInt8] {
        var ip = IPv6Header()
        ip.dscp = .random(in: 0...63, using: &random)
        ip.ecn = .random(in: 0...3, using: &random)
        // Above, the octets ff 03 may follow the first, and tshark guesses PPP.
        ip.flowLabel = .random(in: 0..<0xf_0000, using: &random)
        ip.payloadLength = length(segment.count)
        ip.hopLimit = .random(in: 0 ... .max, using: &random)
        ip.source = IPAddress(v6: random.next(), random.next())
        ip.destination = IPAddress(v6: random.next(), random.next())
        return ip.encoded() + segment
    }

    /// What a length field says: the truth, mostly. Never 0, which stands for segmentation by hardware.
    private mutating func length(_ truth: Int) -> UInt16 {
        guard random.chance(0.03) else { return UInt16(truth) }
        return UInt16(
            random.chance(0.5) ? truth + .random(in: 1...200, using: &random) : .random(in: 1..<truth, using: &random))
    }

    /// Options whose lengths are right, mostly, padded to whole words.
    private mutating func options() -> [UInt8] {
        var octets: [UInt8] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: octets.append(1)
            case 1: octets += [2, 4] + random.octets(2)
            case 2: octets += [3, 3, .random(in: 0...20, using: &random)]
            case 3: octets += [4, 2]
            case 4: octets += [5, 10] + random.octets(8)
            case 5: octets += [5, 18] + random.octets(16)
            case 6: octets += [8, 10] + random.octets(8)
            case 7: octets += [28, 4] + random.octets(2)
            case 8: octets += [.random(in: 35...68, using: &random), 6] + random.octets(4)
            case 9:
                octets += [.random(in: 2...8, using: &random), .random(in: 0...12, using: &random)] + random.octets(2)
            case 10: octets += [34, .random(in: 2...18, using: &random)] + random.octets(16)
            default: octets.append(0)
            }
        }
        octets = Array(octets.prefix(40))
        while octets.count % 4 != 0 { octets.append(random.chance(0.5) ? 0 : 1) }
        return octets
    }
}
