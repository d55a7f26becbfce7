/// The addition behind a TCP checksum, word by word, as one would do it on paper.
package struct ChecksumAddition: Sendable {
    /// One line of it.
    package struct Step: Hashable, Sendable {
        package let label: String
        /// The word added; for a summary of many words, their folded sum.
        package let word: UInt16
        /// How many words the line stands for.
        package let words: Int
        /// The sum after this line, carries not folded in yet.
        package let sum: UInt64
    }

    package private(set) var steps: [Step] = []
    /// The checksum that is right.
    package private(set) var expected: UInt16 = 0
    private var sum: UInt64 = 0

    /// Words of payload that get a line of their own.
    private static let payloadLines = 8

    /// Adds up the segment in `octets`, a packet with these headers; nil unless all of it is there.
    package init?(_ octets: [UInt8], _ headers: PacketHeaders) {
        let length = headers.tcpLength + headers.payloadLength
        guard headers.tcp != nil, octets.count >= headers.ipLength + length else { return nil }
        addWords(headers.source.octets, "source address")
        addWords(headers.destination.octets, "destination address")
        add("zero and protocol", 6)
        if headers.source.family == .v6 { add("TCP length, upper half", UInt16(length >> 16)) }
        add("TCP length", UInt16(truncatingIfNeeded: length))
        addHeader(Array(octets[headers.ipLength..<headers.length]))
        addPayload(octets[headers.length..<headers.length + headers.payloadLength])
        foldCarries()
        expected = ~UInt16(truncatingIfNeeded: sum)
        steps.append(Step(label: "complement", word: expected, words: 0, sum: UInt64(expected)))
    }

    private mutating func add(_ label: String, _ word: UInt16) {
        sum += UInt64(word)
        steps.append(Step(label: label, word: word, words: 1, sum: sum))
    }

    private mutating func addWords(_ octets: [UInt8], _ label: String) {
        for at in stride(from: 0, to: octets.count, by: 2) {
            add("\(label), word \(at / 2 + 1)", UInt16(octets[at]) << 8 | UInt16(octets[at + 1]))
        }
    }

    private mutating func addHeader(_ header: [UInt8]) {
        for at in stride(from: 0, to: header.count, by: 2) {
            let word = UInt16(header[at]) << 8 | (at + 1 < header.count ? UInt16(header[at + 1]) : 0)
            switch at / 2 {
            case 8: add("checksum, taken as zero", 0)
            case 10...: add("options, octets \(at - 20)–\(at - 19)", word)
            default: add(Self.headerLabels[at / 2], word)
            }
        }
    }

    private static let headerLabels = [
        "source port", "destination port", "sequence, upper half", "sequence, lower half", "acknowledgment, upper half",
        "acknowledgment, lower half", "data offset, reserved and flags", "window", "checksum", "urgent pointer",
    ]

    private mutating func addPayload(_ payload: ArraySlice<UInt8>) {
        let own = payload.prefix(2 * Self.payloadLines)
        for at in stride(from: 0, to: own.count, by: 2) {
            let pair = own.dropFirst(at).prefix(2)
            let word = pair.reduce(0) { $0 << 8 | UInt16($1) }
            if pair.count == 2 {
                add("payload, octets \(at)–\(at + 1)", word)
            } else {
                add("payload, octet \(at) and a zero", word << 8)
            }
        }
        let rest = Array(payload.dropFirst(own.count))
        guard !rest.isEmpty else { return }
        var many = Checksum()
        many.add(rest.span.bytes)
        sum += UInt64(many.folded)
        let label = "payload, octets \(own.count)–\(payload.count - 1), added up"
        steps.append(Step(label: label, word: many.folded, words: (rest.count + 1) / 2, sum: sum))
    }

    private mutating func foldCarries() {
        while sum >> 16 != 0 {
            let carries = UInt16(truncatingIfNeeded: sum >> 16)
            sum = (sum & 0xffff) + UInt64(carries)
            steps.append(Step(label: "carries added at the right end", word: carries, words: 0, sum: sum))
        }
    }
}
