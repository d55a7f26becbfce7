import Engine
import Testing

/// Cookies under a key that others know (RFC 7413 §4.1.2).
struct FastOpenKeyTests {
    private let client = IPAddress("192.0.2.1") ?? .anyV4
    private let server = IPAddress("192.168.0.1") ?? .anyV4

    @Test("a key has sixteen octets", arguments: [0, 15, 17])
    func wrongLength(count: Int) { #expect(FastOpenKey([UInt8](repeating: 1, count: count)) == nil) }

    @Test("the cookies are those that Linux computes from the same key")
    func sameAsLinux() throws {
        let octets = [0xa1, 0xb2, 0xc3, 0xd4].flatMap { [UInt8](repeating: $0, count: 4) }
        let key = try #require(FastOpenKey(octets))
        #expect(key.cookie(for: client, at: server) == [0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb])
        let zero = try #require(FastOpenKey([UInt8](repeating: 0, count: 16)))
        #expect(zero.cookie(for: client, at: server) == [0xb7, 0xc1, 0x23, 0x50, 0xa9, 0x0d, 0xc8, 0xf5])
    }

    @Test("a cookie that depends on the client alone is FreeBSD's")
    func sameAsFreeBSD() throws {
        let key = try #require(FastOpenKey([UInt8](repeating: 0, count: 16), ofClientAlone: true))
        #expect(key.cookie(for: client, at: server) == [0x20, 0x69, 0xa3, 0x59, 0xc9, 0x30, 0xdb, 0xa9])
        #expect(key.cookie(for: client, at: client) == key.cookie(for: client, at: server))
        #expect(key.cookie(for: server, at: client) != key.cookie(for: client, at: server))
    }

    @Test("a cookie of IPv6 depends on both addresses")
    func longAddresses() throws {
        let key = try #require(FastOpenKey([UInt8](0..<16)))
        let (a, b) = (IPAddress(v6: 1, 2), IPAddress(v6: 1, 3))
        #expect(key.cookie(for: a, at: b).count == 8)
        #expect(key.cookie(for: a, at: b) != key.cookie(for: b, at: a))
    }
}
