import Engine
import RawTCPWeb
import Testing

@Suite struct APIStrictnessTests {
    private func faults(_ text: String, _ read: (inout StrictObject) -> Void) throws -> [Fault] {
        var object = StrictObject(try JSON(parsing: Array(text.utf8)))
        read(&object)
        do {
            try object.finish()
            return []
        } catch {
            return error.faults
        }
    }

    @Test func everythingThatIsWrongIsToldAtOnce() throws {
        let faults = try faults(#"{"ttl": 0, "nagle": 1, "extra": null}"#) { object in
            _ = object.integer("ttl", in: 1...255)
            _ = object.bool("nagle")
        }
        #expect(faults.map(\.place) == [.pointer("/ttl"), .pointer("/nagle"), .pointer("/extra")])
    }

    @Test(arguments: [
        ("remot", "remote"), ("REMOTE", "remote"), ("initalSequence", "initialSequence"),
        ("windowscale", "windowScale"),
        ("seq", "sequence"), ("mtl", "ttl"), ("laocl", "local"),
    ])
    func anUnknownNameIsAnsweredWithTheNearest(name: String, nearest: String) {
        let known = ["remote", "local", "initialSequence", "sequence", "windowScale", "ttl", "nagle", "push"]
        #expect(NearestName.of(name, among: known) == nearest)
    }

    @Test func aMemberThatIsOnlyReadWhereItIsGivenIsKnown() throws {
        let faults = try faults(#"{"keepalive": null}"#) { object in
            _ = object.integer("idle", in: 0...9)
            if object.has("keepAlive") { _ = object.bool("keepAlive") }
        }
        #expect(faults.map(\.detail) == ["no such member; did you mean \"keepAlive\"?"])
    }

    @Test func aPointerLeadsToTheInnermostMember() throws {
        let faults = try faults(#"{"list": [{}, {"a/b~c": 1}], "inner": {"n": "x"}}"#) { object in
            _ = object.objects("list") { _ in true }
            _ = object.object("inner") { inner in inner.integer("n", in: 0...9) }
        }
        #expect(faults.map(\.place) == [.pointer("/list/1/a~1b~0c"), .pointer("/inner/n")])
        #expect(faults[0].isUnknownMember)
    }

    @Test func aBodyThatIsNoObjectIsAFaultOfTheWhole() throws {
        let faults = try faults("[1]") { _ = $0.string("a") }
        #expect(faults == [.member("", "must be an object, is an array")])
    }

    @Test(arguments: ["true", "\"5\"", "5.5", "-1", "4294967296", "[]"])
    func onlyWholeNumbersInRangePassAsSequenceNumbers(value: String) throws {
        let faults = try faults("{\"n\": \(value)}") { _ = $0.integer("n", in: 0...4_294_967_295) }
        #expect(faults.count == 1)
    }

    @Test func oneUnknownMemberMakesTheProblemItsOwnKind() {
        var unknown = Fault.member("/x", "no such member")
        unknown.isUnknownMember = true
        #expect(Problem(faults: [.member("/ttl", "wrong")]).type == .invalidRequest)
        #expect(Problem(faults: [.member("/ttl", "wrong"), unknown]).type == .unknownMember)
    }

