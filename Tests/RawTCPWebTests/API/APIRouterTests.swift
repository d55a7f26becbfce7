import Engine
import HTTPTypes
import RawTCPWeb
import Testing

@Suite struct APIRouterTests {
    @Test func anUnknownMethodIsRefusedWithThoseThereAre() async throws {
        let answer = try await ask("PUT", "/v1/connections/c1")
        #expect(answer.status == 405)
        #expect(answer.problem == "method-not-allowed")
        #expect(answer.head.headerFields[.allow] == "GET, HEAD, PATCH, DELETE, OPTIONS")
    }

    @Test func optionsTellsTheMethods() async throws {
        let answer = try await ask("OPTIONS", "/v1/connections/c1/send")
        #expect(answer.status == 204)
        #expect(answer.head.headerFields[.allow] == "POST, OPTIONS")
    }

    @Test func optionsOfTheWholeServiceTellsEveryMethodOfARoute() async throws {
        let answer = try await ask("OPTIONS", "*")
        #expect(answer.status == 204)
        let allowed = Set(try #require(answer.head.headerFields[.allow]).split(separator: ", ").map(String.init))
        #expect(allowed == Set(surface.map(\.method.rawValue)).union(["HEAD", "OPTIONS"]))
    }

    @Test func headIsGetAndTraceIsNothing() async throws {
        #expect(try await ask("HEAD", "/v1/connections").status == 200)
        #expect(try await ask("TRACE", "/v1/connections").status == 405)
        #expect(try await ask("TRACE", "/nowhere").status == 405)
    }

    @Test(arguments: ["/v1", "/v1/", "/v1/conections", "/v1/connections/", "/v1/connections/c1/c2/c3", "/v2", "/"])
    func whatIsNotThereIsNotFound(path: String) async throws {
        let answer = try await ask("GET", path)
        #expect(answer.status == 404)
        #expect(answer.problem == "not-found")
    }

    @Test func anUnknownParameterIsNamedBeforeAnythingHappens() async throws {
        let answer = try await ask("POST", "/v1/connections?tiemout=5s", json: "{}")
        #expect(answer.status == 422)
        #expect(answer.problem == "invalid-request")
        #expect(answer.places == ["tiemout"])
        #expect(answer.json["detail"]?.text?.contains("timeout") == true)
    }

    @Test func faultsOfABodyAreReportedTogether() async throws {
        let answer = try await ask("POST", "/v1/connections", json: #"{"remote": 5, "ttl": true, "nagel": true}"#)
        #expect(answer.status == 422)
        #expect(answer.problem == "unknown-member")
        #expect(answer.places == ["/remote", "/ttl", "/nagel"])
    }

    @Test func aMissingContentTypeIsToldHowCurlDoesIt() async throws {
        let answer = try await ask("POST", "/v1/connections")
        #expect(answer.status == 415)
        #expect(answer.json["detail"]?.text?.contains("curl --json") == true)
    }

    @Test func invalidJSONIsToldByItsPlace() async throws {
        let answer = try await ask("POST", "/v1/connections", json: "{\"remote\"}")
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-json")
        #expect(answer.json["detail"]?.text?.hasPrefix("Line 1, column 10") == true)
    }

    @Test func anOversizedBodyIsRefused() async throws {
        let long = String(repeating: " ", count: Call.jsonLimit) + "{}"
        let answer = try await ask("POST", "/v1/connections", json: long)
        #expect(answer.status == 413)
        #expect(answer.problem == "content-too-large")
    }

    @Test(
        arguments: [
            ("respond-async", "respond-async"), ("wait=3", "wait=3"),
            ("foo, WAIT=\"7\"; x=y", "wait=7"),
            ("wait=900", "wait=60"), ("wait=-1", nil), ("wait", nil),
        ] as [(String, String?)])
    func aPreferenceThatIsAppliedIsSaidToBe(prefer: String, applied: String?) async throws {
        let answer = try await ask(
            "POST", "/v1/connections", json: #"{"remote": "127.0.0.1:1"}"#, fields: [.prefer: prefer])
        #expect(answer.status == 503)  // by the engine that refuses
        #expect(answer.head.headerFields[.preferenceApplied] == applied)
    }

    @Test func aParameterWinsOverAPreference() async throws {
        let answer = try await ask(
            "POST", "/v1/connections?timeout=1s", json: #"{"remote": "127.0.0.1:1"}"#, fields: [.prefer: "wait=3"])
        #expect(answer.head.headerFields[.preferenceApplied] == nil)
    }

    @Test func prettyIndentsAnswersAndProblems() async throws {
        #expect(try await ask("GET", "/v1/connections?pretty=1").text.hasPrefix("{\n  \"connections\": []"))
        #expect(try await ask("GET", "/v1/connections/c1?pretty=1").text.hasPrefix("{\n  \"type\""))
        #expect(try await ask("GET", "/v1/connections?pretty=true&limit=x").text.hasPrefix("{\n  \"type\""))
        #expect(try await ask("GET", "/v1/connections").text == "{\"connections\":[],\"next\":null}\n")
    }

    @Test func everyAnswerCarriesTheBrowserDefences() async throws {
        for path in ["/v1/connections", "/v1/nothing", "/healthz", "/problems/internal"] {
            let fields = try await ask("GET", path).head.headerFields
            #expect(fields[.xContentTypeOptions] == "nosniff")
            #expect(fields[.crossOriginResourcePolicy] == "same-origin")
            #expect(fields[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
            #expect((fields[.cacheControl] == "no-store") == path.hasPrefix("/v1"))
        }
    }

    @Test func staticFilesAnswerWhatNoRouteDoes() async throws {
        let router = Router(routes: surface, gate: Gate()) { request in
            request.path == "/index.html"
                ? Response(head: HTTPResponse(status: .ok), body: .bytes(Array("page".utf8))) : nil
        }
        #expect(try await ask("GET", "/index.html", router: router).text == "page")
        #expect(try await ask("POST", "/index.html", router: router).status == 405)
        #expect(
            try await ask("OPTIONS", "/index.html", router: router).head.headerFields[.allow] == "GET, HEAD, OPTIONS")
        #expect(try await ask("GET", "/other.html", router: router).status == 404)
    }

    @Test(arguments: [("/v1/connections/%63%31", 404), ("/v1/connections/%ff", 404)])
    func pathsAreDecodedBeforeTheyAreCompared(path: String, status: Int) async throws {
        #expect(try await ask("GET", path).status == status)
    }
}
