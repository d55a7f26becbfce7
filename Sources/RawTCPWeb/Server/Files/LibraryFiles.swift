import HTTPTypes

/// Serves the few files of other people's libraries that the page uses, from where the system's packages put them.
///
/// Each library has a fixed list of files: naming a directory opens no more of it than that.
package final class LibraryFiles: Sendable {
    /// The files of each library that may be served.
    package static let allowed: [String: Set<String>] = ["dygraphs": ["dygraph.min.js", "dygraph.min.css"]]
    /// Where Debian's packages put them: `libjs-dygraphs`.
    package static let defaults = ["dygraphs": "/usr/share/javascript/dygraphs"]

    private static let prefix = "/lib/"
    private let directories: [String: StaticFiles]

    /// Opens the named directories, and the default ones of the other libraries where they exist.
    package init(_ named: [String: String] = [:]) throws {
        var directories = try named.mapValues { try StaticFiles(root: $0) }
        for (name, root) in Self.defaults where directories[name] == nil {
            // Not an error: the page says which package is missing.
            directories[name] = try? StaticFiles(root: root)
        }
        self.directories = directories
    }

    /// The answer to GET or HEAD of `/lib/LIBRARY/FILE`; nil if that is not a file which may be served.
    package func respond(path: String, request: Request) throws(SelectionFailure) -> Response? {
        guard path.hasPrefix(Self.prefix) else { return nil }
        let parts = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let files = directories[String(parts[0])] else { return nil }
        guard Self.allowed[String(parts[0])]?.contains(String(parts[1])) == true else { return nil }
        return try files.respond(path: "/\(parts[1])", request: request)
    }
}
