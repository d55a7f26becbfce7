import Foundation
import Synchronization
import TestSupport

/// A running `rawtcpweb echo`.
final class EchoServer: Sendable {
    let process: ChildProcess
    let port: UInt16

    /// Starts it on a free port and waits until it names that port.
    init(in network: NetworkNamespace? = nil) throws {
        let port = try KernelSocket.freePort(in: network)
        let process = try network.perform { try ChildProcess([Checkout.program, "echo", "\(port)"]) }
        guard process.output.wait(within: .patience, until: { $0.contains("\(port)") }) else {
            throw HarnessError("the echo server is not ready: \(process.diagnosis)")
        }
        self.process = process
        self.port = port
    }
}

/// A running echo server of the tutorial's kind, in C: a process for each connection, and output without a newline.
final class CEchoServer: Sendable {
    let process: ChildProcess
    let port: UInt16

    private static let compiled = Mutex<String?>(nil)

    /// Compiles the program once in a run of the tests; its path.
    private static func program() throws -> String {
        try compiled.withLock { known in
            if let known { return known }
            let folder = Checkout.root.appending(path: ".build/peers")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "forking_echo").path()
            try ChildProcess.run([
                "cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path, "Tests/EndToEndTests/Peers/forking_echo.c",
            ])
            known = path
            return path
        }
    }

    /// Starts it on a port of its own choice.
    init() throws {
        let process = try ChildProcess([try Self.program(), "0"])
        let pattern = #/listening on port (\d+)\n/#
        guard process.output.wait(within: .patience, until: { $0.contains(pattern) }),
            let port = process.output.text.firstMatch(of: pattern).flatMap({ UInt16($0.output.1) })
        else { throw HarnessError("the C echo server is not ready: \(process.diagnosis)") }
        self.process = process
        self.port = port
    }

    /// What the children printed, without the line of the start.
    var printed: String { String(process.output.text.drop { $0 != "\n" }.dropFirst()) }
}
