import Engine
import Glibc
import TestSupport
import Testing

@Suite struct LinkRawSocketTests {
    private static let ours = Endpoint(.loopbackV4, 20_000)

    /// A link that sees segments to `ours`, and sends to it what it sees.
    private static func makeLink() throws -> RawSocketLink {
        let link = try RawSocketLink(family: .v4)
        try link.setFilter(PacketFilter(range: ours.port...ours.port, ports: []))
        return link
    }

    @Test func aSynEarnsASynAckWithTheTimeTheKernelTookIt() async throws {
        let (before, answers, after) = try await inNetworkNamespace {
            let listener = try KernelSocket.listening()
            let link = try Self.makeLink()
            let syn = RawSegment(source: Self.ours, destination: listener.endpoint)
            let (start, offset) = Clock.pair()
            link.enqueue(syn.packet())
            link.sendAll()
            let answers = link.collect()
            return (start.nanoseconds + offset, answers, Clock.now().nanoseconds + offset)
        }
        let synAck = try #require(answers.first { $0.flags == 0x12 })
        #expect(synAck.acknowledgment == 0xffff_fff1)
        // The two clocks are read a moment apart, and realtime may be slewed meanwhile.
        #expect(synAck.stamp > before - 1_000_000 && synAck.stamp < after + 1_000_000)
    }

    @Test func moreThanOneBatchArrivesInOrder() async throws {
        let (sequences, wasFull) = try await inNetworkNamespace {
            let link = try Self.makeLink()
            var wasFull = false
            for number in UInt32(0)..<200 {
                link.enqueue(RawSegment(destination: Self.ours, sequence: number, flags: 0x10, payload: 10).packet())
                guard link.isFull else { continue }
                wasFull = true
                link.sendAll()
            }
            link.sendAll()
            return (link.collect(200).map(\.sequence), wasFull)
        }
        #expect(wasFull)
        #expect(sequences == Array(0..<200))
    }

    @Test func aPayloadInTwoBlocksArrivesAsOne() async throws {
        let payload = try await inNetworkNamespace {
            let link = try Self.makeLink()
            var packet = RawSegment(destination: Self.ours, flags: 0x10, payload: 100).packet()
            let slice = try #require(packet.payload)
            packet.payload = OctetSlice(block: slice.block, offset: 0, count: 33)
            packet.continuation = OctetSlice(block: slice.block, offset: 33, count: 67)
            link.enqueue(packet)
            link.sendAll()
            return link.collect().first.map { Array($0.payload) }
        }
        #expect(payload == (0..<100).map { UInt8($0) })
    }

    @Test func loopbackSegmentsOfTheKernelArriveWholeWithTheirPartialChecksum() async throws {
        let packets = try await inNetworkNamespace {
            let link = try Self.makeLink()
            let listener = try KernelSocket.listening(on: Self.ours.port)
            let sender = try KernelSocket.connected(to: listener.localPort)
            let octets = [UInt8](repeating: 0x61, count: 1 << 20)
            var packets: [Received] = []
            // Nobody reads: the peer's window ends it. Between writes the link is emptied.
            while sender.offer(octets) > 0 { packets += link.collect(within: .milliseconds(100)) }
            return packets.filter { !$0.payload.isEmpty }
        }
        let longest = try #require(packets.max { $0.octets.count < $1.octets.count })
        #expect(longest.octets.count > 32_768)
        #expect(longest.payload.allSatisfy { $0 == 0x61 })
        let length = UInt32(longest.octets.count - 20)
        let sum = 0x7f00 + 0x0001 + 0x7f00 + 0x0001 + 6 + length
        #expect(UInt32(longest.checksum) == (sum & 0xffff) + (sum >> 16))
    }

    @Test func onlyTheOverlongPacketOfABatchIsRefused() async throws {
        let (failures, arrived, isQuiet) = try await inNetworkNamespace {
            let link = try Self.makeLink()
            try setLoopbackMTU(1_500)
            for (record, payload) in [(1, 10), (2, 2_000), (3, 20), (4, 1_461), (5, 1_460)] {
                let segment = RawSegment(destination: Self.ours, flags: 0x10, payload: payload)
                link.enqueue(segment.packet(record: UInt64(record)))
            }
            let failures = link.sendAll().map { [UInt64($0.record), UInt64($0.error)] }
            let arrived = link.collect(3).map(\.payload.count)
            return (failures, arrived, !link.isReady(POLLIN, within: .zero) && link.isEmpty)
        }
        #expect(failures == [[2, UInt64(EMSGSIZE)], [4, UInt64(EMSGSIZE)]])
        #expect(arrived == [10, 20, 1_460])
        #expect(isQuiet)
    }

    /// tc, of Debian's iproute2, slows loopback down; without it the test fails and says so.
    @Test func whatAFullSendBufferDoesNotTakeStaysInOrder() async throws {
        let (outcome, wasEmpty, failures, sequences) = try await inNetworkNamespace {
            let line = "tc qdisc add dev lo root tbf rate 20mbit burst 4kb limit 1mb"
            try ChildProcess.run(line.split(separator: " ").map(String.init))
            let link = try Self.makeLink()
            var size: Int32 = 8_192
            setsockopt(link.fileDescriptor, SOL_SOCKET, SO_SNDBUF, &size, 4)
            for number in 0..<UInt32(RawSocketLink.capacity) {
                let segment = RawSegment(destination: Self.ours, sequence: number, flags: 0x04, payload: 1_000)
                link.enqueue(segment.packet(record: UInt64(number)))
            }
            let outcome = link.flush { _, _ in }
            let wasEmpty = link.isEmpty
            let failures = link.sendAll().count
            return (outcome, wasEmpty, failures, link.collect(RawSocketLink.capacity).map(\.sequence))
        }
        #expect(outcome == .blocked)
        #expect(!wasEmpty)
        #expect(failures == 0)
        #expect(sequences == Array(0..<UInt32(RawSocketLink.capacity)))
    }

