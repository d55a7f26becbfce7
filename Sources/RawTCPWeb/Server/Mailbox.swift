import CNIO
import Synchronization

/// What happened to a socket or to its owner.
struct Signals: OptionSet, Sendable {
    let rawValue: UInt32

    static let readable = Signals(rawValue: CNIO_READABLE)
    static let writable = Signals(rawValue: CNIO_WRITABLE)
    /// The peer will send nothing more.
    static let ended = Signals(rawValue: CNIO_ENDED)
    /// The connection was reset, or has been given up.
    static let lost = Signals(rawValue: CNIO_LOST)
    /// The connection is closed in both directions.
    static let closed = Signals(rawValue: CNIO_CLOSED)
    /// The deadline has passed.
    static let due = Signals(rawValue: 1 << 8)
    /// The connection was accepted: begin.
    static let begin = Signals(rawValue: 1 << 9)
    /// The server stops: finish what runs, begin nothing.
    static let stop = Signals(rawValue: 1 << 10)
    /// The server's patience is over.
    static let cut = Signals(rawValue: 1 << 11)
    /// Whoever waited for content no longer wants it.
    static let abandoned = Signals(rawValue: 1 << 12)
}

extension Signals {
    fileprivate init(rawValue: Int) { self.init(rawValue: UInt32(rawValue)) }
}

/// Where an actor is reached from other threads without waiting: signals not yet attended to, and its next deadline.
///
/// Both are atomics, not actor state, because the reactor's threads must never wait for an actor.
final class Mailbox: Sendable {
    private let signals = Atomic<UInt32>(0)
    private let deadlineNanoseconds = Atomic<Int64>(.max)

    /// Adds signals; true if there were none, so that the owner has to be told.
    func post(_ new: Signals) -> Bool {
        signals.bitwiseOr(new.rawValue, ordering: .acquiringAndReleasing).oldValue == 0
    }

    /// Takes all signals.
    func take() -> Signals { Signals(rawValue: signals.exchange(0, ordering: .acquiringAndReleasing)) }

    /// When the owner wants to be told `due`, on the monotonic clock. Sequentially consistent: see `Reactor.note`.
    var deadline: Int64 {
        get { deadlineNanoseconds.load(ordering: .sequentiallyConsistent) }
        set { deadlineNanoseconds.store(newValue, ordering: .sequentiallyConsistent) }
    }
}
