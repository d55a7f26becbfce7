import Engine
import RawTCPWeb
import Testing

/// How requests write the options of crafted segments.
@Suite struct CraftedOptionTests {
    private func model(_ option: String) throws -> CraftRequestModel {
        let text = #"{"remote": "127.0.0.1:9", "options": [\#(option)]}"#
        return try CraftRequestModel(StrictObject(try JSON(parsing: Array(text.utf8))))
    }

    @Test(
        arguments: [
            (#"{"kind": 253, "hex": "f989"}"#, [253, 4, 0xf9, 0x89]),
            (#"{"kind": 253, "name": "unknown", "hex": "f989"}"#, [253, 4, 0xf9, 0x89]),
            (#"{"kind": 1}"#, [1]),
            (#"{"kind": 2}"#, [2, 2]),
            (#"{"raw": "0101"}"#, [1, 1]),
            (#"{"kind": 2, "value": 1460}"#, [2, 4, 5, 0xb4]),
            (#"{"kind": 2, "name": "mss", "value": 1460, "length": 9}"#, [2, 9, 5, 0xb4]),
            (#"{"kind": 3, "name": "windowScale", "value": 255}"#, [3, 3, 255]),
            (#"{"kind": 4, "name": "sackPermitted"}"#, [4, 2]),
            (#"{"kind": 5, "blocks": [{"start": 1, "end": 4294967295}]}"#, [5, 10, 0, 0, 0, 1, 255, 255, 255, 255]),
            (#"{"kind": 8, "name": "timestamps", "value": 1, "echo": 2}"#, [8, 10, 0, 0, 0, 1, 0, 0, 0, 2]),
            (#"{"kind": 28, "value": 100}"#, [28, 4, 0, 100]),
            (#"{"kind": 28, "value": 32820}"#, [28, 4, 0x82, 0x23]),
            (#"{"kind": 34, "name": "fastOpen", "hex": "01020304"}"#, [34, 6, 1, 2, 3, 4]),
        ] as [(String, [UInt8])])
    func anOptionIsOctetsOrWhatTheLogShows(text: String, octets: [UInt8]) throws {
        #expect(try model(text).request.options == octets)
    }

    @Test(arguments: [
        (#"{"value": 1460}"#, "kind"),
        (#"{"kind": 2, "value": 65536}"#, "value"),
        (#"{"kind": 2, "value": 1, "hex": "05b4"}"#, "hex"),
        (#"{"kind": 2, "name": "timestamps", "value": 1}"#, "name"),
        (#"{"kind": 2, "echo": 1}"#, "echo"),
        (#"{"kind": 4, "value": 1}"#, "value"),
        (#"{"kind": 253, "value": 1}"#, "value"),
        (#"{"kind": 5, "blocks": [{"start": 1}]}"#, "blocks/0/end"),
        (#"{"kind": 8, "echo": 1}"#, "value"),
        (#"{"kind": 28, "value": 32768}"#, "value"),
        (#"{"raw": "01", "value": 1}"#, "value"),
    ])
    func whatHasNoPlaceInTheOptionIsRefusedByName(text: String, member: String) throws {
        let problem = #expect(throws: Problem.self) { _ = try model(text) }
        #expect(problem?.faults.map(\.place).contains(.pointer("/options/0/\(member)")) == true)
    }
}
