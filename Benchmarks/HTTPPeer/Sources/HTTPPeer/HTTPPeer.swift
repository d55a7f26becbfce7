import Foundation
import Hummingbird

/// The smallest Hummingbird server that answers what the benchmark asks for: `/healthz`, 4 KiB at `/file`, and at `/segments`
/// the records of the named JSON file, encoded anew for each request as a program would whose records change. That one is
/// spared looking for them and decoding their headers.
@main
struct HTTPPeer {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let port = arguments.first.flatMap { Int($0) } ?? 0
        let file = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4_096)
        let router = Router()
        router.get("/healthz") { _, _ in "{\"status\":\"ok\"}\n" }
        router.get("/file") { _, _ in Response(status: .ok, body: .init(byteBuffer: file)) }
        if let path = arguments.dropFirst().first {
            let page = try JSONDecoder().decode(SegmentPage.self, from: Data(contentsOf: URL(filePath: path)))
            router.get("/segments") { _, _ in page }
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
