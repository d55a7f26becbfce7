import Engine
import RawTCPWeb
import Testing

@Suite struct SegmentModelTests {
    @Test func receivedSynAckIsTheContractsRecord() throws {
        let record = try #require(AnalyzedLog(SegmentLogFixture.log())[2])
        let expected: JSON = [
            "number": 2, "time": "2023-11-14T22:13:20.000041000Z", "elapsed": 0.000041, "connection": "c1",
            "direction": "in", "cause": "accepted", "rule": "rfc9293-3.10.7.3-fourth", "because": nil,
            "retransmits": nil, "answers": [1], "impairment": nil,
        ]
        let ip: JSON = [
            "version": 4, "source": "127.0.0.1", "destination": "127.0.0.1", "ttl": 64, "dscp": 0, "ecn": 0, "id": 0,
            "dontFragment": true, "length": 60,
        ]
        let options: JSON = [
            ["kind": 2, "name": "mss", "value": 65495], ["kind": 4, "name": "sackPermitted"],
            ["kind": 8, "name": "timestamps", "value": 2_114_155_289, "echo": 1_041_931_601],
            ["kind": 3, "name": "windowScale", "value": 10],
        ]
        let json = SegmentModel(record).json()
        guard case .object(let members) = json, case .object(let first) = expected else {
            Issue.record("no object")
            return
        }
        #expect(Array(members.prefix(first.count)) == first)
        #expect(json["ip"] == ip)
        #expect(json["payload"] == ["length": 0, "captured": 0])
        #expect(json["analysis"] == [])
        #expect(json["before"] == ["state": "SYN-SENT"])
        #expect(json["after"] == ["state": "ESTABLISHED"])
        let tcp = try #require(json["tcp"])
        #expect(tcp["options"] == options)
        #expect(tcp["sequence"] == 47_808_472)
        #expect(tcp["relativeSequence"] == 0)
        #expect(tcp["relativeAcknowledgment"] == 1)
        #expect(tcp["dataOffset"] == 10)
        #expect(tcp["flags"] == ["SYN", "ACK"])
        #expect(tcp["scaledWindow"] == 65483)
        #expect(tcp["checksum"]?["value"] == "0xfe30")
        #expect(tcp["checksum"]?["verdict"] == "offloaded")
        #expect(tcp["checksum"]?["expected"] == .string("0x" + rightChecksum))
    }

    @Test(
        "a payload comes as it is asked for",
        arguments: [
            (PayloadEncoding.text, "hello raw"), (.hex, "68656c6c6f20726177"), (.base64, "aGVsbG8gcmF3"),
        ])
    func payloadComesAsItIsAskedFor(encoding: PayloadEncoding, text: String) throws {
        let record = try #require(AnalyzedLog(SegmentLogFixture.log())[4])
        let payload = try #require(SegmentModel(record).json(payload: encoding)["payload"])
        #expect(
            payload == .object([.init("length", 9), .init("captured", 9), .init(encoding.rawValue, .string(text))]))
        #expect(PayloadEncoding.text.json([0xff]) == .null)
    }

    @Test func oneSegmentIsExplainedInFull() throws {
        let record = try #require(AnalyzedLog(SegmentLogFixture.log())[2])
        let json = SegmentModel(record).detailedJSON(payload: nil)
        guard case .array(let fields)? = json["fields"], case .array(let rows)? = json["bits"] else {
            Issue.record("no arrays")
            return
        }
        #expect(rows.count == 15)
        #expect(rows.first == "01000101000000000000000000111100")
        #expect(json["hex"] == .string(String(hex: SegmentLogFixture.synAck)))
        #expect(fields.count > 30)
        #expect(
            fields.first == [
                "name": "ip.version", "bitOffset": 0, "bitLength": 4, "value": 4, "text": "4", "rfc": "RFC 791 §3.1",
            ])
    }

    @Test func decodedPacketShowsItsAddition() throws {
        let json = try DecodedPacketModel(SegmentLogFixture.synAck).json
        guard case .array(let steps)? = json["checksumAddition"] else {
            Issue.record("no steps")
            return
        }
        #expect(steps.first == ["label": "source address, word 1", "word": "0x7f00", "words": 1, "sum": "0x7f00"])
        #expect(steps.last?["word"] == .string("0x" + rightChecksum))
        #expect(json["tcp"]?["checksum"]?["verdict"] == "offloaded")
        #expect(json["tcp"]?["relativeSequence"] == .null)
        #expect(json["ip"]?["length"] == 60)
    }

    @Test func everyPrefixOfAPacketIsDecodedOrRefused() {
        for length in 0...SegmentLogFixture.synAck.count {
            let prefix = Array(SegmentLogFixture.synAck.prefix(length))
            let json = try? DecodedPacketModel(prefix).json
            #expect((json == nil) == (length < 20))
            #expect(json == nil || (json?["tcp"] == .null) == (length < 40))
        }
    }

    private var rightChecksum: String {
        var octets = SegmentLogFixture.synAck
        octets[36] = 0
        octets[37] = 0
        let span = octets.span.bytes
        var view = try? PacketView(parsing: span)
        view?.verifyChecksum(span)
        return view?.expectedChecksum?.hexDigits ?? ""
    }
}
