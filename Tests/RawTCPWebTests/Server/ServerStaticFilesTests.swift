import Foundation
import HTTPTypes
import RawTCPWeb
import Testing

/// Files below one directory, and none outside.
@Suite struct ServerStaticFilesTests {
    /// A directory `site` with some files, beside a secret that must never be served.
    private final class Site {
        let folder: URL
        let files: StaticFiles

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID().uuidString)")
            let root = folder.appending(path: "site")
            try FileManager.default.createDirectory(
                at: root.appending(path: "sub"), withIntermediateDirectories: true)
            try Data("secret".utf8).write(to: folder.appending(path: "secret.txt"))
            try Data("<p>".utf8).write(to: root.appending(path: "index.html"))
            try Data("1".utf8).write(to: root.appending(path: "sub/a b.mjs"))
            try Data("hidden".utf8).write(to: root.appending(path: ".hidden"))
            try Data(repeating: 65, count: 3_000_000).write(to: root.appending(path: "big.bin"))
            for (link, target) in [
                ("out", "../secret.txt"), ("up", ".."), ("in.txt", "index.html"), ("abs", "/etc/passwd"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: root.appending(path: link).path, withDestinationPath: target)
            }
            guard mkfifo(root.appending(path: "fifo").path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
            files = try StaticFiles(root: root.path)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func get(_ path: String, method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) -> Response? {
            files.answer(to: method, path, fields)
        }
    }

    private func octets(_ response: Response?) -> [UInt8]? {
        if case .bytes(let octets) = response?.body { octets } else { nil }
    }

    @Test func theRootIsItsIndex() throws {
        let site = try Site()
        let response = site.get("/")
        #expect(octets(response) == Array("<p>".utf8))
        let fields = try #require(response?.head.headerFields)
        #expect(fields[.contentType] == "text/html; charset=utf-8")
        #expect(fields[.cacheControl] == "no-cache")
        #expect(fields[.xContentTypeOptions] == "nosniff")
        #expect(fields[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
        #expect(fields[.lastModified].flatMap { HTTPDate($0) } != nil)
        #expect(fields[.eTag]?.hasPrefix("\"") == true)
    }

    @Test func namesAreDecodedAndTyped() throws {
        let site = try Site()
        #expect(site.get("/sub/a%20b.mjs")?.head.headerFields[.contentType] == "text/javascript; charset=utf-8")
        #expect(site.get("/in.txt")?.head.headerFields[.contentType] == "text/plain; charset=utf-8")
    }

    private static let forbidden = [
        "/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/%2E%2e%2fsecret.txt", "/..%2fsecret.txt",
        "/..%5csecret.txt", "/..\\secret.txt", "/sub/..%2f..%2fsecret.txt", "/.%2e/secret.txt", "//etc/passwd",
        "/%2fetc/passwd", "//", "/sub//a%20b.mjs", "/index.html%00", "/index.html%00.js", "/%00", "/.hidden",
        "/./index.html", "/%2ehidden", "/out", "/up/secret.txt", "/up", "/abs", "/fifo", "/sub", "/sub/",
        "/index.html/", "/missing", "/%ff", "/%c0%ae%c0%ae/secret.txt", "/%252e%252e/secret.txt", "/index.html%0a",
        "/..;/secret.txt",
    ]

    @Test(arguments: forbidden + ["", "index.html", "*"])
    func nothingElseIsServed(path: String) throws {
        let site = try Site()
        #expect(site.get(path) == nil)
        #expect(!site.files.contains(path: path))
    }

    @Test func noTraversalGetsThroughTheServer() async throws {
        let site = try Site()
        var handler = ServerTestHandler()
        handler.files = site.files
        try await withServer(handler) { port, _ in
            let requests = Self.forbidden.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answers = try await ServerClient.talk(port: port, requests + last).answers()
            #expect(answers.map(\.status) == Self.forbidden.map { _ in 404 } + [200])
            #expect(answers.last?.text == "<p>")
        }
    }

