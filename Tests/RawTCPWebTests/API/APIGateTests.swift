import Engine
import HTTPTypes
import RawTCPWeb
import Testing

/// The Host rule, and other sites' pages.
@Suite struct APIGateTests {
    private let router = Router(
        routes: surface,
        gate: Gate(addresses: [IPAddress(v4: 0xc000_0201)], names: ["Lab.Example", "198.51.100.7"]))

    private func status(
        _ target: String = "/v1/connections", authority: String?, _ fields: HTTPFields = [:], method: String = "GET"
    ) async throws -> Int {
        try await ask(method, target, fields: fields, authority: authority, router: router).status
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:65535", "127.255.3.4:80", "[::1]", "[::1]:8080",
        "127.0.0.1:",
        "192.0.2.1:8080", "lab.example", "LAB.EXAMPLE:443", "198.51.100.7",
    ])
    func ourNamesAreAnswered(authority: String) async throws {
        #expect(try await status(authority: authority) == 200)
    }

    @Test(arguments: [
        "attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example", "192.0.2.2", "127.1", "0x7f.1",
        "2130706433", "[::2]", "lab.example.", "xlocalhost", "0.0.0.0", "[::]", "[::ffff:192.0.2.9]",
    ])
    func otherNamesAreMisdirected(authority: String) async throws {
        for target in ["/v1/connections", "/healthz", "/", "/problems/internal"] {
            #expect(try await status(target, authority: authority) == 421, "\(target)")
        }
    }

    @Test func anAbsoluteTargetWithAForeignAuthorityNamesTheTunnel() async throws {
        let answer = try await ask(
            "GET", "http://attacker.example/v1/connections", authority: "attacker.example", router: router)
        #expect(answer.status == 421)
        #expect(answer.json["detail"]?.text?.contains("use curl --proxytunnel") == true)
    }

    private static let foreign: [HTTPFields] = [
        [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"], [.secFetchSite: ""],
        [.origin: "http://attacker.example"], [.origin: "null"], [.origin: "http://localhost:81"],
        [.origin: "https://localhost:80"],
        [.origin: "http://127.0.0.1"], [.origin: "localhost"],
        [.origin: "http://localhost", .secFetchSite: "cross-site"],
        [.origin: "http://attacker.example", .secFetchSite: "same-origin"],
    ]

    @Test(arguments: foreign) func aPageOfAnotherSiteMayDoNothing(fields: HTTPFields) async throws {
        for (method, target) in [
            ("GET", "/v1/connections"), ("HEAD", "/v1/connections"), ("POST", "/v1/connections"),
            ("DELETE", "/v1/connections/c1"), ("PATCH", "/v1/connections/c1"), ("OPTIONS", "/v1/connections"),
            ("PUT", "/v1/x"), ("GET", "/metrics"), ("GET", "/%761/connections"), ("POST", "/v1/session"),
            ("GET", "/v1"),
        ] {
            let answer = try await ask(method, target, fields: fields, router: router)
            #expect(answer.status == 403, "\(method) \(target)")
            #expect(answer.head.headerFields[.accessControlAllowOrigin] == nil)
        }
    }

    @Test(
        arguments: [
            [.secFetchSite: "same-origin"], [.secFetchSite: "none"], [.origin: "http://localhost"],
            [.origin: "http://LOCALHOST:80", .secFetchSite: "same-origin"],
        ] as [HTTPFields])
    func ourOwnPageMayDoEverything(fields: HTTPFields) async throws {
        #expect(try await status(authority: "localhost", fields) == 200)
    }

    @Test(arguments: [
        ("http://localhost:8080", 200), ("http://LOCALHOST:8080", 200), ("http://localhost", 403),
        ("http://127.0.0.1:8080", 403),
    ])
    func anOriginMustBeTheAuthorityItself(origin: String, expected: Int) async throws {
        #expect(try await status(authority: "localhost:8080", [.origin: origin]) == expected)
    }

    @Test func behindAProxyThatEndsTLSTheOriginsSchemeIsTheProxys() async throws {
        #expect(try await status(authority: "lab.example", [.origin: "https://lab.example"]) == 200)
    }

    @Test func linksFromOtherSitesMayShowThePageAndItsProblems() async throws {
        let fields: HTTPFields = [.secFetchSite: "cross-site"]
        #expect(try await status("/healthz", authority: "localhost", fields) == 200)
        #expect(try await status("/problems/internal", authority: "localhost", fields) == 200)
    }
}
