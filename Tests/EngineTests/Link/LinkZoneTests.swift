import Engine
import TestSupport
import Testing

/// Interfaces as the zones of link-local addresses (RFC 4007 §6, §11.2).
@Suite struct LinkZoneTests {
    @Test func anInterfaceIsAZoneByNameAndByNumber() async throws {
        let (byName, byNumber) = try await inNetworkNamespace {
            let number = Zone.number(of: "lo") ?? 0
            return (number, Zone.number(of: "\(number)"))
        }
        #expect(byName > 0)
        #expect(byNumber == byName)
    }

    @Test(arguments: ["", "nothing0", "0", "01", "-1", "4294967295", "lo ", "LO"])
    func whatNamesNoInterfaceIsNoZone(text: String) async throws {
        #expect(try await inNetworkNamespace { Zone.number(of: text) } == nil)
    }

    @Test func peopleReadTheInterfacesName() async throws {
        let address = IPAddress(v6: 0xfe80 << 48, 2)
        let texts = try await inNetworkNamespace {
            let zoned = address.within(zone: Zone.number(of: "lo") ?? 0)
            return [
                zoned.zonedDescription, Endpoint(zoned, 80).zonedDescription, Endpoint(address, 80).zonedDescription,
            ]
        }
        #expect(texts == ["fe80::2%lo", "[fe80::2%lo]:80", "[fe80::2]:80"])
        // An interface that is gone leaves its number.
        let gone = try await inNetworkNamespace { address.within(zone: 4_000_000).zonedDescription }
        #expect(gone == "fe80::2%4000000")
    }
}
