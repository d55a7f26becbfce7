package import Engine

extension Interval {
    /// Reads a duration as requests, queries and flags write it: `250ms`, `2s`, `1m`, `50us`, or a number of seconds.
    package init?(text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let digits = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(digits.count), digits.allSatisfy({ !$0.isEmpty }), let value = Double(number) else {
            return nil
        }
        let unit: Double
        switch text[number.endIndex...] {
        case "", "s": unit = 1
        case "ms": unit = 1e-3
        case "us": unit = 1e-6
        case "m": unit = 60
        case "h": unit = 3600
        default: return nil
        }
        self = .seconds(value * unit)
    }

    /// Reads a duration from a request's body: a string, or a number of seconds.
    package init?(json: JSON) {
        switch json {
        case .string(let text): self.init(text: text)
        case .integer(let seconds): self = .seconds(Double(seconds))
        case .double(let seconds): self = .seconds(seconds)
        case .null, .bool, .array, .object: return nil
        }
    }

    /// The duration as a request would write it: `250ms`, `2s`.
    package var text: String {
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        return nanoseconds % 1_000_000 == 0 ? "\(nanoseconds / 1_000_000)ms" : "\(seconds * 1_000)ms"
    }

    /// The duration as answers write it: a number of seconds.
    package var json: JSON { .double(seconds) }
}
