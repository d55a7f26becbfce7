import ArgumentParser
import Foundation
import Glibc
import Synchronization

/// `rawtcpweb connect`: standard input and output over a raw connection, like nc.
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect standard input and output to a peer, over raw TCP.",
        discussion:
            "The running service opens the connection. The end of the input is its FIN; the peer's FIN is the end."
    )

    @Argument(help: ArgumentHelp("The peer.", valueName: "host:port"))
    var peer: String
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        guard let endpoint = HostPort(peer), let port = endpoint.port, port > 0 else {
            throw ValidationError("\(peer) is not HOST:PORT.")
        }
    }

    func run() throws {
        let client = try options.connect()
        // RFC 6874 §2: in a URI "%" stands in front of a zone as "%25".
        let head = try client.request("CONNECT", peer.replacing("%", with: "%25"))
        guard head.status == 200 else { throw client.failure(head) }
        let progress = TransferProgress(title: head.fields["connection-id"] ?? peer)
        let stream = client.stream
        // A thread for each direction: either may have to wait for the other end while the other goes on.
        Thread.detachNewThread { Self.upload(to: stream, progress) }
        // For a terminal, whatever the peer sends is text; for a file or a pipe it stays as it is.
        let isForPeople = isatty(STDOUT_FILENO) == 1
        while let octets = client.read() {
            if octets.isEmpty { return progress.finish() }
            progress.add(received: octets.count)
            StandardStream.output.write(isForPeople ? Array(Printable.lines(octets).utf8) : octets)
        }
        progress.finish()
        throw Failure(status: 1, message: "the connection was reset").exit
    }

    private static func upload(to stream: ServiceStream, _ progress: TransferProgress) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            guard stream.write(buffer[..<count]) else { return }
            progress.add(sent: count)
        }
        stream.endWriting()
    }
}

/// A line on standard error that tells how far a long transfer has come, if somebody looks at it there.
final class TransferProgress: Sendable {
    /// In nanoseconds. Shorter transfers need none, and longer ones one a second.
    private static let interval: Int64 = 1_000_000_000

    private let title: String
    private let start = ServerClock.now
    private let shown = Atomic<Int64>(0)
    private let sent = Atomic(0)
    private let received = Atomic(0)
    /// Standard error is a terminal and standard output is none: the two would mix.
    private let isWanted = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0

    init(title: String) { self.title = title }

    /// Counts octets, and shows how far things are if it is time.
    func add(sent moreSent: Int = 0, received moreReceived: Int = 0) {
        sent.add(moreSent, ordering: .relaxed)
        received.add(moreReceived, ordering: .relaxed)
        guard isWanted else { return }
        let now = ServerClock.now
        let last = max(start, shown.load(ordering: .relaxed))
        guard now - last > Self.interval,
            shown.compareExchange(expected: last == start ? 0 : last, desired: now, ordering: .relaxed).exchanged
        else { return }
        show(after: Double(now - start) / 1e9)
    }

    private func show(after seconds: Double) {
        let (sent, received) = (sent.load(ordering: .relaxed), received.load(ordering: .relaxed))
        let tenths = Int(Double(sent + received) / seconds / 1e5)
        StandardStream.error.write(
            "\r\(title): \(sent) octets sent, \(received) received, \(tenths / 10).\(tenths % 10) MB/s ")
    }

    /// Leaves the line behind.
    func finish() { if shown.load(ordering: .relaxed) > 0 { StandardStream.error.write("\n") } }
}
