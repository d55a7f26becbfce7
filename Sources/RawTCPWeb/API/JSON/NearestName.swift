/// Finds the name that somebody who wrote another one most likely meant.
package enum NearestName {
    /// The candidate with the smallest edit distance, case ignored; the first of equals; nil only without candidates.
    package static func of(_ name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        return candidates.min { distance(wanted, $0) < distance(wanted, $1) }
    }

    private static func distance(_ a: [UnicodeScalar], _ candidate: String) -> Int {
        let b = Array(candidate.lowercased().unicodeScalars)
        // An abbreviation is nearer to its word than any typing error: "seq" means "sequence", not "psh".
        let isAbbreviation = a.count > 2 && b.starts(with: a)
        return isAbbreviation ? 1 : editDistance(a, b)
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func editDistance(_ a: [UnicodeScalar], _ b: [UnicodeScalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(row[j] + 1, previous[j + 1] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforePrevious[j - 1] + 1) }
                row.append(best)
            }
            (beforePrevious, previous) = (previous, row)
        }
        return previous[b.count]
    }
}
