import Engine

/// `PATCH /v1/engine`: what may change while the service runs.
extension EngineRoutes {
    /// Changes the limits and the observation that the body names, and shows all of them.
    func change(_ call: Call) async throws -> Response {
        var body = try await call.readObject()
        let changes = body.object("limits", Self.limits) ?? [:]
        let observesEcho = body.bool("observeEcho")
        body.refuseNull("limits", "observeEcho")
        try body.finish()
        do throws(ServiceLimits.Unusable) {
            try await rates.change(changes)
        } catch {
            throw Problem(faults: [.member("/limits", error.description)])
        }
        if let observesEcho { try await engine.observeEcho(observesEcho) }
        return await show(call)
    }

    private static func limits(_ object: inout StrictObject) -> [ServiceLimits.Name: Double] {
        var changes: [ServiceLimits.Name: Double] = [:]
        for name in ServiceLimits.Name.allCases {
            object.refuseNull(name.rawValue)
            let isAdjustable = ServiceLimits.isAdjustable(name)
            let expectation =
                isAdjustable ? ServiceLimits.expectation(name) : "set at start, by --limit \(name.rawValue)=VALUE"
            changes[name] = object.read(name.rawValue, expectation) { value -> Double? in
                guard isAdjustable, case .integer(let number) = value else { return nil }
                var probe = ServiceLimits()
                return (try? probe.set(name, to: Double(number))) == nil ? nil : Double(number)
            }
        }
        return changes
    }
}
