/// TCP options registered at run time.
extension Engine {
    /// Options that may be registered at once.
    static let optionLimit = 256

    /// All registered options, in the order in which they came.
    public func registeredOptions() -> [OptionDefinition] { stack.registeredOptions }

    /// One registered option.
    public func registeredOption(_ name: String) throws(EngineError) -> OptionDefinition {
        guard let found = stack.registeredOptions.first(where: { $0.name == name }) else { throw .notFound(name) }
        return found
    }

    /// Registers an option, or replaces the one of this name; true if it is new. From now on the log shows it by name, and
    /// connections that open from now on carry it.
    public func register(_ definition: OptionDefinition) throws(EngineError) -> Bool {
        let others = stack.registeredOptions.filter { $0.name != definition.name }
        guard others.count < Self.optionLimit else {
            throw .tooManyRequests(
                detail: "\(Self.optionLimit) options are registered, which is the limit; delete one of them first",
                retryAfter: .seconds(Int64(1)))
        }
        let twin = others.first { $0.kind == definition.kind && $0.experiment == definition.experiment }
        if let twin {
            throw .invalidRequest(
                member: "kind",
                detail: "\(definition.kind) with this exid is \"\(twin.name)\" already: nobody could tell them apart")
        }
        let isNew = others.count == stack.registeredOptions.count
        stack.register(definition)
        return isNew
    }

    /// Forgets a registered option.
    public func unregister(_ name: String) throws(EngineError) {
        _ = try registeredOption(name)
        stack.unregister(name)
    }

    /// Options that do not fit into a header are refused before a segment leaves.
    func checkOptions(_ options: ConnectionOptions) throws(EngineError) {
        guard let overflow = options.optionOverflow(beside: stack.registeredOptions) else { return }
        throw .invalidRequest(member: "customOptions", detail: overflow)
    }
}
