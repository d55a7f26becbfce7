import Engine
import HTTPTypes

/// What a PUT demands of the present state of what it replaces (RFC 9110 §13.1). Resources that are stored under a name have
/// no entity tags, so that only "*" says something of them: it is there.
struct WriteCondition: Hashable, Sendable {
    /// What must be there.
    let standing: Standing

    /// Reads `If-Match` and `If-None-Match`; throws what cannot hold whatever is there.
    init(_ fields: HTTPFields) throws(Problem) {
        let wanted = fields[.ifMatch].map(Self.namesAny)
        let isToBeNew = fields[.ifNoneMatch].map(Self.namesAny) ?? false
        // RFC 9110 §13.1.1: true "if any of the listed tags match the entity tag of the selected representation".
        if wanted == false {
            throw Problem(.preconditionFailed, "If-Match names an entity tag; this resource has none. It may say *.")
        }
        if wanted == true, isToBeNew {
            throw Problem(.preconditionFailed, "If-Match wants what is there, If-None-Match wants nothing there.")
        }
        standing = isToBeNew ? .absent : wanted == true ? .present : .either
    }

    private static func namesAny(_ field: String) -> Bool { field.trimmingWhitespace() == "*" }
}
