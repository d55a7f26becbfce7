import Engine
import Testing

/// Options registered at run time, on virtual time.
@Suite struct RegisteredOptionTests {
    private func field(
        _ name: String, _ kind: OptionField.Kind, _ rule: OptionField.Rule, count: OptionField.Count = .one,
        size: Int? = nil
    ) -> OptionField { OptionField(name: name, kind: kind, count: count, size: size, rule: rule) }

    private func definition(
        _ fields: [OptionField], _ attachment: OptionDefinition.Attachment, experiment: [UInt8] = [0xbe, 0xef]
    ) -> OptionDefinition {
        OptionDefinition(name: "probe", kind: 254, experiment: experiment, fields: fields, attachment: attachment)
    }

    @Test func aDescribedPacketCallsItByItsName() throws {
        let option = definition([field("a", .u8, .echo), field("b", .u16, .echo)], .every)
        var packet = TestPacket()
        packet.tcp.options = [254, 7, 0xbe, 0xef, 5, 0, 9, 0]
        let named = PacketDescription(packet.octets, definitions: [option]).fields
        let shown = try #require(named.first { $0.name == "tcp.options.probe" })
        #expect(shown.text == "a 5, b 9")
        #expect(shown.rfc == "RFC 6994")
        #expect(shown.bitLength == 56)
        #expect(PacketDescription(packet.octets).fields.contains { $0.name == "tcp.options.unknown" })
    }

    @Test func everyKindOfFieldIsReadBackAsItWasWritten() {
        let values: [OptionValue] = [
            .number(0xff), .number(0xfffe), .number(0xffff_fffd), .number(.max), .list([.number(1), .number(2)]),
            .octets([1, 2, 3]), .text("hi"),
        ]
        let kinds: [OptionField] = [
            field("a", .u8, .echo), field("b", .u16, .echo), field("c", .u32, .echo), field("d", .u64, .echo),
            field("e", .u16, .echo, count: .array(2)), field("f", .bytes, .echo, size: 3), field("g", .text, .echo),
        ]
        let option = definition(kinds, .never)
        let data = option.encode(values)
        #expect(data.starts(with: [0xbe, 0xef, 0xff, 0xff, 0xfe]))
        #expect(option.decode(data) == values)
        #expect(option.decode(Array(data.dropLast(6))) == nil)
        #expect(option.decode([0xbe, 0xee] + data.dropFirst(2)) == nil)
    }

    @Test func anArrayTakesWhatIsLeftIfItIsWhole() {
        let option = definition([field("list", .u16, .echo, count: .rest)], .never, experiment: [])
        #expect(option.decode([0, 1, 0, 2]) == [.list([.number(1), .number(2)])])
        #expect(option.decode([0, 1, 0]) == nil)
        #expect(option.decode([]) == [.list([])])
    }

    @Test func theDefinitionWithAnExperimentGoesBeforeTheOneWithout() {
        var plain = definition([], .never, experiment: [])
        plain.name = "plain"
        let all = [plain, definition([], .never)]
        #expect(all.definition(kind: 254, data: [0xbe, 0xef])?.name == "probe")
        #expect(all.definition(kind: 254, data: [1])?.name == "plain")
        #expect(all.definition(kind: 253, data: []) == nil)
    }

    /// An established connection whose host has registered the option before.
    private func host(_ option: OptionDefinition) throws -> Script {
        var host = Script()
        host.stack.register(option)
        try host.open()
        host.peerSYN(.ack)
        try host.expect(.ack, seq: 0, ack: 0)
        return host
    }

    private func values(_ sent: SentSegmentView, _ option: OptionDefinition) -> [OptionValue]? {
        for case .unknown(let kind, let data) in sent.options where option.matches(kind: kind, data: data) {
            return option.decode(data)
        }
        return nil
    }

    @Test(arguments: [
        (OptionDefinition.Attachment.syn, true, false), (.data, false, true), (.every, true, true),
        (.never, false, false),
    ])
    func itIsAttachedWhereItBelongs(attachment: OptionDefinition.Attachment, onSYN: Bool, onData: Bool) throws {
        let option = definition([field("n", .u16, .constant(.number(7)))], attachment)
        var host = Script()
        host.stack.register(option)
        try host.open { $0.name = nil }
        let syn = try #require(host.stack.log.snapshot()[1]?.headers?.tcp)
        #expect(TCPOption.decode(syn.options).contains { $0.kind == 254 } == onSYN)
        host.peerSYN(.ack)
        try host.expect(.ack, seq: 0, ack: 0)
        try host.write(10)
        let data = try host.expect(.ack, seq: 0, length: 10)
        #expect(values(data, option) == (onData ? [.number(7)] : nil))
    }

    @Test func aRepetitionCarriesAFreshValue() throws {
        let option = definition(
            [field("n", .u32, .counter(start: 100)), field("at", .u32, .timestamp(tick: .milliseconds(1)))], .data)
        var host = try host(option)
        try host.write(10)
        let first = try #require(values(try host.expect(.ack, seq: 0, length: 10), option))
        #expect(first[0] == .number(100))
        host.advanceToTimer()
        var again = try #require(try host.next())
        while again.record?.cause != .rto {
            host.advanceToTimer()
            again = try #require(try host.next())
        }
        let second = try #require(values(again, option))
        #expect(second[0] != first[0])
        #expect(second[1] != first[1])
    }

    @Test func anEchoIsWhatThePeerSentLast() throws {
        let option = definition([field("n", .u16, .echo)], .every)
        var host = try host(option)
        host.peer(.ack, length: 1, options: [.unknown(kind: 254, data: [0xbe, 0xef, 0x12, 0x34])])
        try host.write(10)
        let sent = try #require(try host.next())
        #expect(values(sent, option) == [.number(0x1234)])
    }

    @Test func textLeavesRoomForIt() throws {
        let option = definition([field("n", .bytes, .constant(.octets([1, 2, 3, 4, 5, 6])), size: 6)], .data)
        var host = try host(option)
        try host.write(2_000)
        // 1,000 less 2 + 2 + 6 octets, filled up to a word.
        try host.expect(.ack, seq: 0, length: 988)
    }

    @Test func theLogShowsItByName() throws {
        let option = definition([field("delayMs", .u16, .constant(.number(5)))], .data)
        var host = try host(option)
        try host.write(1)
        let sent = try host.expect(.ack, seq: 0, length: 1)
        #expect(sent.record?.line.contains("probe delayMs 5") == true)
    }
}
