import ArgumentParser
import Engine
import Foundation
import Glibc
import Logging

/// `rawtcpweb serve`: the service.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serve raw TCP over HTTP.")

    @Option(help: ArgumentHelp("Where to listen for HTTP. Port 0 takes a free one.", valueName: "address:port"))
    var listen = ListenAddress(.loopbackV4, 8080)
    @Option(name: .customLong("public"), help: ArgumentHelp("The directory of the page's files.", valueName: "dir"))
    var publicDirectory: String?
    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("Where a library of the page is installed; repeatable.", valueName: "name=dir")
    )
    var libraries: [LibraryArgument] = []
    @Option(
        name: .customLong("allow-target"),
        help: ArgumentHelp("Allow connections to this network too; repeatable.", valueName: "cidr[:ports]")
    )
    var allowedTargets: [TargetArgument] = []
    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp("A further name that requests may call the service by; repeatable.", valueName: "name")
    )
    var allowedHosts: [String] = []
    @Option(help: ArgumentHelp("A file with the token that callers must present.", valueName: "file"))
    var tokenFile: String?
    @Option(help: ArgumentHelp("Serve over TLS with this certificate and its chain, in PEM.", valueName: "file"))
    var tlsCert: String?
    @Option(help: ArgumentHelp("The certificate's key, in PEM.", valueName: "file"))
    var tlsKey: String?
    @Flag(help: "Allow watching connections of other programs, and crafting into them; needs --token-file.")
    var observe = false
    @Flag(help: "Look at the echo of our own segments on loopback: when they left, and what the kernel rewrote.")
    var observeEcho = false
    @Flag(help: "Listen beyond loopback without token or TLS, although anybody there could use the service.")
    var insecure = false
    @Option(help: ArgumentHelp("The local ports to choose from.", valueName: "from-to"))
    var portRange = PortRange(20_000...29_999)
    @Option(name: .customLong("guard"), help: "The guard against the kernel's resets that connections get by default.")
    var guardKind = GuardArgument.socket
    @Option(help: ArgumentHelp("Open the guard \"range\" for these local ports.", valueName: "from-to"))
    var guardRange: PortRange?
    @Option(help: ArgumentHelp("Segments that the log keeps.", valueName: "n"))
    var logSegments = 262_144
    @Option(help: ArgumentHelp("Octets of payload that the log keeps.", valueName: "size"))
    var logPayload = OctetCount(64 << 20)
    @Option(help: ArgumentHelp("Most octets of one segment's payload that the log keeps.", valueName: "size"))
    var snaplen = OctetCount(2_048)
    @Option(help: ArgumentHelp("Write every segment into rotating pcapng files here.", valueName: "dir"))
    var captureDir: String?
    @Option(help: ArgumentHelp("Octets that all capture files together may take.", valueName: "size"))
    var captureSize = OctetCount(1 << 30)
    @Option(help: ArgumentHelp("Spin this long for the next packet before sleeping.", valueName: "duration"))
    var busyPoll = DurationArgument(.zero)
    @Option(name: .customLong("limit"), help: ArgumentHelp("Change a limit; repeatable.", valueName: "name=value"))
    var limitArguments: [String] = []
    @Option(help: ArgumentHelp("Go on as this user, once everything is open.", valueName: "name"))
    var user: String?
    @Option(help: "How log lines look.")
    var logFormat = LogFormat.text
    @Option(
        help: ArgumentHelp("Read settings from this file; the command line and RAWTCPWEB_… win.", valueName: "file"))
    var config: String?
    @Flag(help: "Print the settings in force, and where each comes from, instead of serving.")
    var printConfig = false

    func validate() throws {
        guard (1...(1 << 26)).contains(logSegments) else {
            throw ValidationError("--log-segments must be from 1 to \(1 << 26).")
        }
        guard (0...65_535).contains(snaplen.value) else { throw ValidationError("--snaplen must be at most 65535.") }
        guard (0...(1 << 36)).contains(logPayload.value) else {
            throw ValidationError("--log-payload must be at most 64GiB.")
        }
        guard captureDir == nil || logSegments >= 16_384 else {
            throw ValidationError("--capture-dir needs --log-segments of at least 16384, to write before they go.")
        }
        guard (65_536...(1 << 50)).contains(captureSize.value) else {
            throw ValidationError("--capture-size must be at least 64KiB.")
        }
        guard busyPoll.interval <= .milliseconds(1_000) else {
            throw ValidationError("--busy-poll must be at most 1s.")
        }
        for name in allowedHosts where !HostPort.isHostName(name) && IPAddress(name) == nil {
            throw ValidationError("--allow-host \(name): not a host name.")
        }
        do throws(ServiceLimits.Unusable) {
            _ = try limits
        } catch {
            throw ValidationError("--limit \(error)")
        }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together.")
        }
    }

    func run() async throws {
        if printConfig {
            StandardStream.output.write(describeSettings(from: try Self.sources(behind: CommandLine.arguments)))
            return
        }
        try refuseOpenDoor()
        let service = try await Service(self)
        try await service.run()
    }

    /// The sources of the settings for a command line that says `serve`.
    static func sources(behind arguments: [String]) throws -> SettingSources {
        let own = Array(arguments.drop { $0 != configuration.commandName }.dropFirst())
        do throws(SettingSources.Unreadable) {
            return try SettingSources(arguments: own, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(status: EX_CONFIG, message: error.description).exit
        }
    }

    /// Whoever can reach the service can send packets in this host's name.
    private func refuseOpenDoor() throws {
        let missing = [tokenFile == nil ? "--token-file FILE" : nil, tlsCert == nil ? "--tls-cert and --tls-key" : nil]
            .compactMap { $0 }
        if listen.address.isLoopback || insecure || missing.isEmpty { return }
        throw Failure.usage(
            """
            --listen \(listen) is not loopback: everybody who reaches it could send packets in this host's name.
            It takes \(missing.joined(separator: ", and ")); or --insecure, if the network is yours alone.
            """
        ).exit
    }

    /// The limits, with what `--limit` changed.
    var limits: ServiceLimits {
        get throws(ServiceLimits.Unusable) {
            var limits = ServiceLimits()
            for text in limitArguments { try limits.set(text) }
            return limits
        }
    }

    /// The engine's share of the flags.
    var engineConfiguration: EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.portRange = portRange.ports
        configuration.guardRange = guardRange?.ports ?? (guardKind == .range ? portRange.ports : nil)
        configuration.opensFirewallGuard = guardKind == .nftables
        configuration.allowedTargets = allowedTargets.map(\.rule)
        configuration.logCapacity = logSegments
        configuration.logPayloadCapacity = logPayload.value
        configuration.snapLength = snaplen.value
        configuration.busyPoll = busyPoll.interval
        configuration.observesEcho = observeEcho
        // Without a token any user of this host could speak in the names of others' connections.
        configuration.observes = observe && tokenFile != nil
        return configuration
    }
}
