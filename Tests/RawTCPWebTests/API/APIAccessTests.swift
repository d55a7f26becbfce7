import HTTPTypes
import RawTCPWeb
import Synchronization
import Testing

/// Who may call: the token, sessions, and how long guessing is put up with.
@Suite struct APIAccessTests {
    private static let token = "correct-horse-battery-staple"

    /// A clock that tests set forward.
    private final class TestClock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private let clock = TestClock()
    private let router: Router

    init() throws {
        let token: AccessToken = try #require(AccessToken(Self.token))
        let access = Access(token: token) { [clock] in clock.now }
        let engine = RefusingEngine()
        let routes = API.routes(engine: engine, description: Array("{}".utf8), access: access)
        router = Router(
            routes: routes, gate: Gate(), access: access, tunnels: TunnelHandler(engine: engine, access: access)
        ) { request in
            request.path == "/" ? Response(head: HTTPResponse(status: .ok), body: .bytes(Array("page".utf8))) : nil
        }
    }

    private func call(
        _ method: String, _ target: String, json: String? = nil, _ fields: HTTPFields = [:], isSecure: Bool = false,
        client: String = "127.0.0.1:5"
    ) async throws -> Answer {
        try await ask(
            method, target, json: json, fields: fields, authority: method == "CONNECT" ? target : "localhost",
            isSecure: isSecure, client: client, router: router)
    }

    private func bearer(_ token: String = token) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    @Test(arguments: [
        ("GET", "/v1/connections"), ("POST", "/v1/connections"), ("GET", "/metrics"), ("GET", "/readyz"),
        ("OPTIONS", "/v1/connections"), ("POST", "/"), ("GET", "/%76%31/connections"), ("GET", "/v1/nothing"),
    ])
    func withoutTheTokenNothingIsDone(method: String, target: String) async throws {
        let answer = try await call(method, target)
        #expect(answer.status == 401)
        #expect(answer.problem == "unauthorized")
        #expect(answer.head.headerFields[.wwwAuthenticate] == "Bearer")
    }

    @Test(arguments: ["/", "/healthz", "/problems/unauthorized", "/openapi.json", "/v1/session"])
    func whatAPageNeedsToLogInIsOpen(target: String) async throws {
        #expect(try await call("GET", target).status == 200)
        #expect(try await call("HEAD", target).status == 200)
    }

    @Test(arguments: ["Bearer \(token)", "bearer \(token)", "BEARER  \(token)"])
    func theTokenOpens(field: String) async throws {
        #expect(try await call("GET", "/v1/connections", [.authorization: field]).status == 200)
    }

    @Test(arguments: [
        "Bearer wrong", "Bearer", "Bearer \(token)x", "Bearer \(token.dropLast())", "Basic \(token)", "\(token)",
        "Bearer \(token) \(token)", "Bearer \(token.uppercased())",
    ])
    func nothingElseOpens(field: String) async throws {
        let answer = try await call("GET", "/v1/connections", [.authorization: field])
        #expect(answer.status == 401)
        #expect(answer.head.headerFields[.wwwAuthenticate] == "Bearer")
    }

    @Test func aSessionOpensByACookieThatTellsNothingOfTheToken() async throws {
        let opened = try await call("POST", "/v1/session", json: #"{"token": "\#(Self.token)"}"#)
        #expect(opened.status == 204)
        let field = try #require(opened.head.headerFields[.setCookie])
        for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
            #expect(field.contains(attribute))
        }
        #expect(!field.contains("Secure"))
        #expect(!field.contains(Self.token))
        let cookie: HTTPFields = [.cookie: "theme=dark; \(field.prefix { $0 != ";" })"]
        #expect(try await call("GET", "/v1/connections", cookie).status == 200)
        #expect(try await call("GET", "/v1/session", cookie).text == #"{"required":true,"authenticated":true}"# + "\n")

        #expect(try await call("DELETE", "/v1/session", cookie).status == 204)
        #expect(try await call("GET", "/v1/connections", cookie).status == 401)
        #expect(try await call("GET", "/v1/session", cookie).json["authenticated"] == .bool(false))
    }

