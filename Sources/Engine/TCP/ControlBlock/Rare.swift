/// An optional value that is nearly always nil: eight octets while it is, a box of its own otherwise. Thousands of idle
/// connections pay for what each of them stores.
@propertyWrapper
package struct Rare<Value> {
    private final class Box {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    package init() {}

    package var wrappedValue: Value? {
        get { box?.value }
        set {
            guard let newValue else { return box = nil }
            if isKnownUniquelyReferenced(&box) { box?.value = newValue } else { box = Box(newValue) }
        }
    }

    /// There is a value; to be asked where the value itself is not wanted.
    package var isSet: Bool { box != nil }

    /// `$name`: the box itself, for `change` and `isSet`.
    package var projectedValue: Rare {
        get { self }
        _modify { yield &self }
    }

    /// Changes the value where it stands, if there is one; `name?.member()` would take a copy out and put it back, on every
    /// segment and for connections without a value too.
    @discardableResult
    package mutating func change<Result>(_ body: (inout Value) -> Result) -> Result? {
        guard let found = box else { return nil }
        return body(&found.value)
    }
}