    @Test func packetsThatTheReceiveBufferCouldNotHoldAreCounted() async throws {
        let (received, overflows) = try await inNetworkNamespace {
            let link = try Self.makeLink()
            var size: Int32 = 4_096
            setsockopt(link.fileDescriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
            let sender = try RawSocketLink(family: .v4)
            try sender.setFilter(.nothing)
            var received = 0
            for burst in [64, 64, 1] {
                // RSTs, which the kernel does not answer: while the buffer is full, its answers would be counted too,
                // because the filter is asked only later.
                for _ in 0..<burst {
                    sender.enqueue(RawSegment(destination: Self.ours, flags: 0x04, payload: 100).packet())
                }
                sender.sendAll()
                received += link.collect().count
            }
            // What came late has not been taken with its burst.
            while case let rest = link.collect(within: .milliseconds(100)), !rest.isEmpty { received += rest.count }
            return (received, link.overflows)
        }
        #expect(overflows > 0)
        #expect(received + Int(overflows) == 129)
    }
}

@Suite struct LinkNetworkErrorTests {
    private static let ours = Endpoint(.loopbackV4, 20_000)
    private static let theirs = Endpoint(IPAddress(v4: 0x7f00_0002), 80)

    /// Sends an ICMP "fragmentation needed" (RFC 1191) that quotes a segment of ours, as a router would, or a forger.
    private static func sendTooBig(mtu: UInt8 = 200) throws {
        let quoted = RawSegment(source: ours, destination: theirs, sequence: 0xffff_fffe).packet()
        let quote = (0..<28).map { quoted.header[$0] }
        try sendICMP([3, 4, 0, 0, 0, 0, 5, mtu] + quote)
    }

    @Test func anICMPErrorFailsNoPacketOfAnotherConnection() async throws {
        let (failures, arrived, error, isQuiet) = try await inNetworkNamespace {
            let link = try RawSocketLink(family: .v4)
            try link.setFilter(PacketFilter(range: Self.ours.port...Self.ours.port, ports: []))
            try Self.sendTooBig()
            link.enqueue(RawSegment(destination: Self.ours, flags: 0x10, payload: 10).packet())
            let failures = link.sendAll().count
            let arrived = link.collect().count
            return (failures, arrived, link.pollNetworkError(), !link.isReady(POLLIN, within: .zero))
        }
        #expect(failures == 0)
        #expect(arrived == 1)
        let found = try #require(error)
        #expect(found.connection == FourTuple(local: Self.ours, remote: Self.theirs))
        #expect(found.sequence == SequenceNumber(0xffff_fffe))
        #expect((found.type, found.code, found.mtu) == (3, 4, 1_480))
        #expect(found.kind == .tooBig(mtu: 1_480))
        #expect(found.offender == .loopbackV4)
        #expect(isQuiet)
    }

    @Test func anICMPErrorDoesNotHideAPacketThatHasArrived() async throws {
        let (arrived, errors) = try await inNetworkNamespace {
            let link = try RawSocketLink(family: .v4)
            try link.setFilter(PacketFilter(range: Self.ours.port...Self.ours.port, ports: []))
            let sender = try RawSocketLink(family: .v4)
            sender.enqueue(RawSegment(destination: Self.ours, flags: 0x10).packet())
            sender.sendAll()
            for mtu in UInt8(1)...3 { try Self.sendTooBig(mtu: mtu) }
            let arrived = link.collect().count
            var errors = 0
            while link.pollNetworkError() != nil { errors += 1 }
            return (arrived, errors)
        }
        #expect(arrived == 1)
        #expect(errors == 3)
    }

    @Test func errorsThatDoNotStickAreFoundWhenEpollTellsOfThem() async throws {
        let (unseen, seen, isQuiet) = try await inNetworkNamespace {
            let link = try RawSocketLink(family: .v4)
            for mtu in UInt8(1)...3 { try Self.sendTooBig(mtu: mtu) }
            // Asking for the error lifts it and leaves the queue as it is, like a queue that is emptied while another one comes.
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            try #require(getsockopt(link.fileDescriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0)
            func receive() -> Int {
                _ = link.receive { _, _, _ in }
                var errors = 0
                while link.pollNetworkError() != nil { errors += 1 }
                return errors
            }
            let unseen = receive()
            link.noteReady()
            return (unseen, receive(), !link.isReady(POLLERR, within: .zero))
        }
        #expect(unseen == 0)
        #expect(seen == 3)
        #expect(isQuiet)
    }

    @Test func aFloodOfErrorsIsBoundedAndCounted() async throws {
        let (kept, beyond) = try await inNetworkNamespace {
            let link = try RawSocketLink(family: .v4)
            for _ in 0..<100 { try Self.sendTooBig() }
            _ = link.collect()
            var kept = 0
            while link.pollNetworkError() != nil { kept += 1 }
            return (kept, link.unreadableErrors)
        }
        #expect(kept == 64)
        #expect(beyond == 36)
    }
}
