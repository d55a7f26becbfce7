/// An optional value that is nearly always nil: eight octets while it is, a box of its own otherwise. Thousands of idle
/// connections pay for what each of them stores.
@propertyWrapper
package struct Rare<Value> {
    private final class Box {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    package init(wrappedValue: Value? = nil) { box = wrappedValue.map(Box.init) }

    package var wrappedValue: Value? {
        get { box?.value }
        set {
            guard let newValue else { return box = nil }
            if isKnownUniquelyReferenced(&box) { box?.value = newValue } else { box = Box(newValue) }
        }
    }
}
