import ArgumentParser

/// The program.
@main
struct RawTCPWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rawtcpweb",
        abstract: "Raw user-space TCP over HTTP.",
        discussion: """
            Exit status: 0 on success, 1 if a check of the doctor failed, 64 for a mistake on the command line, 66 if the \
            page's files are missing, 69 if the address is taken, 70 for an internal error, 77 without the raw socket.
            """,
        version: Version.number,
        subcommands: [ServeCommand.self, EchoCommand.self, DoctorCommand.self]
    )
}
