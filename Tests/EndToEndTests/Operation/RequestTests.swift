import Foundation
import Testing

extension EndToEnd {
    /// Requests that are wrong, each with the problem that names what is.
    @Suite struct Requests {
        @Test func anUnknownMemberIsNamedWithTheNearestOne() throws {
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": "127.0.0.1:1", "initialSequnce": 1])
                expectProblem(answer, 422, "unknown-member")
                let error = answer.json["errors"][0]
                #expect(error["pointer"] == "/initialSequnce")
                #expect(error["detail"].string?.contains("initialSequence") == true, "\(answer)")
            }
        }

        @Test(
            arguments: [
                (["remote": 6_666], "/remote"),
                (["remote": "127.0.0.1:70000"], "/remote"),
                (["remote": "127.1:80"], "/remote"),
                (["remote": "127.0.0.1:1", "initialSequence": -1], "/initialSequence"),
                (["remote": "127.0.0.1:1", "initialSequence": 4_294_967_296], "/initialSequence"),
                (["remote": "127.0.0.1:1", "ttl": 0], "/ttl"),
                (["remote": "127.0.0.1:1", "timestamps": "yes"], "/timestamps"),
                (["remote": "127.0.0.1:1", "name": "c1"], "/name"),
                (["remote": "127.0.0.1:1", "guard": "prayer"], "/guard"),
                ([:], "/remote"),
            ] as [(JSON, String)])
        func aWrongTypeOrRangeIsNamedByItsPointer(body: JSON, pointer: String) throws {
            try Service.run { service in
                let answer = try service.post("/v1/connections", body)
                expectProblem(answer, 422, "invalid-request")
                #expect(answer.json["errors"].elements.contains { $0["pointer"].string == pointer }, "\(answer)")
            }
        }

        @Test func invalidJSONAndAnotherContentTypeAreToldApart() throws {
            try Service.run { service in
                let json = ["Content-Type": "application/json"]
                let broken = try service.client.send(
                    "POST", "/v1/connections", fields: json, body: Array("{\"remote\": ".utf8))
                expectProblem(broken, 400, "invalid-json")
                let text = try service.client.send(
                    "POST", "/v1/connections", fields: ["Content-Type": "text/plain"], body: Array("{}".utf8))
                expectProblem(text, 415, "unsupported-media-type")
                #expect(text.text.contains("--json"))
            }
        }

        @Test func anOversizedBodyIsTooLarge() throws {
            try Service.run { service in
                let body = Array(
                    "{\"remote\": \"127.0.0.1:1\", \"name\": \"\(String(repeating: "a", count: 16 << 20))\"}".utf8)
                let answer = try service.client.send(
                    "POST", "/v1/connections", fields: ["Content-Type": "application/json"], body: body)
                expectProblem(answer, 413, "content-too-large")
            }
        }

        @Test func anUnknownParameterIsNamed() throws {
            try Service.run { service in
                let answer = try service.get("/v1/segments?conection=c1")
                #expect(answer.status == 422, "\(answer)")
                #expect(answer.json["errors"][0]["parameter"] == "conection")
            }
        }

        @Test func unknownPathsAndMethodsAreProblemsToo() throws {
            try Service.run { service in
                expectProblem(try service.get("/v1/nothing"), 404, "not-found")
                expectProblem(try service.get("/v1/connections/c99"), 404, "not-found")
                let answer = try service.delete("/v1/segments")
                expectProblem(answer, 405, "method-not-allowed")
                #expect(answer.fields["allow"]?.contains("GET") == true)
            }
        }

        @Test func aTrapOfCurlsDefaultsIsCaught() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                let answer = try service.client.send(
                    "POST", "\(connection)/send", fields: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: Array("{\"text\": \"hello\"}".utf8))
                expectProblem(answer, 415, "unsupported-media-type")
                #expect(try service.get(connection).json["counters"]["bytesSent"] == 0)
            }
        }

        @Test func anotherHostAndAnotherOriginAreTurnedAway() throws {
            try Service.run { service in
                let elsewhere = try service.client.exchange(
                    Array("GET /v1/engine HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n".utf8))
                expectProblem(elsewhere, 421, "misdirected")
                let crossing = try service.client.send(
                    "GET", "/v1/engine", fields: ["Origin": "http://evil.example"])
                expectProblem(crossing, 403, "cross-site")
            }
        }

        @Test func theServiceDescribesItself() throws {
            try Service.run { service in
                #expect(try service.get("/healthz").status == 200)
                let page = try service.get("/")
                #expect(page.status == 200)
                #expect(page.fields["content-type"]?.hasPrefix("text/html") == true)
                let description = try service.get("/openapi.json").json
                #expect(description["openapi"].string?.hasPrefix("3.1") == true)
                #expect(description["paths"]["/v1/connections"]["post"] != .null)
                let engine = try service.get("/v1/engine").json
                #expect(engine["run"].string?.wholeMatch(of: #/[0-9a-f]{8}/#) != nil)
            }
        }
    }
}
