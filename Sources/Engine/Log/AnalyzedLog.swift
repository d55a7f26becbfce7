/// A snapshot of the log together with what the analysis says of its segments; what readers work on.
package struct AnalyzedLog: Sendable {
    package let log: LogSnapshot
    private let analyses: KeptAnalyses

    /// A snapshot that is analyzed for itself, from its oldest record on.
    package init(_ log: LogSnapshot) {
        var ledger = AnalysisLedger()
        self = ledger.analyze(log)
    }

    init(_ log: LogSnapshot, analyses: KeptAnalyses) {
        self.log = log
        self.analyses = analyses
    }

    /// The segment with this number, decoded, if it is still (and already) here.
    package subscript(number: UInt64) -> DecodedSegment? {
        log[number].map { DecodedSegment($0, analysis: analyses[number]) }
    }
}
