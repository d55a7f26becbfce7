package import Dispatch

extension DispatchTime {
    /// The moment when the patience will be over.
    package init(after patience: Duration) {
        self = .now() + .nanoseconds(Int(patience / .nanoseconds(1)))
    }
}
