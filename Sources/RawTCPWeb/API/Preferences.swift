import Engine
package import HTTPTypes

/// The preferences of RFC 7240 that the contract knows, translated into query parameters.
package struct Preferences: Sendable {
    /// `Prefer: wait=N`, in seconds.
    package private(set) var wait: Int?
    /// `Prefer: respond-async`.
    package private(set) var respondsAsync = false

    /// Reads the `Prefer` fields. What is unknown or malformed is ignored, as RFC 7240 §2 demands.
    package init(_ fields: HTTPFields) {
        for preference in fields[values: .prefer].flatMap({ $0.split(separator: ",") }) {
            let token = preference.prefix { $0 != ";" }.trimmingWhitespace().lowercased()
            let parts = token.split(separator: "=", maxSplits: 1).map { $0.trimmingWhitespace() }
            switch parts.first {
            case "respond-async" where parts.count == 1: respondsAsync = true
            case "wait" where parts.count == 2 && wait == nil:
                let digits = parts[1].filter { $0 != "\"" }
                if let seconds = Int(digits), seconds >= 0 { wait = min(seconds, Int(Call.longestPatience.seconds)) }
            default: break
            }
        }
    }

    /// Adds to `query` what the preferences mean to a route that waits so. Parameters that are there already win.
    /// Returns the value of `Preference-Applied`, nil if nothing was added.
    package func apply(to query: inout [(name: String, value: String)], waiting: Route.Waiting) -> String? {
        var applied: [String] = []
        let isGiven = { [query] (name: String) in query.contains { $0.name == name } }
        switch waiting {
        case .never: return nil
        case .forCondition:
            if respondsAsync, !isGiven("wait") {
                query.append(("wait", "none"))
                applied.append("respond-async")
            }
            if let wait, !isGiven("timeout") {
                query.append(("timeout", String(wait)))
                applied.append("wait=\(wait)")
            }
        case .forDuration:
            if let wait, !isGiven("wait") {
                query.append(("wait", String(wait)))
                applied.append("wait=\(wait)")
            }
        }
        return applied.isEmpty ? nil : applied.joined(separator: ", ")
    }
}
