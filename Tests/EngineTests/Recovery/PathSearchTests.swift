import Engine
import Testing

/// The search for what a path takes (RFC 4821).
struct PathSearchTests {
    private static let una = SequenceNumber(4_294_967_000)
    private let now = Instant(nanoseconds: 0)

    private func search(low: Int = 552, most: Int = 1_500, isActive: Bool = true) -> PathSearch {
        PathSearch(low: low, most: most, isActive: isActive)
    }

    @Test("a probe is half way between what arrives and what may")
    func halfway() {
        var search = search()
        let first = search.nextSize(above: 640, limit: 9_000, step: 8, at: now)
        #expect(first == 1_026)
    }

    @Test("the network's word limits a probe")
    func limited() {
        var search = search()
        let first = search.nextSize(above: 640, limit: 1_000, step: 8, at: now)
        #expect(first == 776)
    }

    @Test("while a probe is on its way there is no other")
    func oneAtATime() {
        var search = search()
        search.onSent(Self.una, Self.una + 986, size: 1_026)
        let first = search.nextSize(above: 640, limit: 9_000, step: 8, at: now)
        #expect(first == nil)
    }

    @Test("a probe that arrives raises what is sure, across the wrap")
    func arrived() {
        var search = search()
        search.onSent(Self.una, Self.una + 986, size: 1_026)
        let first = search.onAcknowledged(upTo: Self.una + 985)
        #expect(first == nil)
        let second = search.onAcknowledged(upTo: Self.una + 986)
        #expect(second == 1_026)
        let third = search.nextSize(above: 1_026, limit: 9_000, step: 8, at: now)
        #expect(third == 1_263)
    }

    @Test("a probe that alone is lost lowers what may arrive")
    func lost() {
        var search = search()
        search.onSent(Self.una, Self.una + 986, size: 1_026)
        let first = search.onLoss(octets: 986, una: Self.una)
        #expect(first)
        #expect(search.high == 1_025)
    }

    @Test("a probe that is lost with others says nothing", arguments: [1_586, 600])
    func inconclusive(octets: Int) {
        var search = search()
        search.onSent(Self.una, Self.una + 986, size: 1_026)
        let first = search.onLoss(octets: octets, una: Self.una)
        #expect(!first)
        #expect(search.high == 1_500)
        let second = search.nextSize(above: 640, limit: 9_000, step: 8, at: now)
        #expect(second == 1_026)
    }

    @Test("the search ends where a step is worth nothing, and begins again after ten minutes")
    func rest() {
        var search = search(low: 1_495)
        let first = search.nextSize(above: 1_495, limit: 1_500, step: 8, at: now)
        #expect(first == nil)
        let second = search.nextSize(above: 1_495, limit: 1_500, step: 8, at: now + .seconds(Int64(599)))
        #expect(second == nil)
        let third = search.nextSize(above: 600, limit: 1_500, step: 8, at: now + .seconds(Int64(600)))
        #expect(third == nil)
        let fourth = search.nextSize(above: 600, limit: 1_500, step: 8, at: now + .seconds(Int64(600)))
        #expect(fourth == 1_050)
    }

    @Test("silence begins a search that waited for it, and then halves what is sure, down to the least")
    func silence() {
        var search = search(low: 1_064, isActive: false)
        let first = search.nextSize(above: 640, limit: 1_500, step: 8, at: now)
        #expect(first == nil)
        search.onSilence(base: 1_024, floor: 64, headers: 40)
        #expect(search.low == 1_064)
        for expected in [552, 296, 168, 104, 104] {
            search.onSilence(base: 1_024, floor: 64, headers: 40)
            #expect(search.low == expected)
        }
    }
}
