/// F-RTO (RFC 5682 §2, §3): finds out from the first two acknowledgments after a timeout whether it was spurious, by sending
/// new text before anything else is repeated. No timestamps are needed.
package struct FRTO: Sendable {
    private enum Step: Hashable, Sendable {
        case idle
        /// Step 2: the repeated segment is out, and nothing more.
        case repeated
        /// Step 3: up to two new segments are out.
        case probing
    }

    /// What an acknowledgment has shown.
    package enum Outcome: Hashable, Sendable {
        /// Nothing yet.
        case undecided
        /// Step 2b: send new text instead of repetitions.
        case sendNew
        /// Steps 2a, 3a: the timeout was right.
        case genuine
        /// Step 3b: what was sent before the timeout is arriving.
        case spurious
    }

    private var step = Step.idle
    /// RFC 5682's recover: SND.NXT at the timeout.
    private var recover: SequenceNumber

    package init(iss: SequenceNumber) { recover = iss }

    /// Nothing may be repeated while new text decides.
    package var holdsRepetitions: Bool { step == .probing }

    /// Step 1: the timer has expired; `isFirst` unless an earlier timeout's flight is still unacknowledged.
    package mutating func onTimeout(isFirst: Bool, nxt: SequenceNumber) {
        // RFC 5682 §2.1 step 1: a timeout of what a timeout has repeated tells nothing.
        step = isFirst ? .repeated : .idle
        recover = nxt
    }

    /// An acknowledgment has come.
    ///
    /// - Parameters:
    ///   - advances: it moved SND.UNA, to `una`.
    ///   - lowestOriginal: the lowest newly arrived sequence number that was sent only once.
    ///   - maySendNew: there is new text, and the peer's window takes it.
    package mutating func onAcknowledgment(
        advances: Bool, una: SequenceNumber, lowestOriginal: SequenceNumber?, maySendNew: Bool
    ) -> Outcome {
        switch step {
        case .idle: return .undecided
        case .repeated:
            // §3.1 step 2: duplicates in front of the repetition's own ACK are no news; those that report text tell no more.
            guard advances else { return .undecided }
            // 2a: everything has come, one way or the other. 2b, without new text: "the recommended action is to refrain from
            // entering step 3 of this algorithm."
            guard una < recover, maySendNew else { return end(.genuine) }
            step = .probing
            return .sendNew
        case .probing:
            // 3b: "acknowledges data that was not acknowledged earlier (either with cumulative acknowledgment or using SACK
            // information), declare the timeout spurious"
            if let lowestOriginal, lowestOriginal < recover { return end(.spurious) }
            // 3a: a duplicate, or one that reports only what was sent since.
            return end(.genuine)
        }
    }

    /// The recovery is over or replaced.
    package mutating func cancel() { step = .idle }

    private mutating func end(_ outcome: Outcome) -> Outcome {
        step = .idle
        return outcome
    }
}
