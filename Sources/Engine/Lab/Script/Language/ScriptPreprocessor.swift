/// `#ifdef`, `#ifndef`, `#if 0`, `#else`, `#endif`, `#define` and `#undef`: blanks out the lines that do not count, so that
/// every line keeps its number.
enum ScriptPreprocessor {
    /// The text with its directives settled.
    ///
    /// - Parameter definitions: names that are defined from the start, with their values; `#define` adds to them.
    static func settle(_ text: String, definitions: inout [String: String]) throws(ScriptError) -> String {
        var open: [Branch] = []
        var lines: [Substring] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let directive = Directive(line) else {
                lines.append(open.allSatisfy(\.isTaken) ? line : "")
                continue
            }
            let place = { (reason: String) in
                ScriptError(line: index + 1, column: 1, token: directive.text, reason: reason)
            }
            switch directive.name {
            case "ifdef": open.append(Branch(line: index + 1, isTaken: definitions[directive.argument] != nil))
            case "ifndef": open.append(Branch(line: index + 1, isTaken: definitions[directive.argument] == nil))
            case "if":
                guard let value = Int(directive.argument) else {
                    throw place("#if knows 0 and 1 only; for names there is #ifdef")
                }
                open.append(Branch(line: index + 1, isTaken: value != 0))
            case "else":
                guard let branch = open.popLast() else { throw place("#else without #ifdef") }
                open.append(Branch(line: branch.line, isTaken: !branch.isTaken))
            case "endif": if open.popLast() == nil { throw place("#endif without #ifdef") }
            case "define": if open.allSatisfy(\.isTaken) { definitions[directive.argument] = directive.value }
            default: if open.allSatisfy(\.isTaken) { definitions[directive.argument] = nil }
            }
            lines.append("")
        }
        if let branch = open.last {
            throw ScriptError(line: branch.line, column: 1, token: "#ifdef", reason: "no #endif follows")
        }
        return lines.joined(separator: "\n")
    }

    private struct Branch {
        let line: Int
        let isTaken: Bool
    }

    private struct Directive {
        static let names = ["ifdef", "ifndef", "if", "else", "endif", "define", "undef"]

        let text: String
        let name: String
        let argument: String
        let value: String

        /// nil: an ordinary line, or a comment.
        init?(_ line: Substring) {
            let parts = line.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
            guard let first = parts.first, first.hasPrefix("#"), Self.names.contains(String(first.dropFirst())) else {
                return nil
            }
            text = String(first)
            name = String(first.dropFirst())
            argument = parts.count > 1 ? String(parts[1]) : ""
            value = parts.count > 2 ? String(parts[2]) : "1"
        }
    }
}
