import Glibc

/// A failure of the tests' own machinery, as opposed to one of what is tested.
package struct HarnessError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// The failure of a system call, with its errno.
    package static func system(_ call: String, errno code: Int32 = errno) -> HarnessError {
        HarnessError("\(call): \(String(cString: strerror(code)))")
    }
}
