import HTTPTypes
import RawTCPWeb
import Testing

/// `Accept` on routes that have one representation (RFC 9110 §12.5.1).
@Suite struct APIAcceptTests {
    @Test(arguments: [
        "application/json", "application/*", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8",
        "text/plain, */*;q=0.1",
        "application/json;q=0.5", "APPLICATION/JSON", "application/json; charset=utf-8", "nonsense", "",
    ])
    func whatTakesJSONGetsIt(accept: String) async throws {
        let answer = try await ask("GET", "/v1/connections", fields: [.accept: accept])
        #expect(answer.status == 200)
        #expect(answer.head.headerFields[.contentType] == "application/json")
    }

    @Test(arguments: ["text/html", "text/*", "application/json;q=0", "image/png, text/plain", "application/xml;q=1"])
    func whatDoesNotIsTold406(accept: String) async throws {
        let answer = try await ask("GET", "/v1/connections", fields: [.accept: accept])
        #expect(answer.status == 406)
        #expect(answer.problem == "not-acceptable")
        #expect(answer.head.headerFields[.contentType] == "application/problem+json")
        #expect(answer.json["detail"]?.text?.contains("application/json") == true)
    }

    @Test func nothingHappensBefore() async throws {
        // An engine that was asked would refuse with 503.
        let answer = try await ask(
            "POST", "/v1/connections", json: #"{"remote": "127.0.0.1:9"}"#, fields: [.accept: "text/html"])
        #expect(answer.status == 406)
    }

    @Test(arguments: [
        ("GET", "/problems/not-found", "text/html", 200), ("GET", "/problems/not-found", "application/json", 406),
        ("GET", "/v1/segments", "text/plain", 200), ("GET", "/v1/segments", "image/png", 406),
        ("DELETE", "/v1/session", "text/html", 204), ("OPTIONS", "/v1/connections", "text/html", 204),
        ("GET", "/v1/connections/c9/received", "text/html", 406), ("HEAD", "/v1/listeners", "text/html", 406),
        ("GET", "/v1/captures/x", "application/x-pcapng", 404), ("GET", "/v1/captures/x", "application/json", 406),
    ])
    func eachRouteKnowsItsOwn(method: String, target: String, accept: String, status: Int) async throws {
        #expect(try await ask(method, target, fields: [.accept: accept]).status == status)
    }
}
