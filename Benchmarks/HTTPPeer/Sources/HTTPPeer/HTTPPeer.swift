import Hummingbird

/// The smallest Hummingbird server that answers what the benchmark asks for: `/healthz`, and 4 KiB at `/file`.
@main
struct HTTPPeer {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 0
        let file = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4_096)
        let router = Router()
        router.get("/healthz") { _, _ in "{\"status\":\"ok\"}\n" }
        router.get("/file") { _, _ in Response(status: .ok, body: .init(byteBuffer: file)) }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
