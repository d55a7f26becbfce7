import Synchronization

/// What o'clock it was at an instant.
///
/// The offset between the two clocks is never read twice alike, it drifts, and it jumps when somebody sets the clock. So it is
/// not asked for each answer anew: what was true when an instant passed stays true of it, and `openedAt` is the same in every
/// answer.
package final class WallClock: Sendable {
    /// From `start` on, this is what to add to an instant to get nanoseconds since 1970.
    private struct Era {
        var start: Instant
        var offset: Int64
    }

    private let eras: Mutex<[Era]>

    /// Readings that differ by less are of the same era: between the two clocks of one reading a thread may lose the processor,
    /// and the kernel turns its clock by at most 0.5 ms a second.
    private static let tolerance: Int64 = 1_000_000
    /// Eras kept. At the kernel's fastest that is half an hour, and for a clock that nobody sets, days.
    private static let limit = 1_024

    /// A clock whose first era has this offset.
    package init(offset: Int64) { eras = Mutex([Era(start: .zero, offset: offset)]) }

    /// Begins a new era if the offset that was just read is not the old one any more.
    package func note(offset: Int64, at now: Instant) {
        eras.withLock { eras in
            guard let current = eras.last, abs(offset - current.offset) > Self.tolerance else { return }
            eras.append(Era(start: now, offset: offset))
            if eras.count > Self.limit { eras.removeFirst() }
        }
    }

    /// The time of an instant, in nanoseconds since 1970.
    package func time(of instant: Instant) -> Int64 {
        eras.withLock { eras in
            let era = eras.last { $0.start <= instant } ?? eras.first
            return instant.nanoseconds + (era?.offset ?? 0)
        }
    }
}
