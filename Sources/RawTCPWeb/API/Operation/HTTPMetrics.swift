import HTTPTypes
import Synchronization

/// How long answers took, by operation and kind of status, as histograms. Labels are bounded: methods and routes that we
/// know, and one word for everything else.
package final class HTTPMetrics: Sendable {
    /// Upper bounds in seconds: from a static file (fractions of a millisecond) to the longest wait (60 s).
    package static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    /// What a series is about.
    package struct Key: Hashable, Sendable {
        package var method: String
        package var route: String
        /// `2xx`.
        package var status: String
    }

    /// The answers of one series.
    package struct Histogram: Sendable {
        /// How many fell into each bound, and how many above all.
        package var counts = [UInt64](repeating: 0, count: HTTPMetrics.bounds.count + 1)
        /// Seconds, all together.
        package var sum = 0.0

        /// Counts an answer that took so many seconds.
        mutating func add(_ seconds: Double) {
            counts[HTTPMetrics.bounds.firstIndex { seconds <= $0 } ?? HTTPMetrics.bounds.count] += 1
            sum += seconds
        }
    }

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"]

    // A lock and no actor: an answer must not wait for a turn to be counted.
    private let series = Mutex<[Key: Histogram]>([:])

    package init() {}

    /// Counts an answer. `route` is the template of the route that gave it.
    func add(_ method: HTTPRequest.Method, route: String, status: HTTPResponse.Status, seconds: Double) {
        let method = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        let key = Key(method: method, route: route, status: "\(status.code / 100)xx")
        series.withLock { $0[key, default: Histogram()].add(seconds) }
    }

    /// All series as they are now, in a fixed order.
    package var all: [(key: Key, histogram: Histogram)] {
        series.withLock { Array($0) }.map { (key: $0.key, histogram: $0.value) }.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
    }
}
