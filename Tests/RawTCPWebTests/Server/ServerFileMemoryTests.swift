import Foundation
import HTTPTypes
import RawTCPWeb
import Testing

/// Small files are kept in memory, and nobody can tell: what is on disk now is what is served.
@Suite struct ServerFileMemoryTests {
    /// A directory `site`, and beside it what must never be served.
    private final class Site {
        let folder: URL
        let files: StaticFiles

        var root: URL { folder.appending(path: "site") }

        init(settling: Duration? = .zero) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "memory-\(UUID().uuidString)")
            let root = folder.appending(path: "site")
            try FileManager.default.createDirectory(at: root.appending(path: "sub"), withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "outside"), withIntermediateDirectories: true)
            try Data("secret".utf8).write(to: folder.appending(path: "outside/page.txt"))
            try Data("page".utf8).write(to: root.appending(path: "sub/page.txt"))
            files = try StaticFiles(root: root.path, settling: settling)
        }

        /// How many files are kept in memory, and how many octets they have.
        var kept: [Int] { [files.kept.files, files.kept.octets] }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func response(_ path: String, method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) -> Response? {
            files.answer(to: method, path, fields)
        }

        /// The content that is served; nil if none is.
        func content(_ path: String = "/sub/page.txt") -> String? {
            guard case .bytes(let octets)? = response(path)?.body else { return nil }
            return String(decoding: octets, as: UTF8.self)
        }

        func write(_ text: String, to path: String = "site/sub/page.txt") throws {
            let handle = try FileHandle(forWritingTo: folder.appending(path: path))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
    }

    @Test func aFileThatHasBeenReadIsKept() throws {
        let site = try Site()
        #expect(site.kept == [0, 0])
        let first = try #require(site.response("/sub/page.txt"))
        #expect(site.kept == [1, 4])
        let second = try #require(site.response("/sub/page.txt"))
        #expect(site.kept == [1, 4])
        #expect(first.head == second.head)
        #expect(site.content() == "page")
    }

    @Test func aKeptFileAnswersConditionsAndHead() throws {
        let site = try Site()
        let tag = try #require(site.response("/sub/page.txt")?.head.headerFields[.eTag])
        let unchanged = try #require(site.response("/sub/page.txt", [.ifNoneMatch: tag]))
        #expect(unchanged.head.status == .notModified)
        #expect(unchanged.head.headerFields[.eTag] == tag)
        #expect(unchanged.head.headerFields[.contentLength] == nil)
        let head = try #require(site.response("/sub/page.txt", method: .head))
        #expect(head.head.headerFields[.contentLength] == "4")
        guard case .none = head.body else { throw CocoaError(.fileReadUnknown) }
    }

    @Test func aRewrittenFileIsServedAsItIsNow() throws {
        let site = try Site()
        let tag = try #require(site.response("/sub/page.txt")?.head.headerFields[.eTag])
        try site.write("another page")
        #expect(site.content() == "another page")
        #expect(site.response("/sub/page.txt", [.ifNoneMatch: tag])?.head.status == .ok)
    }

    @Test func aFileInTheKeptOnesPlaceIsServedInstead() throws {
        let site = try Site()
        #expect(site.content() == "page")
        try Data("twin".utf8).write(to: site.root.appending(path: "new"))
        #expect(rename(site.root.appending(path: "new").path, site.root.appending(path: "sub/page.txt").path) == 0)
        #expect(site.content() == "twin")
    }

    @Test func aFileThatIsGoneIsServedNoMore() throws {
        let site = try Site()
        #expect(site.content() == "page")
        try FileManager.default.removeItem(at: site.root.appending(path: "sub/page.txt"))
        #expect(site.content() == nil)
        #expect(!site.files.contains(path: "/sub/page.txt"))
        #expect(site.kept == [0, 0])
    }

    @Test func aLinkInTheKeptOnesPlaceDoesNotLeadOutside() throws {
        let site = try Site()
        #expect(site.content() == "page")
        let page = site.root.appending(path: "sub/page.txt").path
        try FileManager.default.removeItem(atPath: page)
        try FileManager.default.createSymbolicLink(atPath: page, withDestinationPath: "../../outside/page.txt")
        #expect(site.content() == nil)
    }

    @Test func aLinkInTheDirectorysPlaceDoesNotLeadOutside() throws {
        let site = try Site()
        #expect(site.content() == "page")
        let directory = site.root.appending(path: "sub").path
        try FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createSymbolicLink(atPath: directory, withDestinationPath: "../outside")
        #expect(site.content() == nil)
    }

    @Test func aFileThatWasJustChangedIsReadEachTime() throws {
        // What is rewritten within one tick of the kernel's clock, at the same length, looks unchanged.
        let site = try Site(settling: nil)
        for number in 100..<200 {
            try site.write("\(number)")
            #expect(site.content() == "\(number)")
        }
        #expect(site.kept == [0, 0])
    }

    @Test func theMemoryIsBounded() throws {
        let site = try Site()
        func fill(_ count: Int, _ length: Int) throws {
            for number in 0..<count {
                try Data(repeating: 65, count: length).write(to: site.root.appending(path: "\(length)-\(number).txt"))
                #expect(site.content("/\(length)-\(number).txt")?.utf8.count == length)
            }
        }
        try fill(300, 10)
        #expect(site.kept == [256, 2_560])
        try fill(140, 64 * 1024)
        #expect(site.kept == [128, 8 * 1024 * 1024])
        #expect(site.content("/10-0.txt")?.utf8.count == 10)
        let kept = site.kept
        try fill(1, 64 * 1024 + 1)
        #expect(site.kept == kept)
    }

    @Test func anotherSpellingIsTheSameFile() throws {
        let site = try Site()
        #expect(site.content("/sub/page%2etxt") == "page")
        #expect(site.content("/sub/p%61ge.txt") == "page")
        try site.write("changed")
        #expect(site.content("/sub/page%2etxt") == "changed")
    }
}
