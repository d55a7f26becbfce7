import Foundation
import TestSupport

extension Checkout {
    /// The path of the program under test: `RAWTCPWEB`, or the release build.
    static let program =
        ProcessInfo.processInfo.environment["RAWTCPWEB"] ?? root.appending(path: ".build/release/rawtcpweb").path()
}
