import Engine
import Testing

@Suite struct TargetPolicyTests {
    private let host: [TargetPolicy.HostAddress] = [
        .init(.loopbackV4, prefix: 8), .init(IPAddress(v4: 0x0a01_0203), prefix: 24), .init(.loopbackV6, prefix: 128),
    ]

    private func isAllowed(_ endpoint: String, _ rules: String...) throws -> Bool {
        let policy = TargetPolicy(rules: try rules.map { try #require(TargetRule($0)) })
        return policy.refusal(of: try #require(Endpoint(endpoint)), on: host) == nil
    }

    @Test(arguments: ["127.0.0.1:80", "127.9.9.9:1", "[::1]:80", "[::ffff:127.0.0.1]:80"])
    func loopbackIsAllowedByDefault(endpoint: String) throws {
        #expect(try isAllowed(endpoint))
    }

    @Test(arguments: [
        "10.1.2.3:80", "10.1.2.4:80", "169.254.1.1:80", "[fe80::1]:80", "[::ffff:10.1.2.4]:80", "192.0.2.1:80",
    ])
    func everythingElseIsNot(endpoint: String) throws {
        #expect(try !isAllowed(endpoint))
    }

    @Test(arguments: [
        "0.0.0.0:80", "[::]:80", "224.0.0.1:80", "[ff02::1]:80", "255.255.255.255:80", "10.1.2.255:80",
        "127.255.255.255:80",
        "[::ffff:0.0.0.0]:80", "[::ffff:255.255.255.255]:80", "[::ffff:224.0.0.1]:80", "[::ffff:10.1.2.255]:80",
    ])
    func whatNamesNoSingleHostIsRefusedWhateverTheRules(endpoint: String) throws {
        #expect(try !isAllowed(endpoint, "0.0.0.0/0", "[::]/0"))
    }

    @Test func aRuleAllowsItsNetworkAndItsPortsOnly() throws {
        #expect(try isAllowed("10.1.2.4:80", "10.0.0.0/8"))
        #expect(try isAllowed("[::ffff:10.1.2.4]:80", "10.0.0.0/8"))
        #expect(try isAllowed("10.1.2.4:85", "10.1.2.4:80-90"))
        #expect(try !isAllowed("10.1.2.4:91", "10.1.2.4:80-90"))
        #expect(try !isAllowed("10.1.2.5:80", "10.1.2.4:80-90"))
        #expect(try isAllowed("[fd00::1]:443", "[fd00::]/8:443"))
        #expect(try !isAllowed("[fd00::1]:80", "[fd00::]/8:443"))
    }

    @Test func theRefusalNamesTheRule() throws {
        let none = TargetPolicy(rules: [])
        #expect(none.refusal(of: Endpoint(IPAddress(v4: 0x0a01_0204), 80), on: host) == "only loopback is allowed")
        let one = TargetPolicy(rules: [try #require(TargetRule("10.0.0.0/8:80"))])
        #expect(one.refusal(of: Endpoint(IPAddress(v4: 0xc000_0201), 80), on: host)?.contains("10.0.0.0/8:80") == true)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("10.1.2.3:80-90", "10.1.2.3/32:80-90"),
        ("10.0.0.0/8:443", "10.0.0.0/8:443"), ("[fd00::]/8:443", "[fd00::]/8:443"), ("fd00::/8", "[fd00::]/8"),
        ("::1", "[::1]/128"), ("0.0.0.0/0", "0.0.0.0/0"), ("[::ffff:10.0.0.0]/104", "10.0.0.0/8"),
    ])
    func aRuleReadsBackAsItWasMeant(text: String, canonical: String) throws {
        let rule = try #require(TargetRule(text))
        #expect(rule.description == canonical)
        #expect(TargetRule(rule.description) == rule)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.1.2.3/8", "10.0.0.0/8:", "10.0.0.0/8:90-80",
        "10.0.0.0/8:1-2-3",
        "10.0.0.0/8:65536", "10/8", "fd00::/8:443x", "[fd00::/8", "[10.0.0.0]/8", "[fd00::]/129", "localhost",
        "10.0.0.0/-1",
        " 10.0.0.0/8", "10.0.0.0/8 ",
    ])
    func aRuleThatMightMeanTwoThingsIsRefused(text: String) {
        #expect(TargetRule(text) == nil)
    }
}
