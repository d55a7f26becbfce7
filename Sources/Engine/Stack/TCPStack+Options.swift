import OrderedCollections

/// Options registered at run time: those of connections that open from then on, and the names by which the log shows them.
extension TCPStack {
    /// Registers an option, or replaces the one of this name.
    package mutating func register(_ definition: OptionDefinition) {
        registry[definition.name] = definition
        log.definitions = Array(registry.values)
    }

    /// Forgets an option. Connections that carry it go on carrying it.
    package mutating func unregister(_ name: String) {
        registry[name] = nil
        log.definitions = Array(registry.values)
    }

    /// The registered options, in the order in which they came.
    package var registeredOptions: [OptionDefinition] { log.definitions }
}
