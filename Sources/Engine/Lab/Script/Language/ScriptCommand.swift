/// A shell line of a script. It is never executed: settings become knobs, questions about states become assertions, and the
/// rest is reported as ignored.
package enum ScriptCommand: Hashable, Sendable {
    case steps([Step])

    /// One command of the line.
    package enum Step: Hashable, Sendable {
        /// `sysctl name=value`
        case setting(name: String, value: String)
        /// `sockstat … | grep -c STATE | grep N`
        case states(StateCheck)
        /// The settings that packetdrill's own scripts for Linux begin with, in a file beside them.
        case defaults
        /// `ip tcp_metrics flush`: what was learned of peers is forgotten.
        case forget
        /// `tc qdisc add … pfifo limit 0`: the device takes nothing, or with any other number whatever it is given.
        case device(isFull: Bool)
        /// `ip route change …`
        case route(ScriptRoute)
        case other(String)
    }

    /// How many sockets must be in a state.
    package struct StateCheck: Hashable, Sendable {
        package let state: State
        /// The digits that the count must contain, as `grep` has it; nil: at least one.
        package let count: String?
        package let text: String

        package init(state: State, count: String?, text: String) {
            self.state = state
            self.count = count
            self.text = text
        }
    }

    package init(_ text: String) {
        let joined = text.replacing("\\\n", with: " ")
        var steps: [Step] = []
        let lines = joined.split(separator: "\n").map { Self.withoutComment(ShellArithmetic.settle(String($0))) }
        for line in lines.flatMap({ $0.split(separator: ";") }) {
            for part in String(line).components("&&") where !part.isEmpty { steps += Self.steps(part) }
        }
        self = .steps(steps)
    }

    private static func steps(_ text: String) -> [Step] {
        let pipeline = text.components("|")
        if pipeline.count > 1, let check = StateCheck(pipeline, text) { return [.states(check)] }
        // What a command writes is nobody's business here.
        let words = text.split { $0 == " " || $0 == "\t" }.map(String.init).filter {
            !$0.contains(">") && $0 != "/dev/null"
        }
        guard let program = words.first.map(Self.baseName) else { return [] }
        switch program {
        // Who only asks for a setting changes nothing.
        case "sysctl": return settings(words.dropFirst()) ?? [.other(text)]
        case "set_sysctls.py":
            let paths = words.dropFirst().map { $0.replacing("/proc/sys/", with: "") }
            return settings(paths[...]) ?? [.other(text)]
        // Linux has two scripts that set the same; the second is for its connection tracking.
        case "defaults.sh", "common.sh": return [.defaults]
        case "ip" where words.contains("tcp_metrics") && words.contains("flush"): return [.forget]
        case "ip": return ScriptRoute(words).map { [.route($0)] } ?? [.other(text)]
        // Whether the device cuts what is longer than a segment.
        case "ethtool" where words.contains("-K"):
            guard let place = words.firstIndex(of: "tso"), place + 1 < words.count else { return [.other(text)] }
            return [.setting(name: "device.tso", value: words[place + 1] == "off" ? "0" : "1")]
        case "tc" where !["add", "change", "replace"].filter(words.contains).isEmpty:
            // A queue without room for a single packet.
            guard words.dropLast().suffix(2) == ["pfifo", "limit"], let limit = words.last.flatMap({ Int($0) }) else {
                return [.other(text)]
            }
            return [.device(isFull: limit == 0)]
        // A program beside FreeBSD's own scripts: sysctl takes no octets. The key is all zeros.
        case "setkey": return [.setting(name: "net.inet.tcp.fastopen.setkey", value: "0-0-0-0")]
        default: return [.other(text)]
        }
    }

    /// The line up to a `#` that begins a word.
    private static func withoutComment(_ line: String) -> String {
        var isBlank = true
        for index in line.indices {
            if isBlank, line[index] == "#" { return String(line[..<index]) }
            isBlank = line[index] == " " || line[index] == "\t"
        }
        return line
    }

    private static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// `-w name=value`, `-q name="a b c"`; nil if it only asks.
    private static func settings(_ words: ArraySlice<String>) -> [Step]? {
        var settings: [Step] = []
        for word in words where !word.hasPrefix("-") {
            if let equals = word.firstIndex(of: "=") {
                let value = word[word.index(after: equals)...].filter { $0 != "\"" && $0 != "'" }
                // `net/ipv4/tcp_sack` is how the file of the setting is called, too.
                let name = String(word[..<equals]).replacing("/", with: ".")
                settings.append(.setting(name: name, value: value))
            } else if case .setting(let name, let value) = settings.last {
                // The rest of a value in quotes.
                let rest = word.filter { $0 != "\"" && $0 != "'" }
                settings[settings.count - 1] = .setting(name: name, value: value + " " + rest)
            }
        }
        return settings.isEmpty ? nil : settings
    }
}

extension ScriptCommand.StateCheck {
    /// Reads a pipeline that counts sockets; nil if it is none.
    fileprivate init?(_ pipeline: [String], _ text: String) {
        guard let program = pipeline.first?.split(separator: " ").first,
            ["sockstat", "netstat", "ss"].contains(program.split(separator: "/").last.map(String.init) ?? "")
        else { return nil }
        var state: State?
        var count: String?
        var isCounting = false
        for stage in pipeline {
            let words = stage.split(separator: " ").map {
                $0.filter { $0 != "\"" && $0 != "'" && $0 != "^" && $0 != "$" }
            }
            isCounting = isCounting || words.first == "wc" || (words.first == "grep" && words.contains("-c"))
            if let found = words.lazy.compactMap(Self.state(named:)).first { state = found }
            if isCounting, words.first == "grep", let number = words.last, number.allSatisfy(\.isNumber) {
                count = number
            }
        }
        guard let state, !isCounting || count != nil else { return nil }
        self.init(state: state, count: count, text: text)
    }

    /// The state that FreeBSD or Linux calls so.
    private static func state(named name: String) -> State? {
        let plain = name.uppercased().replacing("_", with: "-")
        switch plain {
        case "ESTAB": return .established
        case "SYN-RCVD", "SYN-RECV", "SYN-RECEIVED": return .synReceived
        case "FIN-WAIT1": return .finWait1
        case "FIN-WAIT2": return .finWait2
        case "UNCONN", "CLOSE": return .closed
        default: return State(name: plain)
        }
    }
}

extension String {
    /// The parts between separators, without the blanks around them.
    func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound].trimmed)
            rest = rest[range.upperBound...]
        }
        return parts + [rest.trimmed]
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmed: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" || character == "\n" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
