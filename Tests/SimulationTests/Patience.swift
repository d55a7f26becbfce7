import Testing

extension Trait where Self == TimeLimitTrait {
    /// Ends what hangs. Far more than any of these tests takes, since under a sanitizer it is twenty times as much as without.
    static var longestPatience: Self { .timeLimit(.minutes(20)) }
}
