/// The outcomes of one contestant's runs.
struct Series {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    var median: Double {
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
    var minimum: Double { sorted.first ?? 0 }
    var maximum: Double { sorted.last ?? 0 }

    /// `31.4 [30.9 … 32.0]`, divided by `unit`.
    func text(in unit: Double, digits: Int) -> String {
        let parts = [median, minimum, maximum].map { ($0 / unit).text(digits) }
        return "\(parts[0]) [\(parts[1]) … \(parts[2])]"
    }
}

/// A unit that rates are printed in.
enum RateUnit {
    case perSecond
    case gigabits

    fileprivate func text(_ series: Series) -> String {
        switch self {
        case .perSecond: series.text(in: 1_000, digits: 1) + " k/s"
        case .gigabits: series.text(in: 1e9, digits: 2) + " Gbit/s"
        }
    }
}

/// Prints what was measured, and remembers which floors were missed.
struct Report {
    /// What fell short, in words.
    private(set) var missed: [String] = []

    /// Begins a topic.
    func section(_ title: String) { print("\n\(title)") }

    /// One line that is no ratio.
    func note(_ text: String) { print("  \(text)") }

    /// A rate beside another. Below `floor` the run fails.
    mutating func compare(
        _ title: String, _ ours: Series, _ other: Series, in unit: RateUnit, against name: String = "kernel",
        floor: Double? = nil
    ) {
        let ratio = ours.median / max(other.median, 1e-9)
        print("  \(title.padded(46)) \(ratio.text(2)) ×\(judge(title, ratio, floor: floor))")
        print("      ours \(unit.text(ours)), \(name) \(unit.text(other))")
    }

    /// A figure that must not be above `ceiling`.
    mutating func limit(_ title: String, _ value: Double, unit: String, ceiling: Double) {
        let isMet = value <= ceiling
        if !isMet { missed.append("\(title): \(value.text(0)) \(unit), wanted \(ceiling.text(0))") }
        print("  \(title.padded(46)) \(value.text(0)) \(unit) (at most \(ceiling.text(0))\(isMet ? "" : ", MISSED"))")
    }

    private mutating func judge(_ title: String, _ ratio: Double, floor: Double?) -> String {
        guard let floor else { return "" }
        guard ratio < floor else { return " (floor \(floor.text(2)))" }
        missed.append("\(title): \(ratio.text(2)), wanted \(floor.text(2))")
        return " (floor \(floor.text(2)), MISSED)"
    }
}

extension Double {
    /// With so many decimals.
    func text(_ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int64((magnitude * scale).rounded())
        let whole = "\(sign == .minus && scaled != 0 ? "-" : "")\(scaled / Int64(scale))"
        guard digits > 0 else { return whole }
        let rest = String(scaled % Int64(scale))
        return whole + "." + String(repeating: "0", count: digits - rest.count) + rest
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// Runs two contestants in turn, A B A B, so that a drift of the machine meets both.
func interleave(
    _ runs: Int, _ first: () async throws -> Double, _ second: () async throws -> Double
) async throws -> (Series, Series) {
    var outcomes: ([Double], [Double]) = ([], [])
    for _ in 0..<runs {
        outcomes.0.append(try await first())
        outcomes.1.append(try await second())
    }
    return (Series(outcomes.0), Series(outcomes.1))
}
