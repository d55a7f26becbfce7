import Engine

extension RecordedImpairment {
    /// As records show it.
    var json: JSON { ["name": .string(name), "action": .string(action.name), "onWire": .bool(onWire)] }
}
