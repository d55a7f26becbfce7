import Engine
import TestSupport
import Testing

/// The core's containers against models that are too simple to be wrong.
@Suite struct CoreQueueTests {
    @Test func reassemblyEqualsANaiveStream() {
        var random = SplitMix64.announced("reassembly")
        let pool = random.octets(60_000)
        for _ in 0..<30 { reassemble(Array(pool[Int.random(in: 0..<60_000, using: &random)...]), &random) }
    }

    private func reassemble(_ stream: [UInt8], _ random: inout SplitMix64) {
        var queue = ReassemblyQueue()
        var has = [Bool](repeating: false, count: stream.count)
        var next = 0
        var released = 0
        while next < stream.count {
            let start = Int.random(in: next...min(next + 50_000, stream.count - 1), using: &random)
            let length = Int.random(in: 1...20_000, using: &random)
            // Half of the time the first hole is filled, so that the stream gets on.
            let from = Bool.random(using: &random) ? next : start
            let end = min(from + length, stream.count)
            let before = next
            for position in from..<end { has[position] = true }
            while next < stream.count, has[next] { next += 1 }
            let advanced = queue.insert(stream.span.bytes.extracting(from..<end), at: UInt64(from))
            #expect(advanced == next - before)
            #expect(Int(queue.next) == next)
            #expect(queue.outOfOrder == has[next...].reduce(0) { $0 + ($1 ? 1 : 0) })
            #expect(queue.ranges.allSatisfy { $0.start < $0.end && $0.start > queue.next })
            #expect(zip(queue.ranges, queue.ranges.dropFirst()).allSatisfy { $0.end < $1.start })
            if Bool.random(using: &random) {
                let read = queue.read(from: UInt64(released), limit: Int.random(in: 1...40_000, using: &random))
                #expect(read == Array(stream[released..<min(released + read.count, next)]))
                released += read.count
                queue.release(before: UInt64(released))
                #expect(queue.readable == next - released)
            }
        }
        #expect(queue.read(from: UInt64(released), limit: .max) == Array(stream[released...]))
    }

    @Test func sendBufferEqualsAnArray() {
        var random = SplitMix64.announced("send buffer")
        let pool = random.octets(30_000)
        for _ in 0..<10 {
            let capacity = Int.random(in: 4_096...300_000, using: &random)
            var buffer = SendBuffer(capacity: capacity)
            var model: [UInt8] = []
            var start = 0
            for _ in 0..<100 {
                let octets = Array(pool.prefix(Int.random(in: 0...30_000, using: &random)))
                let offset = octets.isEmpty ? 0 : Int.random(in: 0..<octets.count, using: &random)
                let taken = buffer.append(octets.span.bytes, from: offset)
                #expect(taken == min(octets.count - offset, capacity - (model.count - start)))
                model += octets[offset..<offset + taken]
                #expect((Int(buffer.start), Int(buffer.end)) == (start, model.count))
                if model.count > start {
                    let position = Int.random(in: start..<model.count, using: &random)
                    let length = Int.random(in: 0...min(model.count - position, 65_495), using: &random)
                    let slices = buffer.slices(from: UInt64(position), length: length)
                    #expect(Self.octets(slices) == Array(model[position..<position + length]))
                }
                start = Int.random(in: start...model.count, using: &random)
                buffer.release(before: UInt64(start))
                #expect(buffer.available == capacity - (model.count - start))
            }
        }
    }

    private static func octets(_ slices: (OctetSlice?, OctetSlice?)) -> [UInt8] {
        var octets: [UInt8] = []
        for slice in [slices.0, slices.1] {
            guard let slice else { continue }
            octets.append(contentsOf: UnsafeRawBufferPointer(start: slice.start, count: slice.count))
        }
        return octets
    }

    @Test func sliceOutlivesTheRelease() {
        var buffer = SendBuffer(capacity: 10_000)
        let octets: [UInt8] = [1, 2, 3, 4]
        _ = buffer.append(octets.span.bytes, from: 0)
        let slices = buffer.slices(from: 1, length: 2)
        buffer.release(before: 4)
        _ = buffer.append([9, 9, 9, 9].span.bytes, from: 0)
        #expect(Self.octets(slices) == [2, 3])
    }

