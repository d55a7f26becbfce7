import Engine
import Testing

/// R2 as a number of repetitions.
@Suite struct RetriesTests {
    @Test(
        "repetitions stand for the time that they take",
        arguments: [(0, 200), (3, 3_000), (5, 12_600), (8, 102_200), (9, 204_600), (15, 924_600)])
    func timeOfRetries(_ retries: Int, milliseconds: Int64) {
        let patience = Connection.patience(retries: retries, longest: .seconds(Int64(120)))
        #expect(patience == .milliseconds(milliseconds))
    }

    @Test("a number beyond all reason is no trap")
    func manyRetries() {
        let longest = Interval.seconds(Int64(120))
        let most = Connection.patience(retries: 255, longest: longest)
        #expect(Connection.patience(retries: .max, longest: longest) == most)
        #expect(Connection.patience(retries: -1, longest: longest) == .milliseconds(200))
    }
}
