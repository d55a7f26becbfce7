import Engine
import Foundation

/// Wireshark's own decoder, as a witness.
enum Tshark {
    /// What went wrong with it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The records of a log as a pcapng file.
    static func capture(_ log: LogSnapshot) -> [UInt8] {
        var octets = PcapNG.header(application: "rawtcpweb tests", run: log.run)
        for number in log.numbers {
            if let record = log[number] { octets += PcapNG.packet(record, dropped: 0) }
        }
        return octets
    }

    /// The fields of each packet; a field that occurs more than once has its values between commas. Fails if tshark has
    /// anything to complain about.
    static func fields(_ names: [String], of capture: [UInt8], options: [String] = []) throws -> [[String]] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pcapng")
        let rows = file.appendingPathExtension("txt")
        let complaints = file.appendingPathExtension("err")
        defer { for url in [file, rows, complaints] { try? FileManager.default.removeItem(at: url) } }
        try Data(capture).write(to: file)
        for url in [rows, complaints] { _ = FileManager.default.createFile(atPath: url.path(), contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/tshark")
        let settings = [
            "tcp.relative_sequence_numbers:FALSE", "tcp.check_checksum:FALSE", "ip.defragment:FALSE",
            "tcp.desegment_tcp_streams:FALSE", "tcp.try_heuristic_first:FALSE",
        ].flatMap { ["-o", $0] }
        process.arguments =
            ["-n", "-r", file.path(), "-T", "fields", "-E", "separator=|", "-E", "aggregator=,"] + settings + options
            + names.flatMap { ["-e", $0] }
        process.standardOutput = try FileHandle(forWritingTo: rows)
        process.standardError = try FileHandle(forWritingTo: complaints)
        try process.run()
        process.waitUntilExit()
        // Root is told that it should not run it; anything else would be about the file.
        let complaint = try String(contentsOf: complaints, encoding: .utf8)
            .split(separator: "\n").filter { !$0.contains("Running as user") }.joined(separator: "\n")
        guard process.terminationStatus == 0, complaint.isEmpty else {
            throw Failure(description: "tshark ended with \(process.terminationStatus): \(complaint)")
        }
        return try String(contentsOf: rows, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map { $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
    }
}
