import Glibc

/// A system call that the server needs failed.
package struct ServerError: Error, CustomStringConvertible, Equatable {
    /// What was tried, with the numbers that matter.
    package var operation: String
    /// The system's error number.
    package var code: Int32

    /// The failure that `errno` tells of.
    init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    /// Whether someone else listens at that address and port.
    package var isAddressInUse: Bool { code == EADDRINUSE }

    package var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