    @Test func anUnchangedFileIs304() throws {
        let site = try Site()
        let fields = try #require(site.get("/index.html")?.head.headerFields)
        let tag = try #require(fields[.eTag])
        let modified = try #require(fields[.lastModified])
        for condition: HTTPFields in [
            [.ifNoneMatch: tag], [.ifNoneMatch: "\"x\", W/\(tag)"], [.ifNoneMatch: "*"], [.ifModifiedSince: modified],
        ] {
            let response = site.get("/index.html", condition)
            #expect(response?.head.status == .notModified)
            #expect(response?.head.headerFields[.eTag] == tag)
            #expect(octets(response) == nil)
        }
    }

    @Test func aRangeIsSentAlone() async throws {
        let site = try Site()
        let part = try #require(site.get("/index.html", [.range: "bytes=1-"]))
        #expect(part.head.status == .partialContent)
        #expect(octets(part) == Array("p>".utf8))
        #expect(part.head.headerFields[.contentRange] == "bytes 1-2/3")
        #expect(part.head.headerFields[.contentLength] == "2")
        let long = try #require(site.get("/big.bin", [.range: "bytes=-2000000"]))
        #expect(try await streamed(long) == 2_000_000)
        let beyond = try #require(site.get("/index.html", [.range: "bytes=3-"]))
        #expect(beyond.head.status == .rangeNotSatisfiable)
        #expect(beyond.head.headerFields[.contentRange] == "bytes */3")
        #expect(site.get("/index.html", method: .head, [.range: "bytes=1-"])?.head.status == .ok)
    }

    @Test func whoMeansAnotherStateOfAFileGetsNone() throws {
        let site = try Site()
        let tag = try #require(site.get("/index.html")?.head.headerFields[.eTag])
        #expect(site.get("/index.html", [.ifMatch: tag])?.head.status == .ok)
        let refused = try #require(site.get("/index.html", [.ifMatch: "\"x\""]))
        #expect(refused.head.status == .preconditionFailed)
        #expect(refused.head.headerFields[.contentType] == "application/problem+json")
        #expect(refused.head.headerFields[.eTag] == tag)
    }

    @Test func aChangedFileIsSentAgain() throws {
        let site = try Site()
        // Changed twice within one tick of the kernel's clock, a file of the same length would look unchanged.
        try FileManager.default.setAttributes(
            [.modificationDate: Date.now - 60], ofItemAtPath: site.folder.appending(path: "site/index.html").path)
        let fields = try #require(site.get("/index.html")?.head.headerFields)
        let old = HTTPDate(seconds: 0).text
        #expect(site.get("/", [.ifNoneMatch: "\"x\""])?.head.status == .ok)
        #expect(site.get("/", [.ifModifiedSince: old])?.head.status == .ok)
        let modified = try #require(fields[.lastModified])
        #expect(site.get("/", [.ifNoneMatch: "\"x\"", .ifModifiedSince: modified])?.head.status == .ok)
        try Data("<b>".utf8).write(to: site.folder.appending(path: "site/index.html"))
        #expect(site.get("/")?.head.headerFields[.eTag] != fields[.eTag])
    }

    @Test func headHasTheLengthAndNoContent() throws {
        let site = try Site()
        let response = try #require(site.get("/index.html", method: .head))
        #expect(response.head.headerFields[.contentLength] == "3")
        #expect(octets(response) == nil)
        #expect(site.get("/index.html", method: .post) == nil)
        #expect(site.files.contains(path: "/index.html"))
    }

    @Test func largeFilesAreStreamedWhole() async throws {
        let site = try Site()
        let response = try #require(site.get("/big.bin"))
        #expect(response.head.headerFields[.contentLength] == "3000000")
        #expect(try await streamed(response) == 3_000_000)
    }

    /// How many octets an answer writes while it is sent.
    private func streamed(_ response: Response) async throws -> Int {
        guard case .stream(let produce) = response.body else { throw CocoaError(.fileReadUnknown) }
        let (parts, continuation) = AsyncStream.makeStream(of: Int.self)
        try await produce(BodyWriter { continuation.yield($0.count) })
        continuation.finish()
        return await parts.reduce(0, +)
    }
}
