import ArgumentParser
import Glibc

/// Ends the program with a message and a status of sysexits(3).
struct Failure {
    let status: Int32
    let message: String

    /// The command line asks for what cannot be.
    static func usage(_ message: String) -> Failure { Failure(status: EX_USAGE, message: message) }

    /// Writes the message to standard error, and gives what to throw.
    var exit: ExitCode {
        StandardStream.error.write("rawtcpweb: \(message)\n")
        return ExitCode(status)
    }
}

/// The streams that people read.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes the text at once, so that lines of several threads do not mix and a pipe's reader sees them.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes the octets at once.
    func write(_ octets: [UInt8]) { _ = writeAll(octets[...], to: rawValue) }
}

/// Writes all of the octets, waiting where need be; false, with errno, once nobody takes them any more.
func writeAll(_ octets: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    var rest = octets
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
