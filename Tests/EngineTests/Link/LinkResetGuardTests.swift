import Engine
import Glibc
import TestSupport
import Testing

@Suite struct LinkResetGuardTests {
    /// What became of a SYN that we sent to a listener of the kernel's.
    private struct Handshake: Sendable {
        var gotSynAck = false
        var resets: UInt64 = 0
    }

    /// Sends a SYN from a port that is guarded or not, waits for the SYN-ACK, and counts the kernel's RSTs.
    private static func shakeHands(guarded: Bool) async throws -> Handshake {
        try await inNetworkNamespace {
            let listener = try KernelSocket.listening()
            let local = Endpoint(.loopbackV4, 20_000)
            var pool = GuardPool(limit: 4)
            if guarded { _ = try pool.acquire(local) }
            let link = try RawSocketLink(family: .v4)
            try link.setFilter(PacketFilter(range: 20_000...20_000, ports: []))
            let before = try ProcFile.outgoingResets()
            link.enqueue(RawSegment(source: local, destination: listener.endpoint).packet())
            link.sendAll()
            // On loopback the kernel has answered before the system call returns, unless it is too busy to.
            let answers = link.collect()
            let end = ContinuousClock.now + .seconds(guarded ? 0 : 20)
            while try ProcFile.outgoingResets() == before, ContinuousClock.now < end { usleep(1_000) }
            return Handshake(
                gotSynAck: answers.contains { $0.flags == 0x12 }, resets: try ProcFile.outgoingResets() - before)
        }
    }

    @Test func aSynAckToAGuardedPortEarnsNoReset() async throws {
        let handshake = try await Self.shakeHands(guarded: true)
        #expect(handshake.gotSynAck)
        #expect(handshake.resets == 0)
    }

    @Test func withoutAGuardTheSameSynAckEarnsOne() async throws {
        let handshake = try await Self.shakeHands(guarded: false)
        #expect(handshake.gotSynAck)
        #expect(handshake.resets == 1)
    }
}

@Suite struct LinkGuardPoolTests {
    private static func endpoint(_ port: UInt16) -> Endpoint { Endpoint(.loopbackV4, port) }

    @Test func aGuardIsSharedAndStaysOpenForTheNext() async throws {
        let (opened, counts) = try await inNetworkNamespace {
            var pool = GuardPool(limit: 4)
            let endpoint = Self.endpoint(20_000)
            var opened = [try pool.acquire(endpoint), try pool.acquire(endpoint)]
            pool.release(endpoint)
            pool.release(endpoint)
            opened.append(try pool.acquire(endpoint))
            return (opened, (pool.open, pool.idleCount, pool.openedTotal, pool.owns(endpoint)))
        }
        #expect(opened == [true, false, false])
        #expect(counts == (1, 0, 1, true))
    }

    @Test func aPortHeldByAnotherProgramIsNamed() async throws {
        let (held, error) = try await inNetworkNamespace {
            let listener = try KernelSocket.listening()
            var pool = GuardPool(limit: 4)
            do throws(LinkError) {
                _ = try pool.acquire(listener.endpoint)
                return (listener.endpoint, LinkError?.none)
            } catch { return (listener.endpoint, error) }
        }
        #expect(error == .addressInUse(held))
    }

    @Test func anAddressThatIsNotOursIsNamed() async throws {
        let foreign = IPAddress(v4: 0x0a01_0203)
        let error = try await inNetworkNamespace {
            var pool = GuardPool(limit: 4)
            do throws(LinkError) {
                _ = try pool.acquire(Endpoint(foreign, 20_000))
                return LinkError?.none
            } catch { return error }
        }
        #expect(error == .notLocal(foreign))
    }

    @Test func aClosedGuardFreesItsPort() async throws {
        let owned = try await inNetworkNamespace {
            var pool = GuardPool(limit: 4)
            let endpoint = Self.endpoint(20_000)
            _ = try pool.acquire(endpoint)
            pool.close(endpoint)
            _ = try KernelSocket.bound(to: 20_000)
            return pool.owns(endpoint)
        }
        #expect(!owned)
    }

    @Test func noMoreGuardsStayOpenForNobodyThanMayBeIdle() async throws {
        let (owned, evicted, open) = try await inNetworkNamespace {
            var pool = GuardPool(limit: 8, idleLimit: 2)
            let endpoints = (1...5).map { Self.endpoint(20_000 + $0) }
            for endpoint in endpoints { _ = try pool.acquire(endpoint) }
            for endpoint in endpoints.dropLast() { pool.release(endpoint) }
            return (endpoints.map { pool.owns($0) }, pool.takeEvicted(), pool.open)
        }
        #expect(owned == [false, false, true, true, true])
        #expect(evicted == [Self.endpoint(20_001), Self.endpoint(20_002)])
        #expect(open == 3)
    }

    @Test func aFullPoolClosesTheGuardIdleForLongest() async throws {
        let (owned, error) = try await inNetworkNamespace {
            var pool = GuardPool(limit: 3)
            for port in UInt16(1)...3 { _ = try pool.acquire(Self.endpoint(20_000 + port)) }
            for port in [UInt16(2), 1] { pool.release(Self.endpoint(20_000 + port)) }
            _ = try pool.acquire(Self.endpoint(20_004))
            _ = try pool.acquire(Self.endpoint(20_005))
            let owned = (1...5).map { pool.owns(Self.endpoint(20_000 + $0)) }
            do throws(LinkError) {
                _ = try pool.acquire(Self.endpoint(20_006))
                return (owned, LinkError?.none)
            } catch { return (owned, error) }
        }
        #expect(owned == [false, false, true, true, true])
        #expect(error == .exhausted(limit: 3))
    }

    @Test func theGuardIdleForLongestIsReusedFirstThenOneThatOthersUse() async throws {
        let ports = try await inNetworkNamespace {
            var pool = GuardPool(limit: 8)
            func reuse() -> UInt16? {
                pool.reusablePort(at: .loopbackV4, in: 20_000...20_009) { $0 == 20_003 }
            }
            for port in [UInt16(1_017), 20_001, 20_002, 20_003] { _ = try pool.acquire(Self.endpoint(port)) }
            for port in [UInt16(1_017), 20_002, 20_001] { pool.release(Self.endpoint(port)) }
            var ports: [UInt16?] = []
            for _ in 0..<3 {
                let port = reuse()
                ports.append(port)
                if let port { _ = try pool.acquire(Self.endpoint(port)) }
            }
            pool.close(Self.endpoint(20_003))
            return ports + [reuse()]
        }
        #expect(ports == [20_002, 20_001, 20_003, nil])
    }

    @Test func aPortReusedAThousandTimesLeavesTheQueueOfIdleOnesInOrder() async throws {
        let port = try await inNetworkNamespace {
            var pool = GuardPool(limit: 8)
            for port in [UInt16(20_001), 20_002] { _ = try pool.acquire(Self.endpoint(port)) }
            pool.release(Self.endpoint(20_001))
            for _ in 0..<1_000 {
                pool.release(Self.endpoint(20_002))
                _ = try pool.acquire(Self.endpoint(20_002))
            }
            return pool.reusablePort(at: .loopbackV4, in: 20_000...20_009) { _ in false }
        }
        #expect(port == 20_001)
    }
}
