/// TIME-WAIT, where a record answers in the connection's place (RFC 9293 §3.10.7.4).
extension TCPStack {
    mutating func deliver(
        _ packet: RawSpan, _ view: inout PacketView, toTimeWait record: TimeWaitRecord, at now: Instant, wall: Int64
    ) {
        var record = record
        let checksum = view.verifyChecksum(packet)
        var verdict = Verdict(.badChecksum, .checksum)
        var answer: OutgoingSegment?
        var outcome = TimeWaitRecord.Outcome.stays
        let number = log.isEnabled ? log.newest + 1 : 0
        if checksum.isAcceptable { (verdict, answer, outcome) = record.arrive(view.segment, record: number, at: now) }
        if case .yields = outcome, let listener = listener(for: record.tuple.local) {
            // The old record goes first: the listener's new connection bears the same name.
            endTimeWait(record)
            predecessor = record
            deliver(packet, &view, to: listener, at: now, wall: wall)
            predecessor = nil
            return
        }
        if case .yields = outcome { (verdict, answer) = record.challenge(record: number, at: now) }
        log(packet, view, verdict, checksum, of: record, ends: outcome, at: now, wall: wall)
        if case .ends = outcome { return endTimeWait(record) }
        table.update(record)
        guard let answer else { return }
        let (ttl, dscp) = record.hopLimitAndDSCP
        let context = context(of: record)
        let envelope = Envelope(record.tuple, ttl: ttl, dscp: dscp)
        emit(answer, in: envelope, context: context, state: .timeWait, at: now, wall: wall)
    }

    private mutating func log(
        _ packet: RawSpan, _ view: PacketView, _ verdict: Verdict, _ checksum: ChecksumVerdict,
        of record: TimeWaitRecord,
        ends outcome: TimeWaitRecord.Outcome, at now: Instant, wall: Int64
    ) {
        let number = log.appendReceived(packet, view: view, at: now, wall: wall)
        var after = State.timeWait
        if case .ends = outcome { after = .closed }
        log.complete(
            number, verdict: verdict, context: context(of: record), checksum: checksum, before: .timeWait, after: after)
    }

    private func context(of record: TimeWaitRecord) -> RecordContext {
        RecordContext(
            connection: record.id.rawValue, sequenceBase: record.iss, acknowledgmentBase: record.irs,
            origin: record.firstRecordAt, windowShift: 0)
    }

    /// TIME-WAIT is over before its time.
    mutating func endTimeWait(_ record: TimeWaitRecord) {
        table.endTimeWait(record)
        table[record.id]?.finishTimeWait()
        events.append(.changed(record.id))
        release(record)
    }
}
