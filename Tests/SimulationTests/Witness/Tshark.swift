import Engine
import Foundation
import TestSupport

/// Wireshark's own decoder, as a witness.
enum Tshark {
    /// The values of each field of a packet, by the field's name; a field that is not there has none.
    typealias Packet = [String: [String]]

    /// The shape of what `-T json` writes, as far as it matters here.
    private struct Row: Decodable {
        struct Source: Decodable { let layers: Packet }
        let source: Source
        enum CodingKeys: String, CodingKey { case source = "_source" }
    }

    /// Where the random segments of these tests begin: always the same, so that a test fails for everybody or for nobody.
    static var seed: UInt64 { ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? 1 }

    /// Whatever stands in the payloads is nobody's concern here, and numbers are compared as they stand in the headers.
    private static let settings =
        [
            "tcp.relative_sequence_numbers:FALSE", "tcp.check_checksum:FALSE", "ip.defragment:FALSE",
            "tcp.desegment_tcp_streams:FALSE", "tcp.try_heuristic_first:FALSE",
        ].flatMap { ["-o", $0] } + ["-d", "tcp.port==1-65535,data"]

    /// Records as a pcapng file, written as the service writes it.
    static func capture(_ records: some Sequence<SegmentRecord>) -> [UInt8] {
        var octets = PcapNG.header(application: "rawtcpweb tests", run: "0badcafe")
        for record in records { octets += PcapNG.packet(record, dropped: 0) }
        return octets
    }

    /// The fields of each packet of a capture. Fails if tshark has anything to complain about.
    static func decode(_ names: [String], of capture: [UInt8]) throws -> [Packet] {
        let json = try run(["-T", "json"] + settings + names.flatMap { ["-e", $0] }, on: capture)
        return try JSONDecoder().decode([Row].self, from: Data(json.utf8)).map(\.source.layers)
    }

    /// Runs tshark on a capture and returns what it writes. Root is told that it should not run it; any other complaint would
    /// be about the file.
    private static func run(_ arguments: [String], on capture: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pcapng")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(capture).write(to: file)
        let tshark = try ChildProcess(["tshark", "-n", "-r", file.path()] + arguments, keeping: 1 << 30)
        let ending = try tshark.wait(within: .seconds(300))
        guard tshark.output.waitForEnd(within: .seconds(60)), tshark.errors.waitForEnd(within: .seconds(60)) else {
            throw HarnessError("tshark ended, but not its output")
        }
        let complaints = tshark.errors.text.split(separator: "\n").filter { !$0.contains("Running as user") }
        guard ending == .exited(0), complaints.isEmpty else {
            throw HarnessError("tshark ended with \(ending): \(complaints.joined(separator: "\n"))")
        }
        return tshark.output.text
    }
}

extension LogSnapshot {
    /// Every record that is kept, in order.
    var records: [SegmentRecord] { numbers.compactMap { self[$0] } }
}
