import Foundation

/// What becomes true by itself, sooner or later.
extension Service {
    /// Looks again and again until the condition holds, at most a minute; false if it does not by then.
    func waits(until condition: () throws -> Bool) throws -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while try !condition() {
            guard ContinuousClock.now < end else { return false }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return true
    }
}
