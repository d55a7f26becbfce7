import ArgumentParser
import Glibc

/// The program.
@main
struct RawTCPWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rawtcpweb",
        abstract: "Raw user-space TCP over HTTP.",
        discussion: """
            Exit status: 0 on success, 1 if a check of the doctor failed, 64 for a mistake on the command line, 66 if a \
            file is missing, 67 if an account is, 69 if the address cannot be had or the service cannot be reached, 70 \
            for an internal error, 71 if a system call fails, 73 if the captures' directory cannot be made, 77 without \
            the raw socket or the right to change the user, 78 for a mistake in a settings' file.
            """,
        version: Version.number,
        subcommands: [
            ServeCommand.self, EchoCommand.self, DoctorCommand.self, ConnectCommand.self, LogCommand.self,
        ]
    )

    /// Puts what environment and file say about `serve` in front of the command line, so that one parser judges all of it.
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == ServeCommand.configuration.commandName {
            do {
                let sources = try ServeCommand.sources(behind: CommandLine.arguments)
                arguments = ["serve"] + (try sources.commandLine)
            } catch let error as SettingSources.Unreadable {
                exit(withError: Failure(status: EX_CONFIG, message: error.description).exit)
            } catch {
                exit(withError: error)
            }
        }
        await main(arguments)
    }
}
