package import Engine

/// What an action waits for before it answers, and how long.
package struct Waiting: Sendable {
    /// Nil: for nothing (`wait=none`).
    package var condition: WaitCondition?
    package var patience: Interval
}

extension QueryParameters {
    /// Reads `wait=` (a condition) and `timeout=`.
    package mutating func waiting(default condition: WaitCondition?) -> Waiting {
        let expectation = "one of none, sent, acked, reply, established, closed, state:NAME"
        let choice = read("wait", expectation) { text -> WaitCondition?? in
            switch text {
            case "none": .some(nil)
            case "sent": .sent
            case "acked": .acknowledged
            case "reply": .reply
            case "established": .established
            case "closed": .closed
            default:
                text.hasPrefix("state:")
                    ? State(name: String(text.dropFirst("state:".count))).map { WaitCondition.state($0) } : nil
            }
        }
        return Waiting(
            condition: choice ?? condition,
            patience: interval("timeout", upTo: Call.longestPatience) ?? Call.defaultPatience
        )
    }

    /// Reads `wait=` where it is a duration; zero if absent.
    package mutating func patience() -> Interval { interval("wait", upTo: Call.longestPatience) ?? .zero }
}
