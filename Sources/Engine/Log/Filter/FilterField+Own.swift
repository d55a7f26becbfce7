/// What only the engine knows of a segment, by the names that its record has.
extension FilterField {
    static let ownFields: [FilterField] = [
        .number("number") { $0.record.number },
        FilterField("elapsed", .seconds) { [.seconds($0.record.elapsed.seconds)] },
        FilterField("connection", .connection) { segment in
            segment.record.connection.map { [.text($0.description)] } ?? []
        },
        .word("direction", ["in", "out"]) { [$0.record.direction.name] },
        .word("cause", Cause.allCases.map(\.name)) { [$0.record.cause.name] },
        .word("rule", Rule.allCases.compactMap(\.name)) { $0.record.rule.name.map { [$0] } ?? [] },
        .number("because") { $0.record.because },
        .number("retransmits") { $0.record.retransmits },
        FilterField("answers", .number) { segment in segment.record.answers.map { .number($0) } },
        .word("analysis", Analysis.allCases.map(\.rawValue)) { $0.analysis.words.map(\.rawValue) },
        FilterField("impairment", .text) { segment in segment.record.impairment.map { [.text($0.name)] } ?? [] },
        .word("impairment.action", ImpairmentAction.allCases.map(\.name)) { segment in
            segment.record.impairment.map { [$0.action.name] } ?? []
        },
        .word("checksum", ChecksumVerdict.allCases.map(\.name)) { [$0.record.checksumVerdict.name] },
        .octets("payload") { $0.record.payloadLength > 0 ? $0.record.payload : nil },
        .word("before", State.allCases.map(\.name)) { [$0.record.before.name] },
        .word("after", State.allCases.map(\.name)) { [$0.record.after.name] },
        .word("state", State.allCases.map(\.name)) { [$0.record.before.name, $0.record.after.name] },
    ]
}
