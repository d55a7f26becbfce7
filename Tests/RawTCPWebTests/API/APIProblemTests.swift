import Engine
import HTTPTypes
import RawTCPWeb
import Testing

@Suite struct APIProblemTests {
    @Test(arguments: ProblemType.allCases)
    func everyKindHasAStatusATitleAndAPage(type: ProblemType) async throws {
        #expect((400...505).contains(type.status))
        let explanation = type.explanation
        #expect(!explanation.title.isEmpty && !explanation.cause.isEmpty && !explanation.remedy.isEmpty)
        let page = try await ask("GET", type.reference)
        #expect(page.status == 200)
        #expect(page.head.headerFields[.contentType] == "text/html; charset=utf-8")
        #expect(page.text.contains("<h2>Remedy</h2>"))
    }

    @Test func titlesAreAllDifferent() {
        #expect(Set(ProblemType.allCases.map(\.title)).count == ProblemType.allCases.count)
    }

    @Test(
        arguments: [
            (.connectionRefused(ConnectionID(rawValue: 7)), 502, "connection-refused"),
            (.handshakeTimeout(ConnectionID(rawValue: 7), after: .milliseconds(5)), 504, "handshake-timeout"),
            (.portInUse(Endpoint(.loopbackV4, 1017), holder: "c1, TIME-WAIT, 41 s left"), 409, "port-in-use"),
            (.targetNotAllowed(Endpoint(.anyV4, 1), rule: "only loopback is allowed"), 403, "target-not-allowed"),
            (.privilegedPort(80, unprivilegedStart: 1024), 403, "privileged-port"),
            (.offsetReleased(oldest: 9), 410, "offset-released"),
            (.notOpen(ConnectionID(rawValue: 7), .finWait2, nil), 409, "not-open"),
            (.impossible(ConnectionID(rawValue: 7), detail: ""), 409, "not-open"),
            (.timedOut(ConnectionID(rawValue: 7), detail: ""), 504, "timed-out"),
            (.invalidRequest(member: "remote", detail: ""), 422, "invalid-request"),
            (.messageTooLong(mtu: 1500), 422, "message-too-long"), (.noRawSocket(detail: ""), 503, "no-raw-socket"),
            (.shuttingDown, 503, "shutting-down"), (.unreachable(nil, detail: ""), 502, "unreachable"),
            (.nameInUse("demo", holder: "c7"), 409, "name-in-use"),
            (.tooManyConnections(detail: "", retryAfter: .milliseconds(1_500)), 503, "too-many-connections"),
            (.connectionReset(ConnectionID(rawValue: 7)), 502, "connection-reset"), (.notFound("c9"), 404, "not-found"),
            (.guardUnavailable("range", reason: "x"), 409, "guard-unavailable"),
            (.system(call: "sendmmsg", errno: 1), 500, "internal"),
        ] as [(EngineError, Int, String)])
    func anEngineErrorBecomesItsStatus(error: EngineError, status: Int, name: String) {
        let problem = Problem(error)
        #expect(problem.type.status == status)
        #expect(problem.type.rawValue == name)
    }

    @Test func theHolderOfAPortIsNamed() {
        let problem = Problem(EngineError.portInUse(Endpoint(.loopbackV4, 1017), holder: "c1, TIME-WAIT, 41 s left"))
        #expect(problem.detail.contains("127.0.0.1:1017"))
        #expect(problem.detail.contains("c1, TIME-WAIT, 41 s left"))
        #expect(problem.connection == ConnectionID(rawValue: 1))
        #expect(Problem(EngineError.portInUse(Endpoint(.anyV4, 7), holder: "l3, LISTEN")).connection == nil)
    }

    @Test func retryAfterIsWholeSecondsAndNeverZero() {
        let problem = Problem(EngineError.tooManyConnections(detail: "full", retryAfter: .milliseconds(1_500)))
        #expect(problem.fields[.retryAfter] == "2")
    }

    @Test func aProblemTellsItsStoryInTheMembersOfTheStandard() {
        var problem = Problem(.connectionRefused, "refused")
        problem.connection = ConnectionID(rawValue: 2)
        problem.segments = [3, 4]
        let json = problem.json(instance: "/v1/connections")
        #expect(json["type"] == "/problems/connection-refused")
        #expect(json["status"] == 502)
        #expect(json["instance"] == "/v1/connections")
        #expect(json["connection"] == "c2")
        #expect(json["segments"] == [3, 4])
    }

    @Test func aPageReflectsNothingOfTheRequest() async throws {
        let answer = try await ask("GET", "/problems/%3Cscript%3E")
        #expect(answer.status == 404)
        #expect(!answer.text.contains("<script>"))
    }

    @Test(arguments: [
        (400, ProblemType.badRequest), (413, .contentTooLarge), (414, .uriTooLong), (431, .headerTooLarge),
        (505, .versionNotSupported),
    ])
    func aRefusalOfTheServerIsAProblemToo(status: Int, type: ProblemType) async throws {
        let router = Router(routes: [], gate: Gate())
        let response = await router.refuse(Refusal(status: .init(integerLiteral: status), detail: "why"), id: "r-1-2")
        #expect(response.head.status.code == status)
        #expect(response.head.status.reasonPhrase == type.title)
        #expect(response.head.headerFields[.contentType] == "application/problem+json")
        guard case .bytes(let octets) = response.body else {
            Issue.record("no body")
            return
        }
        let json = try JSON(parsing: octets)
        #expect(json["type"] == .string(type.reference))
        // RFC 9457 §3.1.5: "identifies the specific occurrence of the problem", which here only the Request-Id does.
        #expect(json["instance"] == "#r-1-2")
    }
}
