import Glibc

/// Where the settings of `serve` come from: the command line, the environment, a file, in this order. Whatever a source
/// says about a setting, repeatable ones included, replaces what those behind it say.
struct SettingSources {
    /// One of them.
    enum Source: String {
        case flag = "command line"
        case environment
        case file
        case standard = "default"
    }

    /// A line of the settings' file that cannot be read.
    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    /// How a setting is written.
    enum Kind {
        case value
        case list
        case flag
    }

    /// The settings of `serve`, by their long names. A test holds this against the command's own.
    static let kinds: [String: Kind] = [
        "listen": .value, "public": .value, "library": .list, "observe": .flag, "observe-echo": .flag,
        "allow-target": .list, "allow-host": .list, "token-file": .value,
        "tls-cert": .value, "tls-key": .value, "insecure": .flag, "port-range": .value, "guard": .value,
        "guard-range": .value,
        "log-segments": .value, "log-payload": .value, "snaplen": .value, "capture-dir": .value,
        "capture-size": .value, "busy-poll": .value, "limit": .list, "user": .value, "log-format": .value,
    ]

    /// The variable that names the settings' file, unless `--config` does.
    static let fileVariable = "RAWTCPWEB_CONFIG"

    private var values: [String: (source: Source, values: [String])] = [:]
    /// The command line, as given.
    private let arguments: [String]

    /// Reads the sources. `arguments` are those behind `serve`.
    init(
        arguments: [String], environment: [String: String], readFile: (String) -> [UInt8]? = { TextFile.octets(at: $0) }
    ) throws(Unreadable) {
        self.arguments = arguments
        for name in Self.kinds.keys where Self.isGiven(name, in: arguments) { values[name] = (.flag, []) }
        for (name, kind) in Self.kinds where values[name] == nil {
            guard let text = environment[Self.variable(for: name)] else { continue }
            let list = kind == .list ? text.split(separator: ",").map { $0.trimmingWhitespace() } : [text]
            values[name] = (.environment, list)
        }
        guard let path = Self.value(of: "config", in: arguments) ?? environment[Self.fileVariable] else { return }
        guard let octets = readFile(path) else {
            throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))")
        }
        for (name, list) in try Self.parse(String(decoding: octets, as: UTF8.self), path: path)
        where values[name] == nil {
            values[name] = (.file, list)
        }
    }

    /// `RAWTCPWEB_ALLOW_TARGET` for `allow-target`.
    static func variable(for name: String) -> String {
        "RAWTCPWEB_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// Where a setting comes from.
    func source(of name: String) -> Source { values[name]?.source ?? .standard }

    /// The command line that says all of it.
    var commandLine: [String] {
        get throws(Unreadable) {
            var line: [String] = []
            for (name, entry) in values.sorted(by: { $0.key < $1.key }) where entry.source != .flag {
                guard Self.kinds[name] == .flag else {
                    line += entry.values.map { "--\(name)=\($0)" }
                    continue
                }
                switch entry.values.last?.lowercased() {
                case "true", "1", "yes", "on": line.append("--\(name)")
                case "false", "0", "no", "off", "": break
                default: throw Unreadable(description: "\(name) is true or false, by the \(entry.source.rawValue)")
                }
            }
            return line + arguments
        }
    }

    private static func isGiven(_ name: String, in arguments: [String]) -> Bool {
        arguments.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
    }

    private static func value(of name: String, in arguments: [String]) -> String? {
        guard let index = arguments.lastIndex(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }) else {
            return nil
        }
        if arguments[index] != "--\(name)" { return String(arguments[index].dropFirst(name.count + 3)) }
        return arguments.indices.contains(index + 1) ? arguments[index + 1] : nil
    }

    /// Lines of `name = value`; empty ones and those that begin with `#` say nothing. A list has a line for each element.
    private static func parse(_ text: String, path: String) throws(Unreadable) -> [String: [String]] {
        var settings: [String: [String]] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingWhitespace()
            if line.isEmpty || line.hasPrefix("#") { continue }
            let place = "\(path), line \(index + 1)"
            guard let equals = line.firstIndex(of: "=") else {
                throw Unreadable(description: "\(place): a setting is written name = value")
            }
            let name = line[..<equals].trimmingWhitespace()
            guard let kind = kinds[name] else {
                let hint = NearestName.of(name, among: Array(kinds.keys)).map { "; did you mean \($0)?" } ?? ""
                throw Unreadable(description: "\(place): there is no setting \(name)\(hint)")
            }
            guard kind == .list || settings[name] == nil else {
                throw Unreadable(description: "\(place): \(name) is set twice")
            }
            settings[name, default: []].append(line[line.index(after: equals)...].trimmingWhitespace())
        }
        return settings
    }
}
