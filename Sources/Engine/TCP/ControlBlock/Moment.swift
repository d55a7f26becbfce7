/// A moment that may not have come yet, in the eight octets of one that has.
@propertyWrapper
package struct Moment: Sendable {
    /// `distantFuture`: not yet.
    private var instant = Instant.distantFuture

    package init() {}

    package var wrappedValue: Instant? {
        get { instant == .distantFuture ? nil : instant }
        set { instant = newValue ?? .distantFuture }
    }
}
