import Engine
import Foundation
import HTTPTypes
import RawTCPWeb
import Synchronization
import Testing

extension WrittenLog: CaptureSource {
    func noteCaptured(through number: UInt64?) async {}
}

@Suite(.longestPatience) final class CaptureTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "captures-\(UUID().uuidString)").path()

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private var directory: CaptureDirectory { CaptureDirectory(path: path) }

    /// Writes a log of conversations into files, as one start of the service.
    private func write(_ conversations: Int, limit: Int = 1 << 20, run: String = "00c0ffee") async throws {
        let log = WrittenLog(capacity: 100_000)
        log.change { for id in 1...conversations { SegmentLogFixture.converse(&$0, UInt32(id)) } }
        let writer = try CaptureWriter(
            source: log, directory: directory, limit: limit, application: "test", run: run,
            onFailure: { Issue.record("\($0)") })
        await writer.stop()
        await writer.run()
    }

    private func octets(_ name: String) throws -> [UInt8] {
        let file = try #require(directory.open(name))
        return file.read(0..<file.state.size)
    }

    /// The types of a file's blocks; fails where a length does not lead to its own copy.
    private func blocks(_ octets: [UInt8]) throws -> [UInt32] {
        func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(octets[at + $1]) << (8 * UInt32($1)) } }
        var types: [UInt32] = []
        var at = 0
        while at < octets.count {
            types.append(word(at))
            let length = Int(word(at + 4))
            try #require(length >= 12 && at + length <= octets.count)
            #expect(word(at + length - 4) == UInt32(length))
            at += length
        }
        return types
    }

    @Test func everySegmentIsInAFile() async throws {
        try await write(3)
        let entries = directory.entries()
        #expect(entries.count == 1)
        #expect(try blocks(octets(entries[0].name)) == [0x0a0d_0d0a, 1] + Array(repeating: 6, count: 15))
    }

    @Test func filesRotateWithinTheirLimit() async throws {
        try await write(2_000, limit: 1 << 20)
        let entries = directory.entries()
        #expect(entries.count > 4)
        #expect(entries.reduce(0) { $0 + $1.size } <= 1 << 20)
        for entry in entries { #expect(try blocks(octets(entry.name)).prefix(2) == [0x0a0d_0d0a, 1]) }
    }

    @Test func theNextStartGoesOnWithNewFiles() async throws {
        try await write(1)
        let first = directory.entries()
        try await write(1, run: "12345678")
        #expect(directory.entries().count == 2)
        #expect(directory.entries().contains(first[0]))
    }

    @Test func onlyNamesThatAreListedAreOpened() async throws {
        try await write(1)
        let secret = path + "/../secret-\(UUID().uuidString).pcapng"
        _ = FileManager.default.createFile(atPath: secret, contents: Data([1]))
        defer { try? FileManager.default.removeItem(atPath: secret) }
        let link = "20000101T000000Z-00000000-000001.pcapng"
        try FileManager.default.createSymbolicLink(atPath: path + "/" + link, withDestinationPath: secret)
        for name in [link, "../" + secret, secret, "..", ".", "", "/etc/passwd", "x.pcapng", "a-b-c.pcapng\0"] {
            #expect(directory.open(name) == nil, "\(name)")
        }
        #expect(directory.entries().count == 1)
    }

    @Test func aCaptureIsServedWholeAndInRanges() async throws {
        try await write(1)
        let name = directory.entries()[0].name
        let whole = try octets(name)
        let router = Router(routes: CaptureRoutes(directory: directory).routes, gate: Gate())
        func get(_ fields: HTTPFields = [:], _ file: String? = nil) async -> (head: HTTPResponse, body: [UInt8]) {
            let path = "/v1/captures/\(file ?? name)"
            let request = Request(
                head: HTTPRequest(
                    method: .get, scheme: "http", authority: "localhost", path: path, headerFields: fields),
                rawTarget: path, path: path)
            let response = await router.respond(to: request)
            let body = Mutex<[UInt8]>([])
            if case .stream(let produce) = response.body {
                try? await produce(BodyWriter { octets in body.withLock { $0 += octets } })
            }
            return (response.head, body.withLock { $0 })
        }
        let all = await get()
        #expect(all.head.status == .ok && all.body == whole)
        #expect(all.head.headerFields[.acceptRanges] == "bytes")
        let tag = try #require(all.head.headerFields[.eTag])
        let part = await get([.range: "bytes=4-7"])
        #expect(part.head.status == .partialContent && part.body == Array(whole[4..<8]))
        #expect(part.head.headerFields[.contentRange] == "bytes 4-7/\(whole.count)")
        #expect(await get([.range: "bytes=-10"]).body == Array(whole.suffix(10)))
        #expect(await get([.range: "bytes=10-"]).body == Array(whole.dropFirst(10)))
        #expect(await get([.range: "bytes=4-7", .ifRange: "\"old\""]).body == whole)
        let beyond = await get([.range: "bytes=\(whole.count)-"])
        #expect(beyond.head.status.code == 416)
        #expect(beyond.head.headerFields[.contentRange] == "bytes */\(whole.count)")
        #expect(await get([.ifNoneMatch: tag]).head.status == .notModified)
        #expect(await get([:], "..%2F..%2Fetc%2Fpasswd").head.status == .notFound)
        #expect(await get([:], "%2e%2e").head.status == .notFound)
    }
}
