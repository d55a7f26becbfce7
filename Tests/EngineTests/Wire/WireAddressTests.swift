import Engine
import TestSupport
import Testing

@Suite struct WireAddressTests {
    @Test(arguments: [
        "0.0.0.0", "127.0.0.1", "255.255.255.255", "10.20.30.40", "::", "::1", "1::", "fd00::1:0:0:2",
        "2001:db8::1", "2001:db8:0:1:1:1:1:1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "fe80::a:b:c:d",
        "0:0:1::", "::2:3:4:5:6:7:8",
    ])
    func canonicalTextIsReadAndWritten(text: String) throws {
        // RFC 5952 §4.2.2: "::" must not shorten just one group.
        let canonical = text == "::2:3:4:5:6:7:8" ? "0:2:3:4:5:6:7:8" : text
        #expect(try #require(IPAddress(text)).description == canonical)
    }

    @Test(
        "other spellings of RFC 4291",
        arguments: [
            ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"), ("0:0:0:0:0:0:0:0", "::"),
            ("::13.1.68.3", "::d01:4403"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:0:2:2:0:0:3", "1::2:2:0:0:3"),
            ("0001::0002", "1::2"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ])
    func otherSpellingsAreRead(text: String, canonical: String) throws {
        #expect(try #require(IPAddress(text)).description == canonical)
    }

    @Test(arguments: [
        "", "127.1", "127.0.0.01", "0x7f.0.0.1", "127.0.0.256", "1.2.3.4.5", "1.2.3", "1..2.3", " 1.2.3.4", "1.2.3.4 ",
        "2130706433", "+1.2.3.4", "1.2.3.-4", "①.2.3.4", "١.2.3.4", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1::2::3", "::1%lo", "fe80::1%eth0", "12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::1.2.3",
        "1.2.3.4::",
        "::1.2.3.4:5", "1:2:3:4:5:6:7::8:9", "[::1]", "1:2:3:4::5:6:7:8", "localhost",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1:6666", "[::1]:6666", "1.2.3.4:0", "[fd00::1]:65535"])
    func endpointsAreReadAndWritten(text: String) throws {
        #expect(try #require(Endpoint(text)).description == text)
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:01", "::1:80", "[::1]",
        "[127.0.0.1]:80",
        "[]:80", ":80", "[::1]80", "127.0.0.1:-1", "host:80", "127.0.0.1:80 ",
    ])
    func brokenEndpointsAreRefused(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test func randomAddressesSurviveTheirText() throws {
        var random = SplitMix64.announced("addresses")
        for _ in 0..<20_000 {
            // Masks make runs of zero groups likely.
            func half() -> UInt64 {
                var half = UInt64.random(in: 0 ... .max, using: &random)
                for group in 0..<4 where Bool.random(using: &random) { half &= ~(0xffff << UInt64(16 * group)) }
                return half
            }
            let six = IPAddress(v6: half(), half())
            #expect(IPAddress(six.description) == six)
            let four = IPAddress(v4: UInt32(truncatingIfNeeded: half()))
            #expect(IPAddress(four.description) == four)
        }
    }
}
