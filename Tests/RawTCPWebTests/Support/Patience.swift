import Testing

extension Trait where Self == TimeLimitTrait {
    /// Ends what hangs. The tests of a run begin together, and each is timed from then on: far more than all of them take.
    static var longestPatience: Self { .timeLimit(.minutes(20)) }
}
