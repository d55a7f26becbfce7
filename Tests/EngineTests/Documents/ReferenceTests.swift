import Foundation
import TestSupport
import Testing

/// Whoever follows a document to a file finds it there.
@Suite struct ReferenceTests {
    private static let documents = ["README.md", "CONTRIBUTING.md"]

    /// The documents, by their paths.
    private static func texts() throws -> [(path: String, text: String)] {
        try documents.map { ($0, try Checkout.text($0)) }
            + Checkout.files(under: "docs", endingIn: [".md"]).map { ("docs/\($0.path)", $0.text) }
    }

    @Test func everyLinkLeadsToAFile() throws {
        for document in try Self.texts() {
            for link in document.text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                let folder = Checkout.root.appending(path: document.path).deletingLastPathComponent()
                let target = folder.appending(path: String(link.1)).path(percentEncoded: false)
                #expect(FileManager.default.fileExists(atPath: target), "\(document.path) links to \(link.1)")
            }
        }
    }

    @Test func everySourceFileNamedIsThere() throws {
        let folders = ["Sources", "Public", "Tests", "Benchmarks", "scripts"]
        let endings = [".swift", ".c", ".h", ".js", ".css", ".py"]
        let files = try folders.flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: Checkout.root.appending(path: folder).path())
                .filter { path in endings.contains { path.hasSuffix($0) } }.map { "/\(folder)/\($0)" }
        }
        #expect(files.count > 100, "the test looks in the wrong place")
        for document in try Self.texts() {
            for name in document.text.matches(of: /`([\w\/+.-]+\.(?:swift|c|h|js|css|py))`/) {
                #expect(files.contains { $0.hasSuffix("/\(name.1)") }, "\(document.path) names \(name.1)")
            }
        }
    }
}
