import Engine

extension ServeCommand {
    /// All settings with the values in force, in the order of the help, as the settings' file writes them. A list without
    /// elements has none; a setting without a value is left out of the file.
    private var settings: [(name: String, values: [String])] {
        [
            ("listen", ["\(listen)"]), ("public", publicDirectory.map { [$0] } ?? []),
            ("library", libraries.map { "\($0.name)=\($0.directory)" }), ("observe", ["\(observe)"]),
            ("observe-echo", ["\(observeEcho)"]),
            ("allow-target", allowedTargets.map(\.rule.description)), ("allow-host", allowedHosts),
            ("token-file", tokenFile.map { [$0] } ?? []), ("tls-cert", tlsCert.map { [$0] } ?? []),
            ("tls-key", tlsKey.map { [$0] } ?? []), ("insecure", ["\(insecure)"]), ("port-range", ["\(portRange)"]),
            ("guard", [guardKind.rawValue]), ("guard-range", guardRange.map { ["\($0)"] } ?? []),
            ("log-segments", ["\(logSegments)"]), ("log-payload", ["\(logPayload)"]),
            ("snaplen", ["\(snaplen)"]), ("capture-dir", captureDir.map { [$0] } ?? []),
            ("capture-size", ["\(captureSize)"]), ("busy-poll", ["\(busyPoll)"]), ("limit", limitArguments),
            ("user", user.map { [$0] } ?? []), ("log-format", [logFormat.rawValue]),
        ]
    }

    /// The settings as a file that would set them, each with where it comes from.
    func describeSettings(from sources: SettingSources) -> String {
        settings.map { setting in
            let source = sources.source(of: setting.name).rawValue
            guard !setting.values.isEmpty else { return "# \(source)\n# \(setting.name) =\n" }
            return "# \(source)\n" + setting.values.map { "\(setting.name) = \($0)\n" }.joined()
        }.joined()
    }
}
