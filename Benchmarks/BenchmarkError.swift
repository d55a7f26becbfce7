import Glibc

/// Why nothing could be measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The result of a system call, or its error.
@discardableResult func check(_ call: String, _ result: Int32) throws(BenchmarkError) -> Int32 {
    guard result >= 0 else { throw BenchmarkError("\(call): \(String(cString: strerror(errno)))") }
    return result
}
