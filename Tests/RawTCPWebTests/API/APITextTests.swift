import Engine
import RawTCPWeb
import Testing

@Suite struct APITextTests {
    @Test(
        arguments: [
            ("250ms", 250_000_000), ("2s", 2_000_000_000), ("1m", 60_000_000_000), ("1h", 3_600_000_000_000),
            ("50us", 50_000),
            ("1.5", 1_500_000_000), ("0", 0), ("0.25s", 250_000_000),
        ] as [(String, Int64)])
    func aDurationIsReadExactly(text: String, nanoseconds: Int64) {
        #expect(Interval(text: text) == .nanoseconds(nanoseconds))
        #expect(Interval(json: .string(text)) == .nanoseconds(nanoseconds))
    }

    @Test(arguments: ["", "s", "-1s", "+1", "1e3", ".5s", "5.", "1.2.3", "5 s", "5sec", "inf", "nan", "0x5", "٣s"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(Interval(text: text) == nil)
    }

    @Test(
        arguments: [
            (2_000_000_000, "2s"), (250_000_000, "250ms"), (1_000_000, "1ms"), (1_500_000, "1.5ms"), (0, "0s"),
        ] as [(Int64, String)])
    func aDurationIsWrittenAsOneWouldWriteIt(nanoseconds: Int64, text: String) {
        #expect(Interval.nanoseconds(nanoseconds).text == text)
    }

    @Test func aDurationInABodyMayBeANumberOfSeconds() {
        #expect(Interval(json: 2) == .milliseconds(2_000))
        #expect(Interval(json: 0.5) == .milliseconds(500))
        #expect(Interval(json: true) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (1_767_323_045_123_456_789, "2026-01-02T03:04:05.123456789Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999999Z"),
        ] as [(Int64, String)])
    func aTimeIsWrittenInUTCWithNanoseconds(nanoseconds: Int64, text: String) {
        #expect(Timestamp.text(nanoseconds: nanoseconds) == text)
    }

    @Test func anEndpointIsAnAddressOrANameWithOrWithoutPort() throws {
        #expect(HostPort("127.0.0.1:80")?.host == .address(.loopbackV4))
        #expect(HostPort("[::1]:80")?.host == .address(.loopbackV6))
        #expect(HostPort("[::1]")?.port == nil)
        #expect(HostPort("host.example:80")?.host == .name("host.example"))
        let linkLocal = IPAddress(v6: 0xfe80 << 48, 1)
        #expect(HostPort("[fe80::1%eth0.7]:80")?.host == .zoned(linkLocal, zone: "eth0.7"))
        #expect(HostPort(authority: "[fe80::1%25eth0.7]:80")?.host == .zoned(linkLocal, zone: "eth0.7"))
        #expect(HostPort("host")?.port == nil)
    }

    @Test(arguments: [
        "", ":80", "127.1:80", "127.0.0.1:", "127.0.0.1:080", "1.2.3.4.5:80", "0x7f.1:80", "::1", "[127.0.0.1]:80",
        "[::1",
        "[::1]80", "a..b:80", "fe80::1%eth0", "[fe80::1%]:80", "[fe80::1%e h]:80", "[fe80::1%sixteen-octets-16]:80",
        "-a:80", "a b:80", "host.0x1:80", "bücher:80",
    ])
    func whatOnlyAResolverUnderstandsIsRefused(text: String) {
        #expect(HostPort(text) == nil)
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob"])
    func hexAndBase64ReadBackWhatTheyWrote(text: String) {
        let octets = Array(text.utf8)
        #expect(Hex.decode(String(hex: octets)) == octets)
        #expect(Base64.decode(Base64.encode(octets)) == octets)
    }
}

@Suite struct APIQueryTests {
    private func query(_ parameters: [(name: String, value: String)]) -> QueryParameters {
        QueryParameters(parameters, known: ["limit", "after", "wait", "timeout", "push"])
    }

    @Test func unknownAndRepeatedParametersAreFaults() {
        let query = query([("limt", "1"), ("limit", "1"), ("limit", "2")])
        #expect(query.faults.map(\.place) == [.parameter("limt"), .parameter("limit")])
        #expect(query.faults[0].detail.contains("\"limit\""))
    }

    @Test func aConditionIsReadWithItsPatience() throws {
        var query = query([("wait", "state:TIME-WAIT"), ("timeout", "250ms")])
        let waiting = query.waiting(default: .established)
        try query.finish()
        #expect(waiting.condition == .state(.timeWait))
        #expect(waiting.patience == .milliseconds(250))
    }

    @Test func noneIsNoCondition() {
        var query = query([("wait", "none")])
        #expect(query.waiting(default: .established).condition == nil)
    }

    @Test(arguments: [
        ("wait", "forever"), ("wait", "state:OPEN"), ("timeout", "61s"), ("timeout", "-1s"), ("limit", "0"),
        ("limit", "+5"),
        ("limit", "10001"), ("push", "yes"),
    ])
    func whatIsOutOfRangeIsAFault(name: String, value: String) {
        var query = query([(name, value)])
        _ = query.waiting(default: nil)
        _ = query.page()
        _ = query.flag("push")
        #expect(query.faults.map(\.place) == [.parameter(name)])
    }
}
