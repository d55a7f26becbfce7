import Engine

/// Wherever an id is taken, a name is: what the two stand for.
extension EngineService {
    /// The connection that an id or a name stands for.
    func connectionID(for text: String) async throws(Problem) -> ConnectionID {
        if let id = ConnectionID(text) { return id }
        if let id = await connectionID(named: text) { return id }
        throw Problem(EngineError.notFound(text))
    }

    /// The connection that an id or a name stands for, be it one of other programs that is observed. Of an id it is enough
    /// that there was one: the log may remember what nobody else does.
    func anyConnectionID(for text: String) async throws(Problem) -> ConnectionID {
        if let id = ConnectionID(text), await hasGiven(id) { return id }
        if let id = await connectionID(named: text) { return id }
        if let id = await observationID(named: text) { return id }
        throw Problem(EngineError.notFound(text))
    }

    /// The observation that an id or a name stands for.
    func observationID(for text: String) async throws(Problem) -> ConnectionID {
        if let id = ConnectionID(text), id.isObservation { return id }
        if let id = await observationID(named: text) { return id }
        throw Problem(EngineError.notFound(text))
    }

    /// The listener that an id or a name stands for.
    func listenerID(for text: String) async throws(Problem) -> ListenerID {
        if let id = ListenerID(text) { return id }
        if let id = await listenerID(named: text) { return id }
        throw Problem(EngineError.notFound(text))
    }
}
