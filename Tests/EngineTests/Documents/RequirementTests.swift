import Foundation
import TestSupport
import Testing

/// docs/rfc9293.md says of each requirement of RFC 9293 where it is met and which test shows it. Here it is held to that.
@Suite struct RequirementTests {
    /// One row of the table.
    private struct Row {
        let id, level, verdict, file, test: String

        init?(_ line: Substring) {
            let cells = line.split(separator: "|").map { cell in
                cell.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
            }
            guard cells.count == 6, cells[0].contains("-"), cells[0].last?.isNumber == true else { return nil }
            (id, level, verdict, file, test) = (cells[0], cells[1], cells[3], cells[4], cells[5])
        }

        var isMet: Bool { verdict == "met" }
    }

    private static func rows() throws -> [Row] {
        try Checkout.text("docs/rfc9293.md").split(separator: "\n").compactMap(Row.init)
    }

    /// RFC 9293, Appendix B: MUST-1 to MUST-69, SHLD-1 to SHLD-31, REC-1, MAY-1 to MAY-18.
    private static let requirements =
        (1...69).map { "MUST-\($0)" } + (1...31).map { "SHLD-\($0)" } + ["REC-1"] + (1...18).map { "MAY-\($0)" }

    @Test func everyRequirementHasOneRow() throws {
        let ids = try Self.rows().map(\.id)
        #expect(Set(ids) == Set(Self.requirements))
        #expect(ids.count == Self.requirements.count)
    }

    @Test func whatIsNotMetSaysWhy() throws {
        for row in try Self.rows() where !row.isMet {
            #expect(row.verdict.hasPrefix("not applicable: "), "\(row.id)")
        }
    }

    @Test func everyFileNamedExists() throws {
        for row in try Self.rows() where row.isMet {
            let path = Checkout.root.appending(path: row.file).path(percentEncoded: false)
            #expect(FileManager.default.fileExists(atPath: path) && !row.file.isEmpty, "\(row.id): \(row.file)")
        }
    }

    /// That it has also run is held against the log, by scripts/requirements.py.
    @Test func everyTestNamedExistsAndIsATest() throws {
        let files = try Checkout.files(under: "Tests/EngineTests", endingIn: ["Tests.swift"])
        for row in try Self.rows() where row.isMet {
            let name = row.test.split(separator: ".").map(String.init)
            try #require(name.count == 2, "\(row.id) names no test")
            let file = files.first { $0.path.hasSuffix("/\(name[0]).swift") }
            let source = try #require(file?.text, "\(row.id): there is no \(name[0])")
            let place = try #require(source.firstRange(of: "func \(name[1])("), "\(row.id): \(row.test) does not exist")
            let attribute = source[..<place.lowerBound].ranges(of: "@Test").last
            let between = attribute.map { source[$0.upperBound..<place.lowerBound] }
            #expect(
                between.map { !$0.contains("func ") && !$0.contains(".disabled") } ?? false, "\(row.id): \(row.test)")
        }
    }
}
