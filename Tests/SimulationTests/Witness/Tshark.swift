import Engine
import Foundation

/// Wireshark's own decoder, as a witness.
enum Tshark {
    /// What went wrong with it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

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
        return try JSONDecoder().decode([Row].self, from: json).map(\.source.layers)
    }

    /// Runs tshark on a capture and returns what it writes.
    private static func run(_ arguments: [String], on capture: [UInt8]) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pcapng")
        let output = file.appendingPathExtension("out")
        let complaints = file.appendingPathExtension("err")
        defer { for url in [file, output, complaints] { try? FileManager.default.removeItem(at: url) } }
        try Data(capture).write(to: file)
        for url in [output, complaints] { _ = FileManager.default.createFile(atPath: url.path(), contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/tshark")
        process.arguments = ["-n", "-r", file.path()] + arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: complaints)
        try process.run()
        process.waitUntilExit()
        // Root is told that it should not run it; anything else would be about the file.
        let complaint = try String(contentsOf: complaints, encoding: .utf8)
            .split(separator: "\n").filter { !$0.contains("Running as user") }.joined(separator: "\n")
        guard process.terminationStatus == 0, complaint.isEmpty else {
            throw Failure(description: "tshark ended with \(process.terminationStatus): \(complaint)")
        }
        return try Data(contentsOf: output)
    }
}

extension LogSnapshot {
    /// Every record that is kept, in order.
    var records: [SegmentRecord] { numbers.compactMap { self[$0] } }
}
