import Engine
import Foundation
import RawTCPWeb
import Testing

/// A record is written as text without a value in between, and reads as the value would.
@Suite struct SegmentWritingTests {
    /// A log of packets of both versions, good and broken, by the seed.
    private static func log(of count: Int, using random: inout SplitMix64) -> LogSnapshot {
        var log = SegmentLog(capacity: count, snapLength: 64, payloadCapacity: 1 << 20)
        for _ in 0..<count {
            let octets = packet(&random)
            let span = octets.span.bytes
            var view = try? PacketView(parsing: span)
            let checksum = view?.verifyChecksum(span) ?? .unverifiable
            let time = Int64.random(in: 0...5_000_000_000_000, using: &random)
            let number = log.appendReceived(
                span, view: view, at: Instant(nanoseconds: time), wall: .random(in: -1 << 60...1 << 62, using: &random))
            let context = RecordContext(
                connection: .random(in: 1...3, using: &random),
                sequenceBase: SequenceNumber(.random(in: 0 ... .max, using: &random)),
                acknowledgmentBase: SequenceNumber(.random(in: 0 ... .max, using: &random)),
                origin: Instant(nanoseconds: .random(in: 0...time, using: &random)), windowShift: 7)
            let cause = Cause.allCases.randomElement(using: &random) ?? .accepted
            let answers = (0..<Int.random(in: 0..<3, using: &random)).map { _ in
                UInt64.random(in: 1...99, using: &random)
            }
            log.answers += answers
            log.complete(
                number, verdict: Verdict(cause, .fifth), context: Bool.random(using: &random) ? context : nil,
                checksum: checksum, before: .synSent, after: .established)
            if Int.random(in: 0..<8, using: &random) == 0 {
                log.note(WireEcho(wallTime: time, rewritten: ["ip.checksum", "ip.length"]), of: number)
            }
        }
        return log.snapshot(run: "00c0ffee")
    }

    private static func packet(_ random: inout SplitMix64) -> [UInt8] {
        var octets = SegmentLogFixture.synAck
        if Bool.random(using: &random) {
            let segment = octets.dropFirst(20)
            octets = [0x60, 0, 0, 0, 0, UInt8(segment.count), 6, 64]
            octets += (0..<32).map { _ in Bool.random(using: &random) ? 0 : .random(in: 0 ... .max, using: &random) }
            octets += segment
        }
        octets += (0..<Int.random(in: 0..<40, using: &random)).map { _ in .random(in: 0 ... .max, using: &random) }
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            // The first octets decide whether it is a packet at all; most are to be.
            let first = Int.random(in: 0..<4, using: &random) == 0 ? 0 : 8
            let index = Int.random(in: first..<octets.count, using: &random)
            octets[index] = .random(in: 0 ... .max, using: &random)
        }
        return Int.random(in: 0..<8, using: &random) == 0 ? Array(octets.prefix(30)) : octets
    }

    private static func text(_ write: (inout JSONText) -> Void) -> [UInt8] {
        var text = JSONText()
        write(&text)
        return text.finished()
    }

    private static func value(_ write: (inout JSONBuilder) -> Void) -> JSON {
        var builder = JSONBuilder()
        write(&builder)
        return builder.value
    }

    @Test func thousandsOfRecordsReadAsTheirValues() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        let log = AnalyzedLog(Self.log(of: 3_000, using: &random))
        let selections: [FieldSelection] = [
            .record(payload: nil), .record(payload: .hex), .record(payload: .text), .table(payload: .base64),
            FieldSelection(SegmentField.allCases.filter { _ in Bool.random(using: &random) }),
        ]
        for number in log.log.numbers {
            let segment = try #require(log[number])
            let selection = selections[Int(number) % selections.count]
            let record = Self.value { selection.write(segment, to: &$0) }
            let octets = Self.text { selection.write(segment, to: &$0) }
            #expect(octets == record.serialized(), "seed \(seed), record \(number)")
            #expect(try JSON(parsing: octets) == record, "seed \(seed), record \(number)")
            let row = Self.value { selection.writeRow(segment, to: &$0) }
            #expect(Self.text { selection.writeRow(segment, to: &$0) } == row.serialized(), "seed \(seed)")
        }
    }

    @Test func aReaderThatOthersWroteUnderstandsThem() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        let log = AnalyzedLog(Self.log(of: 300, using: &random))
        for number in log.log.numbers {
            let segment = try #require(log[number])
            let octets = Self.text { FieldSelection.record(payload: .text).write(segment, to: &$0) }
            let object = try JSONSerialization.jsonObject(with: Data(octets)) as? [String: Any]
            #expect((object?["number"] as? NSNumber)?.uint64Value == number, "seed \(seed)")
            #expect(object?["elapsed"] as? Double == segment.record.elapsed.seconds, "seed \(seed), record \(number)")
        }
    }

    @Test func aLengthOfTimeIsTheShortestDecimalOfItsDouble() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        let edges: [Int64] = [
            0, 1, 10, 999_999_999, 1_000_000_000, 999_999_999_999_999, 1_000_000_000_000_000, -1, .max,
        ]
        let lengths = (0..<5_000).map { _ in
            Int64.random(in: 0...1 << Int64.random(in: 1...62, using: &random), using: &random)
        }
        for nanoseconds in edges + lengths {
            let interval = Interval.nanoseconds(nanoseconds)
            #expect(
                Self.text { $0.write(seconds: interval) } == JSON.double(interval.seconds).serialized(),
                "seed \(seed), \(nanoseconds) ns")
        }
    }

    @Test func prettyTextIsTheSameFromPiecesAndFromTheValue() throws {
        let log = AnalyzedLog(SegmentLogFixture.log())
        let segment = try #require(log[2])
        var text = JSONText(pretty: true)
        FieldSelection.record(payload: nil).write(segment, to: &text)
        let octets = text.finished()
        #expect(octets == SegmentModel(segment).json().serialized(pretty: true))
        #expect(String(decoding: octets, as: UTF8.self).contains("\n  \"number\": 2,\n"))
    }
}
