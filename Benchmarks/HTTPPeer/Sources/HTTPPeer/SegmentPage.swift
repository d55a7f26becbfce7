import Hummingbird

/// An answer of `GET /v1/segments`, as a program that uses Codable would declare it.
struct SegmentPage: ResponseCodable {
    struct Record: Codable {
        struct IP: Codable {
            var version: Int
            var source, destination: String
            var ttl, dscp, ecn: Int
            var id: Int?
            var dontFragment: Bool?
            var length: Int
        }

        struct Checksum: Codable {
            var value, verdict: String
            var expected: String?
        }

        struct Option: Codable {
            var kind: Int
            var name: String
            var value, echo: Int?
        }

        struct TCP: Codable {
            var sourcePort, destinationPort, sequence, acknowledgment: Int
            var relativeSequence, relativeAcknowledgment: Int?
            var dataOffset, reserved: Int
            var flags: [String]
            var window, scaledWindow: Int
            var checksum: Checksum
            var urgentPointer: Int
            var options: [Option]
        }

        struct Payload: Codable {
            var length, captured: Int
        }

        struct Standing: Codable {
            var state: String
        }

        var number: Int
        var time: String
        var elapsed: Double
        var connection: String?
        var direction, cause: String
        var rule: String?
        var because, retransmits: Int?
        var answers: [Int]
        var ip: IP?
        var tcp: TCP?
        var payload: Payload
        var analysis: [String]
        var before, after: Standing
    }

    var run: String
    var segments: [Record]
    var next, oldest, evicted, dropped: Int
}
