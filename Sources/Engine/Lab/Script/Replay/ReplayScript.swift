/// A connection as a script that makes it happen again on virtual time: what the peer sent comes at its times, the user's calls
/// stand where they were made, and what we sent must come again.
///
/// The script has been run: a line that does not come again by itself, and everything behind it, is a comment that says why.
package struct ReplayScript {
    /// The script, ready to be run.
    package let text: String
    /// Every segment of the log is in it and comes again.
    package let isWhole: Bool

    /// How far a segment's time may be off: a connection on the wire sends when its thread gets its turn.
    private static let tolerance = Interval.milliseconds(10)

    /// - Parameter segments: all of the connection's, in the order of their numbers.
    package init(_ segments: [DecodedSegment], _ use: ConnectionUse) {
        guard let first = segments.first, first.tcp?.flags.contains(.syn) == true else {
            let lines = segments.map { "// \($0.record.line)" }
            text = (["// Its beginning is no longer in the log, so that nothing can come again."] + lines).joined("\n")
            isWhole = false
            return
        }
        var writer = ReplayWriter(segments, use)
        let head =
            [
                "// Written from the log of \(first.record.connection.map { "\($0)" } ?? "a connection"): run it on virtual time."
            ]
            + Self.flags(first, use)
        let lines = head + ReplaySettings(use, isActive: writer.isActive).lines + writer.lines()
        (text, isWhole) = Self.verified(lines, isComplete: !writer.isCut)
    }

    private static func flags(_ first: DecodedSegment, _ use: ConnectionUse) -> [String] {
        var flags: [String] = []
        if first.headers?.source.family == .v6 { flags.append("--ip_version=ipv6") }
        flags.append("--mtu=\(use.mtu)")
        flags.append("--tolerance_usecs=\(tolerance.nanoseconds / 1_000)")
        let personality = Personality(of: use.options)
        if personality != .standard { flags.append("--profile=\(personality.rawValue)") }
        return flags + ["--replay"]
    }

    /// Runs the script, and makes comments of what does not come again.
    private static func verified(_ lines: [String], isComplete: Bool) -> (text: String, isWhole: Bool) {
        var lines = lines
        var isWhole = isComplete
        if let long = firstLine(of: lines, beyond: Script.maximumLength * 9 / 10) {
            cut(&lines, at: long, "A script has at most 1 MiB.")
            isWhole = false
        }
        do throws(ScriptProblem) {
            try run(lines)
        } catch {
            isWhole = false
            switch error {
            case .failed(let failure):
                cut(
                    &lines, at: failure.line,
                    "From here on it does not come again by itself: expected \(failure.expected), got \(failure.actual)."
                )
            case .unsupported(let problem):
                cut(&lines, at: problem.line, "A script cannot say the next line: \(problem.token): \(problem.reason).")
            }
        }
        return (lines.joined("\n"), isWhole)
    }

    private static func run(_ lines: [String]) throws(ScriptProblem) {
        let script: Script
        do throws(ScriptError) {
            script = try Script(parsing: lines.joined("\n"))
        } catch {
            throw .unsupported(error)
        }
        _ = try ScriptRunner.run(script, ScriptSetting())
    }

    private static func firstLine(of lines: [String], beyond limit: Int) -> Int? {
        var length = 0
        for (index, line) in lines.enumerated() {
            length += line.utf8.count + 1
            if length > limit { return index + 1 }
        }
        return nil
    }

    /// Makes a comment of the line with this number, counted from 1, and of all behind it.
    private static func cut(_ lines: inout [String], at number: Int, _ reason: String) {
        let index = min(max(number - 1, 0), lines.count)
        let rest = lines[index...].map { $0.hasPrefix("//") ? $0 : "// \($0)" }
        lines = lines[..<index] + ["// " + reason.replacing("\n", with: " ")] + rest
    }
}

extension [String] {
    /// The lines as a text that ends with a line's end.
    fileprivate func joined(_ end: String) -> String { joined(separator: end) + end }
}