    @Test func retransmissionQueueStaysConsistent() {
        var random = SplitMix64.announced("retransmission queue")
        for _ in 0..<50 {
            var queue = RetransmissionQueue()
            var una = SequenceNumber(0xffff_f000)
            var nxt = una
            var answered: [UInt64] = []
            var rack = RACK(iss: una - 1)
            for step in 0..<200 {
                var delivery = Delivery(
                    at: Instant(nanoseconds: Int64(step)), echoedBefore: nil, forwardmost: rack.forwardmost,
                    minimumRoundTrip: .zero)
                switch Int.random(in: 0..<9, using: &random) {
                case 0, 1:
                    let length = Int.random(in: 1...1_000, using: &random)
                    queue.append(
                        SentSegment(
                            sequence: nxt, textLength: length, hasSyn: false, hasFin: false, sentAt: .zero,
                            record: UInt64(step)))
                    nxt += length
                case 2 where nxt - una > 0:
                    una += Int.random(in: 1...(nxt - una), using: &random)
                    queue.acknowledge(upTo: una, answered: &answered, &delivery, &rack)
                case 4 where nxt - una > 1:
                    var blocks = SACKBlocks()
                    let left = una + Int.random(in: 1..<(nxt - una), using: &random)
                    blocks.append(SACKBlock(left, left + Int.random(in: 1...(nxt - left), using: &random)))
                    queue.mark(blocks, acknowledgment: una, una: una, nxt: nxt, &delivery, &rack)
                    #expect(delivery.octets == delivery.sacked)
                case 5: _ = queue.detectLosses(rack, window: .zero, mss: 1_000, at: delivery.at)
                case 6: _ = queue.detectLossesByCount(mss: 1_000)
                case 7: if let first = queue.first { queue.split(first.sequence, behind: first.textLength / 2) }
                case 8: if random.next() % 8 == 0 { queue.forgetSacks() } else { queue.forgetLosses() }
                case 3: Bool.random(using: &random) ? queue.markFirstLost(.fastRetransmit) : queue.markAllLost(.rto)
                default:
                    if let lost = queue.firstLost { queue.onRetransmitted(lost.sequence, record: 1, at: delivery.at) }
                }
                #expect(queue.isConsistent(una: una, nxt: nxt))
            }
        }
    }

    // MARK: Small tables

    @Test func timersExpireOnceEachAndInTheirOrder() {
        var timers = TimerTable()
        #expect(timers.next == .distantFuture)
        timers[.userTimeout] = Instant(nanoseconds: 30)
        timers[.persist] = Instant(nanoseconds: 20)
        timers[.retransmission] = Instant(nanoseconds: 20)
        #expect(timers.next == Instant(nanoseconds: 20))
        #expect(timers.popExpired(at: Instant(nanoseconds: 19)) == nil)
        #expect(timers.popExpired(at: Instant(nanoseconds: 20)) == .retransmission)
        #expect(timers.popExpired(at: Instant(nanoseconds: 20)) == .persist)
        #expect(timers.popExpired(at: Instant(nanoseconds: 20)) == nil)
        #expect(timers.isRunning(.userTimeout) && !timers.isRunning(.persist))
        timers.stopAll()
        #expect(timers.next == .distantFuture)
    }

    /// The authors' reference vectors: key 00 … 0f, input 00 01 02 …
    @Test func sipHashGivesTheReferenceVectors() {
        let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        let words: [UInt64] = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, 0x1716_1514_1312_1110]
        #expect(hash() == 0x726f_db47_dd0e_0e31)
        #expect(hash(words[0]) == 0x93f5_f579_9a93_2462)
        #expect(hash(words[0], words[1]) == 0x3f2a_cc7f_57c2_9bdb)
        #expect(hash(words[0], words[1], words[2]) == 0xb8ad_50c6_f649_af94)
    }

    @Test func initialSequenceNumbersFollowRFC6528() {
        let hash = SipHash(key: (1, 2))
        let tuple = FourTuple(local: Script.local, remote: Script.remote)
        let other = FourTuple(local: Script.local, remote: Endpoint(Script.remote.address, 8))
        let now = Instant(nanoseconds: 17_000_000_000)
        let secrets = ConnectionSecrets(of: tuple, hash)
        let first = secrets.initialSequence(at: now)
        #expect(ConnectionSecrets(of: tuple, hash).initialSequence(at: now) == first)
        // One step every four microseconds, 250,000 a second.
        #expect(secrets.initialSequence(at: now + .microseconds(Int64(4))) - first == 1)
        #expect(secrets.initialSequence(at: now + .seconds(Int64(1))) - first == 250_000)
        #expect(ConnectionSecrets(of: other, hash).initialSequence(at: now) != first)
        #expect(ConnectionSecrets(of: tuple, SipHash(key: (1, 3))).initialSequence(at: now) != first)
    }

    @Test func chosenPortsLieInTheRangeAndAreFree() throws {
        var configuration = StackConfiguration(secret: (3, 4))
        configuration.portRange = 20_000...20_009
        var stack = TCPStack(configuration)
        var seen: Set<UInt16> = []
        for _ in 0..<10 {
            let chosen = stack.choosePort(from: Script.address, to: Script.remote)
            let port = try #require(chosen)
            #expect(configuration.portRange.contains(port))
            #expect(seen.insert(port).inserted)
            let tuple = FourTuple(local: Endpoint(Script.address, port), remote: Script.remote)
            _ = try stack.open(OpenRequest(remote: Script.remote), tuple: tuple, routeMTU: 1_500, at: .zero)
        }
        let none = stack.choosePort(from: Script.address, to: Script.remote)
        #expect(none == nil)
        let elsewhere = stack.choosePort(from: Script.address, to: Endpoint(Script.remote.address, 8))
        #expect(elsewhere != nil)
    }

    @Test func portsStartElsewhereForEachSecretAndPeer() {
        let starts = (0..<20 as Range<UInt64>).map { secret in
            var stack = TCPStack(StackConfiguration(secret: (secret, 0)))
            return stack.choosePort(from: Script.address, to: Script.remote)
        }
        #expect(Set(starts).count > 10)
    }
}