    @Test(arguments: [
        (#"{"text": "hé"}"#, Array("hé".utf8)), (#"{"hex": "0a 0B\nff"}"#, [10, 11, 255]),
        (#"{"base64": "aGk="}"#, [104, 105]),
        (#"{"text": ""}"#, []),
    ])
    func aPayloadIsWrittenInOneOfThreeWays(text: String, octets: [UInt8]) throws {
        var object = StrictObject(try JSON(parsing: Array(text.utf8)))
        #expect(PayloadModel.read(&object) == octets)
        try object.finish()
    }

    @Test(arguments: ["\"0xg000\"", "\"0x+5\"", "\"0x\"", "\"beef\"", "1", "\"0x10000\""])
    func whatIsNoChecksumIsNotTakenForAuto(text: String) throws {
        let body = StrictObject(
            try JSON(parsing: Array("{\"remote\": \"127.0.0.1:9\", \"checksum\": \(text)}".utf8)))
        let problem = #expect(throws: Problem.self) { _ = try CraftRequestModel(body) }
        #expect(problem?.faults.map(\.place) == [.pointer("/checksum")])
    }

    @Test(arguments: ImpairmentRequest.Kind.allCases)
    func oneBodyDoesForEveryTypeOfImpairment(kind: ImpairmentRequest.Kind) throws {
        let attributes = #"{"probability": 0.05, "latency": "40ms", "jitter": "10ms", "nth": 3, "match": "data"}"#
        let body = #"{"type": "\#(kind.rawValue)", "attributes": \#(attributes)}"#
        let request = try ImpairmentRequest(creating: StrictObject(try JSON(parsing: Array(body.utf8))))
        #expect(request.settings.kind.name == kind.rawValue)
    }

    @Test(arguments: ["{}", #"{"type": null}"#, #"{"type": "losses"}"#])
    func anImpairmentNeedsAType(text: String) throws {
        let object = StrictObject(try JSON(parsing: Array(text.utf8)))
        #expect(throws: Problem.self) { _ = try ImpairmentRequest(creating: object) }
    }

    @Test(arguments: [
        "{}", #"{"text": "a", "hex": "00"}"#, #"{"hex": "0"}"#, #"{"hex": "0 0"}"#, #"{"hex": "zz"}"#,
        #"{"base64": "aGk"}"#,
        #"{"text": 1}"#, #"{"txt": "a"}"#, #"{"text": null}"#,
    ])
    func anythingElseIsNoPayload(text: String) throws {
        #expect(try !faults(text) { _ = PayloadModel.read(&$0) }.isEmpty)
    }
}

@Suite struct APIConnectionRequestTests {
    private func request(_ text: String) throws -> ConnectionRequest {
        try ConnectionRequest(StrictObject(try JSON(parsing: Array(text.utf8))))
    }

    @Test func onlyRemoteIsRequired() throws {
        let request = try request(#"{"remote": "127.0.0.1:6666"}"#)
        #expect(request.remote.port == 6666)
        #expect(request.options == ConnectionOptions())
    }

    @Test func everyMemberOfTheSurfaceIsRead() throws {
        let request = try request(
            #"""
            {"remote": "localhost:6666", "local": "127.0.0.1:1017", "name": "demo", "initialSequence": 4294967295,
             "mss": 1460, "windowScale": null, "sack": true, "timestamps": false, "ecn": false, "receiveBuffer": 4096,
             "sendBuffer": 8192, "ttl": 1, "dscp": 63, "congestion": "none", "nagle": true, "delayedAck": false,
             "keepAlive": {"idle": "1m", "count": 3}, "userTimeout": "250ms", "fastOpen": true,
             "payload": {"hex": "00ff"}, "customOptions": [{"kind": 253, "hex": "0a0b", "on": "data"}],
             "autoRelease": true, "timeWait": 0, "timeWaitReset": "close", "reuseTimeWait": true,
             "userTimeoutOption": true, "guard": "none", "personality": "default", "engine": "raw", "lease": null}
            """#)
        #expect(request.remote.host == .name("localhost"))
        #expect(request.local?.host == .address(.loopbackV4))
        #expect(request.localPort == 1017)
        #expect(request.initialSequence == SequenceNumber(4_294_967_295))
        #expect(request.payload == [0, 255])
        var expected = ConnectionOptions()
        expected.mss = 1460
        expected.windowScale = nil
        expected.timestamps = false
        expected.receiveBuffer = 4096
        expected.sendBuffer = 8192
        expected.ttl = 1
        expected.dscp = 63
        expected.congestion = .none
        expected.nagle = true
        expected.delayedAck = false
        expected.userTimeout = .milliseconds(250)
        expected.guardKind = .none
        expected.keepAlive = KeepAlive()
        expected.keepAlive?.idle = .seconds(Int64(60))
        expected.keepAlive?.count = 3
        expected.fastOpen = true
        expected.customOptions = [CustomOption(kind: 253, data: [10, 11], place: .data)]
        expected.autoRelease = true
        expected.timeWait = .zero
        expected.timeWaitReset = .close
        expected.reuseTimeWait = true
        expected.userTimeoutOption = true
        #expect(request.options == expected)
    }

    @Test(
        "custom options that a header cannot hold are refused before the handshake",
        arguments: [
            (#"[{"kind": 253, "hex": "00112233445566778899aabbccddeeff001122", "on": "syn"}]"#, "/customOptions"),
            (#"[{"kind": 253, "hex": "zz"}]"#, "/customOptions/0/hex"),
            (#"[{"kind": 1, "hex": ""}]"#, "/customOptions/0/kind"),
            (#"[{"hex": ""}]"#, "/customOptions/0/kind"),
            (#"[{"kind": 253, "hex": "", "on": "rst"}]"#, "/customOptions/0/on"),
            (#"[{"kind": 253, "hex": "", "where": "syn"}]"#, "/customOptions/0/where"),
        ])
    func customOptionsAreChecked(options: String, pointer: String) {
        #expect { try request("{\"remote\": \"127.0.0.1:1\", \"customOptions\": \(options)}") } throws: { error in
            (error as? Problem)?.faults.first?.place == .pointer(pointer)
        }
    }

    @Test func theRoomForOptionsDependsOnWhatElseIsOffered() throws {
        let option = #"{"kind": 253, "hex": "00112233445566778899aabbccddeeff0011", "on": "syn"}"#
        let body = #"{"remote": "127.0.0.1:1", "timestamps": false, "sack": false, "customOptions": [\#(option)]}"#
        #expect(try request(body).options.customOptions.count == 1)
    }

    @Test(arguments: [("1017", 1017), ("\"1017\"", 1017), ("0", 0), ("\"127.0.0.2\"", nil)] as [(String, UInt16?)])
    func aLocalPortMayStandAlone(local: String, port: UInt16?) throws {
        #expect(try request("{\"remote\": \"127.0.0.1:1\", \"local\": \(local)}").localPort == port)
    }

    @Test(arguments: [
        "\"127.0.0.1\"", "\"127.0.0.1:0\"", "\"127.1:80\"", "\"0x7f000001:80\"", "\"010.0.0.1:80\"", "\"::1:80\"",
        "\"127.0.0.1:65536\"", "\"127.0.0.1:+1\"", "\":80\"", "6666", "null",
    ])
    func aRemoteThatIsNoEndpointIsAFault(remote: String) {
        #expect { try request("{\"remote\": \(remote)}") } throws: { error in
            (error as? Problem)?.faults.first?.place == .pointer("/remote")
        }
    }

    @Test(arguments: GuardKind.allCases)
    func everyGuardIsReadAndTheEngineSaysWhichThereAre(kind: GuardKind) throws {
        let read = try request("{\"remote\": \"127.0.0.1:1\", \"guard\": \"\(kind.rawValue)\"}")
        #expect(read.options.guardKind == kind)
    }

    @Test func aChangeTellsNullFromAbsent() throws {
        let object = StrictObject(try JSON(parsing: Array(#"{"name": null, "nagle": true}"#.utf8)))
        let change = try ConnectionChangeRequest.read(object)
        #expect(change.name == .some(nil))
        #expect(change.nagle == true)
        #expect(change.userTimeout == nil)
        #expect(change.delayedAck == nil)
    }

    @Test(arguments: [
        ("demo", true), ("Demo.1-a_b", true), ("c1", false), ("C1", true), ("1a", false), ("", false), ("a b", false),
        ("c1x", true),
    ])
    func aNameDoesNotLookLikeAnID(name: String, isValid: Bool) {
        #expect(ClientName.isValid(name) == isValid)
        #expect(!ClientName.isValid(String(repeating: "a", count: 64)))
    }
}
