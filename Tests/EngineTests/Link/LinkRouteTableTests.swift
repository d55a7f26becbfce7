import Engine
import Glibc
import TestSupport
import Testing

@Suite struct LinkRouteTableTests {
    @Test func loopbackHasItsOwnAddressAndTheLongestPackets() async throws {
        let route = try await inNetworkNamespace {
            var table = RouteTable()
            return try table.route(to: .loopbackV4, at: .zero)
        }
        #expect(route == Route(source: .loopbackV4, mtu: 65_535, isLoopback: true))
    }

    @Test func aChosenSourceIsKept() async throws {
        let source = IPAddress(v4: 0x7f00_0005)
        let route = try await inNetworkNamespace {
            var table = RouteTable()
            return try table.route(to: .loopbackV4, preferring: source, at: .zero)
        }
        #expect(route.source == source)
    }

    @Test func aSourceThatIsNotOursIsNamed() async throws {
        let source = IPAddress(v4: 0x0a01_0203)
        let error = try await inNetworkNamespace {
            var table = RouteTable()
            do throws(LinkError) {
                _ = try table.route(to: .loopbackV4, preferring: source, at: .zero)
                return LinkError?.none
            } catch { return error }
        }
        #expect(error == .notLocal(source))
    }

    @Test func withoutARouteTheDestinationIsUnreachable() async throws {
        let destination = IPAddress(v4: 0x0a01_0203)
        let error = try await inNetworkNamespace {
            var table = RouteTable()
            do throws(LinkError) {
                _ = try table.route(to: destination, at: .zero)
                return LinkError?.none
            } catch { return error }
        }
        #expect(error == .unreachable(destination, errno: ENETUNREACH))
    }

    @Test func anAnswerIsKeptForTenSecondsOrUntilItIsInvalidated() async throws {
        let sizes = try await inNetworkNamespace {
            var table = RouteTable()
            func size(at seconds: Double) throws -> Int {
                try table.route(to: .loopbackV4, at: .zero + .seconds(seconds)).mtu
            }
            var sizes = [try size(at: 0)]
            try setLoopbackMTU(1_500)
            sizes += [try size(at: 9.9), try size(at: 10)]
            try setLoopbackMTU(9_000)
            sizes.append(try size(at: 11))
            table.invalidate(.loopbackV4)
            return sizes + [try size(at: 12)]
        }
        #expect(sizes == [65_535, 65_535, 1_500, 1_500, 9_000])
    }

    @Test("RFC 9293 SHLD-6: the smallest MTU that was seen on the way is the one in force, for RFC 1191's ten minutes")
    func aShortenedPathLowersTheMTUForTenMinutes() async throws {
        let sizes = try await inNetworkNamespace {
            var table = RouteTable()
            func size(at seconds: Double) throws -> Int {
                try table.route(to: .loopbackV4, at: .zero + .seconds(seconds)).mtu
            }
            var sizes = [try size(at: 0)]
            table.shorten(.loopbackV4, to: 1_400, at: .zero)
            sizes.append(try size(at: 1))
            // A longer one, reported later by another router, does not undo it.
            table.shorten(.loopbackV4, to: 1_450, at: .zero)
            sizes.append(try size(at: 2))
            // The kernel's answer is kept for ten seconds, too.
            return sizes + [try size(at: 599), try size(at: 610)]
        }
        #expect(sizes == [65_535, 1_400, 1_400, 1_400, 65_535])
    }

    @Test func allOf127IsLocalAndOthersOnlyWithAnInterface() async throws {
        let (locals, addresses) = try await inNetworkNamespace {
            var table = RouteTable()
            let candidates = [IPAddress.loopbackV4, IPAddress(v4: 0x7f12_3456), IPAddress(v4: 0x0a01_0203)]
            let locals = try candidates.map { try table.isLocal($0, at: .zero) }
            return (locals, try table.localNetworks(at: .zero).map(\.address))
        }
        #expect(locals == [true, true, false])
        #expect(addresses.contains(.loopbackV4))
    }
}
