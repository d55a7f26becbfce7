import Engine
import HTTPTypes
import RawTCPWeb
import Testing

/// `/v1/scenarios` before an engine of which nothing is asked.
@Suite struct APIScenarioTests {
    private static let script = """
        // A listener answers a SYN.
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +.5 < S 0:0(0) win 1000
        +0 > S. 0:0(0) ack 1 <...>
        +0 `true`
        """

    private func send(
        _ method: String, _ target: String, _ text: String? = nil, type: String = "text/x-packetdrill",
        router: Router = Router(routes: surface, gate: Gate())
    ) async throws -> Answer {
        let fields: HTTPFields = text == nil ? [:] : [.contentType: type]
        return try await ask(method, target, fields: fields, body: text, router: router)
    }

    @Test func aPassingScriptTellsItsLinesAndWhatItIgnored() async throws {
        let answer = try await send("POST", "/v1/scenarios?clock=virtual&seed=7&profile=default", Self.script)
        #expect(answer.status == 200)
        #expect(answer.json["verdict"] == "pass")
        #expect(answer.json["lines"] == 6)
        #expect(answer.json["ignored"] == ["true"])
        #expect(answer.json["virtualSeconds"] == 0.5)
    }

    @Test func theSameSeedGivesTheSameDigestAndAnotherAnother() async throws {
        var tags: [String?] = []
        for seed in [1, 1, 2] {
            tags.append(try await send("POST", "/v1/scenarios?seed=\(seed)", Self.script).head.headerFields[.eTag])
        }
        #expect(tags[0]?.isEmpty == false)
        #expect(tags[0] == tags[1])
        #expect(tags[0] != tags[2])
    }

    @Test func aStepThatIsNotAsItsLineSaysIsNamed() async throws {
        let answer = try await send("POST", "/v1/scenarios", Self.script.replacing("ack 1", with: "ack 2"))
        #expect(answer.status == 422)
        #expect(answer.problem == "scenario-failed")
        #expect(answer.json["line"] == 6)
        #expect(answer.json["source"] == "+0 > S. 0:0(0) ack 2 <...>")
        #expect(answer.json["expected"]?.text?.contains("ack 2") == true)
        #expect(answer.json["actual"]?.text?.contains("ack 1") == true)
    }

    @Test func aLineThatCannotBeUnderstoodIsNamed() async throws {
        let answer = try await send(
            "POST", "/v1/scenarios", "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 frob(3) = 0")
        #expect(answer.status == 400)
        #expect(answer.problem == "unsupported-script")
        #expect(answer.json["line"] == 2)
        #expect(answer.json["column"] == 3)
        #expect(answer.json["token"] == "frob")
    }

    @Test(arguments: ["application/json", "application/x-www-form-urlencoded"])
    func anotherContentTypeIsRefused(type: String) async throws {
        let answer = try await send("POST", "/v1/scenarios", Self.script, type: type)
        #expect(answer.status == 415)
        #expect(answer.json["detail"]?.text?.contains("text/x-packetdrill") == true)
    }

    @Test func aScriptOnTheWireNeedsAPeer() async throws {
        let answer = try await send("POST", "/v1/scenarios?clock=real", "0 < S 0:0(0) win 1")
        #expect(answer.status == 400)
        #expect(answer.problem == "unsupported-script")
        #expect(try await send("POST", "/v1/scenarios?remote=127.0.0.1:1", Self.script).places == ["remote"])
    }

    @Test func packsAreListedWithTheirRequirements() async throws {
        let answer = try await send("GET", "/v1/packs")
        #expect(answer.status == 200)
        #expect(answer.text.contains("\"rfc9293\"") && answer.text.contains("RFC 5961 3.2"))
        for pack in ConformancePack.all {
            for row in pack.rows { #expect(throws: Never.self, "\(row.title)") { try Script(parsing: row.script) } }
        }
    }

    @Test(arguments: ["clock=never", "seed=-1", "profile=windows", "sead=7"])
    func aWrongParameterIsNamed(query: String) async throws {
        let answer = try await send("POST", "/v1/scenarios?\(query)", Self.script)
        #expect(answer.status == 422)
        #expect(answer.places == [String(query.prefix { $0 != "=" })])
    }

    @Test func aStoredScriptCanBeShownRunListedAndDeleted() async throws {
        let router = Router(routes: surface, gate: Gate())
        let put = try await send("PUT", "/v1/scenarios/mine", Self.script, router: router)
        #expect(put.status == 201)
        #expect(put.json["title"] == "A listener answers a SYN.")
        #expect(try await send("PUT", "/v1/scenarios/mine", Self.script, router: router).status == 200)
        #expect(try await send("GET", "/v1/scenarios/mine", router: router).text == Self.script)
        #expect(try await send("POST", "/v1/scenarios/mine/runs?seed=1", router: router).json["verdict"] == "pass")
        let list = try await send("GET", "/v1/scenarios?limit=1&after=loss", router: router)
        #expect(list.text.contains("\"mine\""))
        #expect(try await send("DELETE", "/v1/scenarios/mine", router: router).status == 204)
        #expect(try await send("GET", "/v1/scenarios/mine", router: router).problem == "not-found")
    }

    @Test func whoDeletesAScriptFindsTheStarterThatItCovered() async throws {
        let router = Router(routes: surface, gate: Gate())
        let (name, starter) = try #require(StarterScenarios.all.first)
        let path = "/v1/scenarios/\(name)"
        for _ in 1...2 {
            #expect(try await send("PUT", path, Self.script, router: router).status == 200)
            #expect(try await send("GET", path, router: router).text == Self.script)
        }
        #expect(try await send("DELETE", path, router: router).status == 204)
        #expect(try await send("GET", path, router: router).text == starter)
    }

    @Test(arguments: ["c1", "1x", "a%20b"])
    func aNameThatNoClientMayGiveIsRefused(name: String) async throws {
        #expect(try await send("PUT", "/v1/scenarios/\(name)", Self.script).status == 422)
    }

    @Test(arguments: StarterScenarios.all.map(\.name), Personality.allCases)
    func everyStarterScenarioPassesUnderEveryPersonality(name: String, personality: Personality) async throws {
        let answer = try await send("POST", "/v1/scenarios/\(name)/runs?profile=\(personality.rawValue)")
        #expect(answer.status == 200, "\(answer.text)")
    }
}
