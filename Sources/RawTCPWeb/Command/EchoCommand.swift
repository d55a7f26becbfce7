import ArgumentParser
import Glibc

/// `rawtcpweb echo`: an ordinary echo server on the kernel's TCP, to talk to.
struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Run an echo server on the kernel's TCP, at 127.0.0.1 and ::1.",
        discussion: "It prints connections and what they send."
    )

    @Argument(help: ArgumentHelp("The port to listen at; 0 takes a free one.", valueName: "port"))
    var port: UInt16 = 6666

    func run() async throws {
        let signals = try SignalEvents.ofStop()
        let server: EchoServer
        do throws(SocketError) {
            server = try EchoServer(port: port)
        } catch {
            throw Failure(status: EX_UNAVAILABLE, message: "127.0.0.1:\(port): \(error)").exit
        }
        let six = server.isOnIPv6 ? " and [::1]:\(server.port)" : ""
        StandardStream.output.write("echo server at 127.0.0.1:\(server.port)\(six)\n")
        server.start()
        for await _ in signals.events { return }
    }
}
