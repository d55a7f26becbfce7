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
    /// connections that open from now on carry it. `.standsOtherwise` if that name does not stand as it has to.
    public func register(
        _ definition: OptionDefinition, where standing: Standing = .either
    ) throws(EngineError) -> Bool {
        let others = stack.registeredOptions.filter { $0.name != definition.name }
        let isNew = others.count == stack.registeredOptions.count
        guard standing.allows(isThere: !isNew) else { throw .standsOtherwise(definition.name, isThere: !isNew) }
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
        try checkListeners(beside: others + [definition])
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
        try Self.check(options, beside: stack.log.definitions)
    }

    /// The same beside these registered options.
    static func check(
        _ options: ConnectionOptions, beside registered: [OptionDefinition]
    ) throws(EngineError) {
        guard let overflow = options.optionOverflow(beside: registered) else { return }
        let carried = registered.filter { $0.attachment != .never }
        let names = carried.map { "\($0.name) (\($0.length))" }.joined(separator: ", ")
        throw .invalidRequest(
            member: "customOptions",
            detail: carried.isEmpty ? overflow : "\(overflow); registered at run time are \(names)")
    }

    /// Listeners stand already, and their next SYN,ACK would carry the new option too.
    private func checkListeners(beside definitions: [OptionDefinition]) throws(EngineError) {
        for listener in stack.allListeners {
            guard let overflow = listener.options.optionOverflow(beside: definitions) else { continue }
            throw .invalidRequest(
                member: "attach",
                detail: "of listener \(listener.id), at \(listener.local.zonedDescription), \(overflow)")
        }
    }
}
