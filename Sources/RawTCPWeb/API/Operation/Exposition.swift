/// Metrics as text, in either of the two formats that collectors read.
struct Exposition {
    /// The format that is asked for.
    enum Format {
        /// Prometheus, text version 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics

        var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    typealias Labels = [(name: String, value: String)]

    private let format: Format
    private var text = ""

    init(_ format: Format) { self.format = format }

    /// A value that goes up and down.
    mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        begin(name, "gauge", help, family: name)
        for sample in samples { add(name, sample.labels, sample.value) }
    }

    /// A value that only goes up; `name` is without its `_total`.
    mutating func counter(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        // OpenMetrics names the family, Prometheus the sample.
        begin(name, "counter", help, family: format == .openMetrics ? name : name + "_total")
        for sample in samples { add(name + "_total", sample.labels, sample.value) }
    }

    /// One value without labels.
    mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        counter(name, help, [(labels: [], value: Double(value))])
    }

    /// One value without labels.
    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        gauge(name, help, [(labels: [], value: value)])
    }

    /// Histograms of one name, whose bounds are HTTPMetrics'.
    mutating func histogram(
        _ name: String, _ help: String, _ samples: [(labels: Labels, histogram: HTTPMetrics.Histogram)]
    ) {
        begin(name, "histogram", help, family: name)
        for sample in samples {
            var total: UInt64 = 0
            for (index, count) in sample.histogram.counts.enumerated() {
                total += count
                let isLast = index == HTTPMetrics.bounds.count
                let bound = isLast ? "+Inf" : Self.number(HTTPMetrics.bounds[index])
                add(name + "_bucket", sample.labels + [(name: "le", value: bound)], Double(total))
            }
            add(name + "_sum", sample.labels, sample.histogram.sum)
            add(name + "_count", sample.labels, Double(total))
        }
    }

    /// The whole text.
    var octets: [UInt8] { Array((format == .openMetrics ? text + "# EOF\n" : text).utf8) }

    private mutating func begin(_ name: String, _ type: String, _ help: String, family: String) {
        text += "# HELP \(family) \(help)\n# TYPE \(family) \(type)\n"
    }

    private mutating func add(_ name: String, _ labels: Labels, _ value: Double) {
        let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += labels.isEmpty ? name : "\(name){\(list)}"
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction: both formats take either.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }
}
