/// A snapshot of the log together with what the analysis says of its segments; what readers work on.
package struct AnalyzedLog: Sendable {
    package let log: LogSnapshot

    package init(_ log: LogSnapshot) { self.log = log }

    /// The segment with this number, decoded, if it is still (and already) here.
    package subscript(number: UInt64) -> DecodedSegment? {
        log[number].map { DecodedSegment($0, analysis: $0.ownAnalysis) }
    }
}
