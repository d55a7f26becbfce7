/// A place in a script that can't be understood, or that asks for what is not there.
public struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in characters.
    public let column: Int
    /// What stands there.
    public let token: String
    /// What is wrong with it, and what would be right.
    public let reason: String

    package init(line: Int, column: Int, token: String, reason: String) {
        self.line = line
        self.column = column
        self.token = token
        self.reason = reason
    }

    public var description: String { "line \(line), column \(column), '\(token)': \(reason)" }
}