    @Test func overTLSTheCookieIsBoundToTheHost() async throws {
        let opened = try await call("POST", "/v1/session", json: #"{"token": "\#(Self.token)"}"#, isSecure: true)
        let field = try #require(opened.head.headerFields[.setCookie])
        #expect(field.hasPrefix("__Host-"))
        #expect(field.hasSuffix("; Secure"))
        let cookie: HTTPFields = [.cookie: String(field.prefix { $0 != ";" })]
        #expect(try await call("GET", "/v1/connections", cookie, isSecure: true).status == 200)
    }

    @Test func aSessionEndsAfterTwelveHours() async throws {
        let opened = try await call("POST", "/v1/session", json: #"{"token": "\#(Self.token)"}"#)
        let cookie: HTTPFields = [.cookie: try #require(opened.head.headerFields[.setCookie])]
        clock.advance(by: .seconds(12 * 3600 - 1))
        #expect(try await call("GET", "/v1/connections", cookie).status == 200)
        clock.advance(by: .seconds(1))
        #expect(try await call("GET", "/v1/connections", cookie).status == 401)
    }

    @Test func twoSessionsAreTwoValues() async throws {
        let body = #"{"token": "\#(Self.token)"}"#
        let first = try await call("POST", "/v1/session", json: body).head.headerFields[.setCookie]
        let second = try await call("POST", "/v1/session", json: body).head.headerFields[.setCookie]
        #expect(first != second)
    }

    @Test(arguments: [("{}", 422), (#"{"token": 5}"#, 422), (#"{"tokem": "x"}"#, 422), (#"{"token": "x"}"#, 401)])
    func aSessionIsAskedForStrictly(body: String, status: Int) async throws {
        #expect(try await call("POST", "/v1/session", json: body).status == status)
    }

    @Test(arguments: ["bearer", "session", "tunnel"])
    func afterTenFailuresAMinuteEvenTheRightTokenWaits(way: String) async throws {
        func attempt(_ token: String, client: String = "10.0.0.9:1") async throws -> Answer {
            switch way {
            case "bearer": try await call("GET", "/v1/connections", bearer(token), client: client)
            case "session":
                try await call("POST", "/v1/session", json: #"{"token": "\#(token)"}"#, client: client)
            default:
                try await call(
                    "CONNECT", "127.0.0.1:9", [.proxyAuthorization: "Bearer \(token)"], client: client)
            }
        }
        for number in 1...10 {
            // Another port is still the same client.
            let status = try await attempt("guess\(number)", client: "10.0.0.9:\(number)").status
            #expect(status == (way == "tunnel" ? 407 : 401))
        }
        for token in ["guess", Self.token] {
            let answer = try await attempt(token)
            #expect(answer.status == 429)
            #expect(answer.problem == "too-many-requests")
            let wait = try #require(answer.head.headerFields[.retryAfter].flatMap { Int($0) })
            #expect((1...61).contains(wait))
        }
        #expect(try await call("GET", "/v1/connections", bearer(), client: "10.0.0.8:1").status == 200)
        clock.advance(by: .seconds(61))
        #expect(try await attempt(Self.token).status != 429)
    }

    @Test func aMissingTokenIsNoGuess() async throws {
        for _ in 1...20 { #expect(try await call("GET", "/v1/connections").status == 401) }
        #expect(try await call("GET", "/v1/connections", bearer()).status == 200)
    }

    @Test func aSessionOutlastsSomebodyElsesGuessing() async throws {
        let opened = try await call("POST", "/v1/session", json: #"{"token": "\#(Self.token)"}"#)
        let cookie: HTTPFields = [.cookie: try #require(opened.head.headerFields[.setCookie])]
        for _ in 1...11 { _ = try await call("GET", "/v1/connections", bearer("wrong")) }
        #expect(try await call("GET", "/v1/connections", cookie).status == 200)
    }

    @Test func aTunnelTakesTheTokenByEitherScheme() async throws {
        let bare = try await call("CONNECT", "127.0.0.1:9")
        #expect(bare.status == 407)
        #expect(bare.problem == "proxy-authentication-required")
        #expect(bare.json["instance"] == "//127.0.0.1:9")
        #expect(bare.head.headerFields[.proxyAuthenticate] == "Basic, Bearer")
        // The right credentials get as far as the engine, which refuses everything here.
        let basic = Base64.encode(Array("anybody:\(Self.token)".utf8))
        for credentials in ["Bearer \(Self.token)", "Basic \(basic)"] {
            #expect(try await call("CONNECT", "127.0.0.1:9", [.proxyAuthorization: credentials]).status == 503)
        }
        let wrong = Base64.encode(Array("\(Self.token):nothing".utf8))
        #expect(try await call("CONNECT", "127.0.0.1:9", [.proxyAuthorization: "Basic \(wrong)"]).status == 407)
    }

    @Test func withoutATokenTheSessionSaysThatNoneIsNeeded() async throws {
        #expect(try await ask("GET", "/v1/session").text == #"{"required":false,"authenticated":true}"# + "\n")
        #expect(try await ask("POST", "/v1/session", json: #"{"token": "x"}"#).head.headerFields[.setCookie] == nil)
    }

    /// Octets that count how many of them are looked at.
    private final class CountedOctets: Sequence, IteratorProtocol {
        private var octets: ArraySlice<UInt8>
        private(set) var count = 0

        init(_ text: String) { octets = Array(text.utf8)[...] }

        func next() -> UInt8? {
            guard let octet = octets.popFirst() else { return nil }
            count += 1
            return octet
        }
    }

    @Test(arguments: [
        token, "x" + token.dropFirst(), token.dropLast() + "x", String(repeating: "x", count: 400), "c", token + "x",
        "",
    ])
    func everyOctetOfWhatIsPresentedIsLookedAt(text: String) throws {
        let token: AccessToken = try #require(AccessToken(Self.token))
        let octets = CountedOctets(text)
        #expect(token.matches(octets) == (text == Self.token))
        #expect(octets.count == text.utf8.count)
    }

    @Test(arguments: ["", "two words", "tab\t", "é", String(repeating: "x", count: 513)])
    func whatIsNoTokenIsRefused(text: String) { #expect(AccessToken(text) == nil) }
}
