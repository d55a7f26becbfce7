/// `$((15*1024*1024))` in a shell line: products and sums of numbers, as scripts write the sizes of buffers.
enum ShellArithmetic {
    /// The line with each `$((…))` that can be worked out replaced by its value; others stay as they are.
    static func settle(_ line: String) -> String {
        var settled = ""
        var rest = line[...]
        while let open = rest.firstRange(of: "$(("), let close = rest[open.upperBound...].firstRange(of: "))") {
            settled += rest[..<open.lowerBound]
            let term = rest[open.upperBound..<close.lowerBound]
            settled += value(term).map { "\($0)" } ?? String(rest[open.lowerBound..<close.upperBound])
            rest = rest[close.upperBound...]
        }
        return settled + rest
    }

    private static func value(_ term: Substring) -> Int64? {
        var sum: Int64 = 0
        for summand in term.split(separator: "+", omittingEmptySubsequences: false) {
            var product: Int64 = 1
            for factor in summand.split(separator: "*", omittingEmptySubsequences: false) {
                guard let number = Int64(factor.trimmed) else { return nil }
                let (value, hasOverflowed) = product.multipliedReportingOverflow(by: number)
                guard !hasOverflowed else { return nil }
                product = value
            }
            let (value, hasOverflowed) = sum.addingReportingOverflow(product)
            guard !hasOverflowed else { return nil }
            sum = value
        }
        return sum
    }
}
