import ArgumentParser

/// `NAME=DIR`: where a library of the page's is installed.
struct LibraryArgument: ExpressibleByArgument {
    let name: String
    let directory: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, LibraryFiles.allowed[String(parts[0])] != nil, !parts[1].isEmpty else { return nil }
        name = String(parts[0])
        directory = String(parts[1])
    }
}
