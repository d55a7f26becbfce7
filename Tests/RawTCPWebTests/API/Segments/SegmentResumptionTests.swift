import Engine
import RawTCPWeb
import Testing

@Suite("Where an event stream goes on")
struct SegmentResumptionTests {
    @Test(
        "An id of this run is a place in the log",
        arguments: [
            ("0badcafe-7.2", LogPosition(7, 2)), ("0badcafe-7.0", LogPosition(7)), ("0badcafe-7", LogPosition(7)),
            ("0badcafe-0.1", LogPosition(0, 1)),
        ])
    func ownIDs(id: String, position: LogPosition) {
        #expect(SegmentStream.Resumption(id, run: "0badcafe") == .position(position))
    }

    @Test(
        "Any other id starts anew",
        arguments: [
            "deadbeef-7.2", "0badcafe", "0badcafe-", "0badcafe-7.", "0badcafe-.2", "0badcafe-7.2.1", "0badcafe-7-2",
            "0badcafe--7", "0badcafe-7.x", "x",
        ])
    func foreignIDs(id: String) {
        #expect(SegmentStream.Resumption(id, run: "0badcafe") == .restarted)
    }
}
