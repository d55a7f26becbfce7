import Engine
import Testing

@Suite struct LinkWallClockTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    @Test func anInstantHasOneTimeHoweverOftenTheClocksAreRead() {
        let clock = WallClock(offset: 500)
        let time = clock.time(of: start)
        for noise in [-40, 70, 900_000] as [Int64] {
            clock.note(offset: 500 + noise, at: start + .milliseconds(1))
            #expect(clock.time(of: start) == time)
        }
    }

    @Test func aClockThatIsSetLeavesThePastAlone() {
        let clock = WallClock(offset: 0)
        let hour: Int64 = 3_600_000_000_000
        clock.note(offset: hour, at: start + .milliseconds(5))
        #expect(clock.time(of: start) == start.nanoseconds)
        let later = start + .milliseconds(6)
        #expect(clock.time(of: later) == later.nanoseconds + hour)
    }

    @Test func theEldestErasAreForgotten() {
        let clock = WallClock(offset: 0)
        for step in 1...2_000 as ClosedRange<Int64> {
            clock.note(offset: step * 2_000_000, at: start + .milliseconds(step))
        }
        let newest = start + .milliseconds(3_000)
        #expect(clock.time(of: newest) == newest.nanoseconds + 4_000_000_000)
        // Before the eldest that is kept, its offset is the best that is known.
        #expect(clock.time(of: start) > start.nanoseconds)
    }
}
