import Foundation
import HTTPTypes
import RawTCPWeb
import Testing

/// Files of libraries: those on the list, and no others of their directory.
@Suite struct ServerLibraryFilesTests {
    /// A directory with a file that is on the list and two that are not.
    private final class Library {
        let folder = FileManager.default.temporaryDirectory.appending(path: "library-\(UUID().uuidString)")

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for name in ["dygraph.min.js", "dygraph.js", "index.html"] {
                try Data(name.utf8).write(to: folder.appending(path: name))
            }
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func status(of path: String) throws -> Int? {
            let files = try LibraryFiles(["dygraphs": folder.path])
            let head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
            let request = Request(head: head, rawTarget: path, path: path)
            return try files.respond(path: path, request: request)?.head.status.code
        }
    }

    @Test func aFileOnTheListIsServed() throws {
        #expect(try Library().status(of: "/lib/dygraphs/dygraph.min.js") == 200)
    }

    @Test(arguments: [
        "/lib/dygraphs/dygraph.js", "/lib/dygraphs/", "/lib/dygraphs/index.html", "/lib/dygraphs/dygraph.min.css",
        "/lib/dygraphs/x/../dygraph.min.js", "/lib/dygraphs/%64ygraph.min.js", "/lib/other/dygraph.min.js", "/lib/",
        "/dygraphs/dygraph.min.js", "/lib/dygraphs/dygraph.min.js/",
    ])
    func nothingElseOfItsDirectoryIs(path: String) throws {
        #expect(try Library().status(of: path) == nil)
    }

    @Test func aDirectoryThatIsNotThereIsNamed() {
        #expect(throws: (any Error).self) { _ = try LibraryFiles(["dygraphs": "/nowhere"]) }
    }
}
