import ArgumentParser
import Glibc

/// `rawtcpweb log`: the segments that a running service has sent and received.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print the segments of a running service, a line each.")

    @Flag(help: "Go on with what comes.")
    var follow = false
    @Option(help: ArgumentHelp("Only those of one connection.", valueName: "id"))
    var connection: String?
    @Option(help: ArgumentHelp("Only those that a filter lets through, as in Wireshark.", valueName: "expression"))
    var filter: String?
    @Option(help: ArgumentHelp("Only the newest.", valueName: "n"))
    var last: Int?
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if follow, last != nil { throw ValidationError("--last and --follow exclude each other.") }
    }

    func run() throws {
        var parameters = ["format=text"]
        if follow { parameters.append("follow=1") }
        if let connection { parameters.append("connection=" + PercentEncoding.encode(connection)) }
        if let filter { parameters.append("filter=" + PercentEncoding.encode(filter)) }
        if let last { parameters.append("last=\(last)") }
        let client = try options.connect()
        let head = try client.request("GET", "/v1/segments?" + parameters.joined(separator: "&"))
        guard head.status == 200 else { throw client.failure(head) }
        // Whatever a service sends, and whoever answers in its place: only text reaches the terminal.
        try client.readContent(of: head) { StandardStream.output.write(Printable.lines($0)) }
    }
}
