import HTTPTypes

/// Chooses a representation by `Accept` (RFC 9110 §12.5.1).
package enum Representation {
    /// The index of the media type that the client likes best, the first of equals; throws 406 if it accepts none.
    package static func choose(among types: [String], for request: Request) throws(Problem) -> Int {
        let ranges = request.head.headerFields[values: .accept].flatMap { parse($0) }
        guard !ranges.isEmpty else { return 0 }
        let qualities = types.map { type in quality(of: type, in: ranges) }
        guard let best = qualities.max(), best > 0, let index = qualities.firstIndex(of: best) else {
            throw Problem(
                .notAcceptable,
                "Accept takes nothing of what there is here: \(types.joined(separator: ", ")). Leave it out, or add */*."
            )
        }
        return index
    }

    private typealias MediaRange = (type: String, quality: Double)

    private static func parse(_ field: String) -> [MediaRange] {
        field.split(separator: ",").compactMap { element in
            let parts = element.split(separator: ";").map { $0.trimmingWhitespace().lowercased() }
            guard let type = parts.first, type.contains("/") else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (type, min(max(weight ?? 1, 0), 1))
        }
    }

    /// The most specific range decides.
    private static func quality(of type: String, in ranges: [MediaRange]) -> Double {
        let family = type.prefix { $0 != "/" } + "/*"
        for pattern in [type, String(family), "*/*"] {
            if let range = ranges.first(where: { $0.type == pattern }) { return range.quality }
        }
        return 0
    }
}
