/// Selective acknowledgments that we send (RFC 2018 §4) and reports of duplicates (D-SACK, RFC 2883 §4).
extension Connection {
    /// Fills the SACK option of a segment that leaves now; a duplicate is reported once only.
    func addSACKBlocks(to blocks: inout SACKBlocks) {
        // RFC 2883 §4: "The left edge of the D-SACK block specifies the first sequence number of the duplicate contiguous
        // sequence", and it comes first, only once.
        if let duplicate, mostSACKBlocks > 0 {
            blocks.append(duplicate)
            self.duplicate = nil
        }
        guard !reassembly.ranges.isEmpty else { return }
        for range in reassembly.rangesByRecency where blocks.count < mostSACKBlocks {
            blocks.append(SACKBlock(sequence(received: range.start), sequence(received: range.end)))
        }
    }

    /// RFC 2018 §3: "it is expected that SACK will often be used in conjunction with the Timestamp option …; thus a maximum of
    /// 3 SACK blocks will be allowed in this case." The user's own options take room as well.
    private var mostSACKBlocks: Int {
        let extra = max(
            extraOptions.onEmpty.count + registered.lengthOnEmpty, extraOptions.onData.count + registered.lengthOnData)
        let others = (negotiated.timestamps ? 12 : 0) + (extra + 3) & ~3
        return max(0, min(SACKBlocks.capacity, (OptionOctets.capacity - others - 4) / 8))
    }

    /// Notes octets that came again, for the next ACK to report.
    func noteDuplicate(_ start: SequenceNumber, _ end: SequenceNumber) {
        guard negotiated.sack, start < end else { return }
        duplicate = SACKBlock(start, end)
        if ecn.accurate != nil { ecn.accurate?.onDuplicate(start) }
    }

    /// The sequence number of a position in the received stream.
    func sequence(received position: UInt64) -> SequenceNumber {
        (receive?.irs ?? SequenceNumber(0)) + 1 + Int(truncatingIfNeeded: position)
    }
}
