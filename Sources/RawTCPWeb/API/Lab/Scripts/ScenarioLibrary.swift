package import Engine

/// A stored script.
package struct Scenario: Sendable {
    package let name: String
    package let text: String
    /// It came with the program.
    package let isBuiltIn: Bool
    package let script: Script
}

/// The stored scripts, in memory: a starter pack, and what clients have put there.
package actor ScenarioLibrary {
    /// Most scripts, and most octets of all together: a client must not fill the memory.
    package static let limit = 256
    package static let capacity = 16 << 20

    private var scenarios: [String: Scenario] = [:]
    /// Scripts of the starter pack in whose place clients have put others of the same name.
    private var covered: [String: Scenario] = [:]

    /// The library with its starter pack.
    package init() {
        for (name, text) in StarterScenarios.all {
            guard let script = try? Script(parsing: text) else { continue }
            scenarios[name] = Scenario(name: name, text: text, isBuiltIn: true, script: script)
        }
    }

    /// All of them, by name.
    package var all: [Scenario] { scenarios.values.sorted { $0.name < $1.name } }

    /// The script with this name.
    package func scenario(_ name: String) throws(Problem) -> Scenario {
        guard let scenario = scenarios[name] else {
            let hint = NearestName.of(name, among: Array(scenarios.keys)).map { " Did you mean \"\($0)\"?" } ?? ""
            throw Problem(.notFound, "There is no scenario \"\(name)\".\(hint) GET /v1/scenarios lists them.")
        }
        return scenario
    }

    /// Stores a script; true if the name is new. 412 if that name does not stand as it has to.
    package func put(_ scenario: Scenario, where standing: Standing = .either) throws(Problem) -> Bool {
        let previous = scenarios[scenario.name]
        guard standing.allows(isThere: previous != nil) else {
            throw Problem(EngineError.standsOtherwise(scenario.name, isThere: previous != nil))
        }
        let octets = scenarios.values.reduce(0) { $0 + $1.text.utf8.count } - (previous?.text.utf8.count ?? 0)
        guard previous != nil || scenarios.count < Self.limit, octets + scenario.text.utf8.count <= Self.capacity else {
            throw Problem(
                .contentTooLarge,
                "\(Self.limit) scenarios of \(Self.capacity) octets together is the limit; DELETE some of them first.")
        }
        if let previous, previous.isBuiltIn { covered[scenario.name] = previous }
        scenarios[scenario.name] = scenario
        return previous == nil
    }

    /// Takes a script out; one of the starter pack that it covered is there again.
    package func remove(_ name: String) throws(Problem) {
        _ = try scenario(name)
        scenarios[name] = covered.removeValue(forKey: name)
    }
}
