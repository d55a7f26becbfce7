import Engine
import Testing

/// Duplicates of a connection with SACK, for those who go by their number.
struct DuplicateCountTests {
    private static let iss = SequenceNumber(.max - 5)

    @Test("only the third duplicate in a row says that something is lost")
    func third() {
        var recovery = LossRecovery(iss: Self.iss)
        let verdicts = (1...5).map { _ in recovery.isThirdSelectiveDuplicate() }
        #expect(verdicts == [false, false, true, false, false])
    }

    @Test("an acknowledgment of something new begins the count again")
    func advance() {
        var recovery = LossRecovery(iss: Self.iss)
        _ = recovery.isThirdSelectiveDuplicate()
        _ = recovery.isThirdSelectiveDuplicate()
        _ = recovery.onAdvance(una: Self.iss + 1_000)
        let verdicts = (1...3).map { _ in recovery.isThirdSelectiveDuplicate() }
        #expect(verdicts == [false, false, true])
    }

    @Test("in a recovery, and after a timeout, the count says nothing")
    func underWay() {
        var recovery = LossRecovery(iss: Self.iss)
        recovery.enter(nxt: Self.iss + 4_000)
        #expect((1...3).allSatisfy { _ in !recovery.isThirdSelectiveDuplicate() })
        recovery.onTimeout(nxt: Self.iss + 4_000)
        #expect((1...3).allSatisfy { _ in !recovery.isThirdSelectiveDuplicate() })
    }
}
