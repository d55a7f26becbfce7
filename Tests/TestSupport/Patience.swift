package import Dispatch

extension DispatchTime {
    /// The moment when the patience will be over.
    package init(after patience: Duration) {
        self = .now() + .nanoseconds(Int(patience / .nanoseconds(1)))
    }
}

extension Duration {
    /// Nothing that a test awaits takes longer, however busy the host: only what is broken ever uses it up.
    package static let patience = Duration.seconds(60)
}
