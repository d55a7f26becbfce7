/// A place in a JSON text (RFC 6901).
package struct JSONPointer: Hashable, Sendable {
    package let text: String

    /// The whole text.
    package static let root = JSONPointer(text: "")

    /// The place of the member `name` of the object here.
    package func appending(_ name: String) -> JSONPointer {
        var escaped = ""
        for character in name {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return JSONPointer(text: "\(text)/\(escaped)")
    }

    /// The place of an element of the array here.
    package func appending(_ index: Int) -> JSONPointer { JSONPointer(text: "\(text)/\(index)") }
}
