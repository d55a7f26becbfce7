import Foundation
import TestSupport

/// What becomes true by itself, sooner or later.
extension Service {
    /// Looks again and again until the condition holds, as long as patience lasts; false if it does not by then.
    func waits(until condition: () throws -> Bool) throws -> Bool {
        let end = ContinuousClock.now + .patience
        while try !condition() {
            guard ContinuousClock.now < end else { return false }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return true
    }
}
