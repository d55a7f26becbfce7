/// One thing that is wrong with a request: a member of its body, or a parameter of its query.
package struct Fault: Hashable, Sendable {
    /// Where the fault is.
    package enum Place: Hashable, Sendable {
        /// A JSON pointer into the body (RFC 6901).
        case pointer(String)
        /// A query parameter's name.
        case parameter(String)
    }

    package var place: Place
    package var detail: String
    /// The member is one that nobody knows.
    package var isUnknownMember = false

    /// A fault of the member at `pointer`.
    package static func member(_ pointer: String, _ detail: String) -> Fault {
        Fault(place: .pointer(pointer), detail: detail)
    }
    /// A fault of the query parameter `name`.
    package static func parameter(_ name: String, _ detail: String) -> Fault {
        Fault(place: .parameter(name), detail: detail)
    }

    /// As an element of a problem's `errors`.
    package var json: JSON {
        switch place {
        case .pointer(let pointer): ["pointer": .string(pointer), "detail": .string(detail)]
        case .parameter(let name): ["parameter": .string(name), "detail": .string(detail)]
        }
    }

    /// The place and the detail in one sentence.
    package var sentence: String {
        switch place {
        case .pointer(let pointer): "\(pointer.isEmpty ? "the body" : pointer): \(detail)"
        case .parameter(let name): "?\(name)=: \(detail)"
        }
    }
}
