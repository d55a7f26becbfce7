import Foundation

/// Changes to a network of a test's own.
extension NetworkNamespace {
    /// Gives a sysctl a value in this network; the name is its path below /proc/sys.
    package func set(_ name: String, to value: String) throws {
        // The file shows the network of the thread that opens it.
        try perform { Result { try value.write(toFile: "/proc/sys/\(name)", atomically: false, encoding: .utf8) } }
            .get()
    }

    /// Runs a program in this network to its end; it must exit with 0.
    @discardableResult package func run(_ command: [String]) throws -> String {
        try perform { Result { try ChildProcess.run(command) } }.get()
    }

    /// Runs programs one after the other, each a line of words without quotes.
    package func run(lines: String) throws {
        for line in lines.split(separator: "\n") { try run(line.split(separator: " ").map(String.init)) }
    }
}
