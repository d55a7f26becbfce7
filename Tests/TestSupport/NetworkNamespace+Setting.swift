import Foundation

/// Changes to a network of a test's own.
extension NetworkNamespace {
    /// Gives a sysctl a value in this network; the name is its path below /proc/sys.
    package func set(_ name: String, to value: String) throws {
        // The file shows the network of the thread that opens it.
        try perform { Result { try value.write(toFile: "/proc/sys/\(name)", atomically: false, encoding: .utf8) } }
            .get()
    }

    /// A network whose TCP has buffers of the kernel's standard sizes (Documentation/networking/ip-sysctl.rst): a host may have
    /// given itself larger ones than all that a test sends.
    package static func withStandardBuffers() throws -> NetworkNamespace {
        let network = try NetworkNamespace()
        try network.set("net/ipv4/tcp_rmem", to: "4096 131072 6291456")
        try network.set("net/ipv4/tcp_wmem", to: "4096 16384 4194304")
        return network
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
