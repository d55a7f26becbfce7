import Engine
import Testing

/// The pcapng that we write, as tshark opens it: without a complaint, and with everything in it that only we know.
@Suite(.longestPatience) struct TsharkCaptureTests {
    private static let fields = [
        "frame.number", "frame.time_epoch", "frame.comment", "frame.packet_flags_direction", "frame.interface_name",
        "_ws.malformed",
    ]

    /// An option of the user's with a number of each segment.
    private let option = OptionDefinition(
        name: "lab.probe", kind: 253, experiment: [0xbe, 0xef],
        fields: [OptionField(name: "serial", kind: .u16, rule: .counter(start: 7))], attachment: .data)

    @Test("a capture opens without a warning, and its comments carry causes, causality and registered options")
    func comments() throws {
        let seed = Tshark.seed
        var run = LossyRun(seed: seed)
        run.register(option)
        let log = try run.log(of: 0, length: 60_000)
        let rows = try Tshark.decode(Self.fields, of: Tshark.capture(log.records))
        try #require(rows.count == log.numbers.count)
        var serials = 0
        for (record, row) in zip(log.records, rows) {
            let comment = try #require(row["frame.comment"]?.first, "seed \(seed)")
            #expect(comment.contains("#\(record.number), c1, cause \(record.cause.name)"), "seed \(seed)")
            if let because = record.because { #expect(comment.contains("because of #\(because)"), "seed \(seed)") }
            if let repeated = record.retransmits { #expect(comment.contains("repeats #\(repeated)"), "seed \(seed)") }
            if let rule = record.rule.name { #expect(comment.contains("by \(rule)"), "seed \(seed)") }
            for answered in record.answers { #expect(comment.contains("#\(answered)"), "seed \(seed)") }
            if record.direction == .outbound, record.payloadLength > 0 {
                #expect(comment.contains("lab.probe serial \(7 + serials)"), "seed \(seed)")
                serials += 1
            }
            // §4.3.1 of the draft: 1 is inbound, 2 outbound.
            let direction = record.direction == .inbound ? "1" : "2"
            #expect(row["frame.packet_flags_direction"]?.first?.hasSuffix(direction) == true, "seed \(seed)")
            #expect(row["_ws.malformed"] == nil, "seed \(seed): \(record.line)")
        }
        #expect(serials > 40, "seed \(seed)")
    }
}
