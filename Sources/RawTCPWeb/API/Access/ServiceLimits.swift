import Engine

/// The limits that `--limit NAME=VALUE` sets and `GET /v1/engine` lists.
package struct ServiceLimits: Hashable, Sendable {
    /// Their names, which command line, answers and `PATCH /v1/engine` share.
    package enum Name: String, CaseIterable, Sendable {
        case handshakesPerSecond, craftedSegmentsPerSecond, packRunsPerSecond
        case connections, listeners, halfOpen, outOfOrderOctets
        case httpConnections, httpConnectionsPerClient
        case headOctets, targetOctets, headerFields
        case headTimeout, bodyTimeout, idleTimeout, writeTimeout
    }

    /// A limit that was asked for and cannot be.
    package struct Unusable: Error, CustomStringConvertible {
        package var description: String
    }

    private var values: [Name: Double] = [:]

    package init() {}

    /// What holds unless somebody sets it. Rates are for targets beyond loopback; the contract names 1,000 a second.
    private static func standard(_ name: Name) -> Double {
        switch name {
        case .handshakesPerSecond, .craftedSegmentsPerSecond, .packRunsPerSecond: 1_000
        case .connections: Double(EngineConfiguration().connectionLimit)
        case .listeners: Double(EngineConfiguration().listenerLimit)
        case .halfOpen: Double(EngineConfiguration().halfOpenLimit)
        case .outOfOrderOctets: Double(EngineConfiguration().outOfOrderLimit)
        // As many as there are descriptors for: `bound` lowers it to that.
        case .httpConnections: 1_048_576
        // More than browsers and load generators open, far fewer than there are.
        case .httpConnectionsPerClient: 256
        case .headOctets: 64 * 1024
        case .targetOctets: 16 * 1024
        case .headerFields: 128
        case .headTimeout, .bodyTimeout, .idleTimeout, .writeTimeout: 30
        }
    }

    /// What may be set. Time limits end at the contract's 30 s, targets begin at RFC 9112's 8,000 octets.
    private static func range(_ name: Name) -> ClosedRange<Double> {
        switch name {
        case .handshakesPerSecond, .craftedSegmentsPerSecond, .packRunsPerSecond: 1...1_000_000_000
        case .connections, .halfOpen: 1...Double(1 << 20)
        case .listeners: 1...65_536
        case .outOfOrderOctets: 4_096...Double(1 << 36)
        case .httpConnections: 16...Double(1 << 20)
        case .httpConnectionsPerClient: 1...Double(1 << 20)
        case .headOctets: 16_384...Double(1 << 20)
        case .targetOctets: 8_000...65_536
        case .headerFields: 32...1_024
        case .headTimeout, .bodyTimeout, .idleTimeout, .writeTimeout: 0.1...30
        }
    }

    private static func isDuration(_ name: Name) -> Bool {
        switch name {
        case .headTimeout, .bodyTimeout, .idleTimeout, .writeTimeout: true
        case .handshakesPerSecond, .craftedSegmentsPerSecond, .packRunsPerSecond, .connections, .listeners, .halfOpen,
            .outOfOrderOctets, .httpConnections, .httpConnectionsPerClient, .headOctets, .targetOctets, .headerFields:
            false
        }
    }

    /// Whether the limit may change while the service runs.
    package static func isAdjustable(_ name: Name) -> Bool {
        switch name {
        case .handshakesPerSecond, .craftedSegmentsPerSecond, .packRunsPerSecond: true
        case .connections, .listeners, .halfOpen, .outOfOrderOctets, .httpConnections, .httpConnectionsPerClient,
            .headOctets, .targetOctets, .headerFields, .headTimeout, .bodyTimeout, .idleTimeout, .writeTimeout:
            false
        }
    }

    /// The limit as a number: a count, or seconds.
    package subscript(name: Name) -> Double { values[name] ?? Self.standard(name) }

    /// The limit as a count.
    package func count(_ name: Name) -> Int { Int(self[name]) }

    /// The limit as a duration.
    package func duration(_ name: Name) -> Duration { .nanoseconds(Int64(self[name] * 1e9)) }

    /// Sets a limit; says what it may be if it cannot be that.
    package mutating func set(_ name: Name, to value: Double) throws(Unusable) {
        let range = Self.range(name)
        guard range.contains(value), Self.isDuration(name) || value == value.rounded() else {
            throw Unusable(description: "\(name.rawValue) must be \(Self.expectation(name))")
        }
        values[name] = value
    }

    /// Lowers a limit to what there is.
    package mutating func bound(_ name: Name, to most: Int) { values[name] = min(self[name], Double(most)) }

    /// Sets a limit from the text `NAME=VALUE`.
    package mutating func set(_ text: String) throws(Unusable) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw Unusable(description: "\(text): a limit is NAME=VALUE") }
        guard let name = Name(rawValue: parts[0]) else {
            let nearest = NearestName.of(parts[0], among: Name.allCases.map(\.rawValue))
            let hint = nearest.map { "; did you mean \($0)?" } ?? ""
            throw Unusable(description: "\(parts[0]) is no limit\(hint)")
        }
        let value = Self.isDuration(name) ? Interval(text: parts[1])?.seconds : Int(parts[1]).map(Double.init)
        guard let value else { throw Unusable(description: "\(name.rawValue) must be \(Self.expectation(name))") }
        try set(name, to: value)
    }

    /// What a limit may be, in words.
    package static func expectation(_ name: Name) -> String {
        let range = range(name)
        return isDuration(name)
            ? "a duration from \(Int(range.lowerBound * 1_000))ms to \(Int(range.upperBound))s"
            : "a whole number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
    }

    /// All of them, as members of an answer.
    package var members: [JSON.Member] {
        Name.allCases.map { name in
            JSON.Member(name.rawValue, Self.isDuration(name) ? .double(self[name]) : .integer(count(name)))
        }
    }
}
