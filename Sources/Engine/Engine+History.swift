extension Engine {
    /// How a connection's window, round trip and flight have developed.
    public func history(of id: ConnectionID) throws(EngineError) -> ConnectionHistory {
        if let twin = twins[id] {
            twin.look(at: Clock.now())
            return twin.history
        }
        do throws(StackError) {
            return try stack.connection(id).history
        } catch {
            throw EngineError.notFound("\(id)")
        }
    }
}

extension Engine {
    /// How a connection began and what its user did with it.
    public func use(of id: ConnectionID) throws(EngineError) -> ConnectionUse {
        do throws(StackError) {
            return try stack.connection(id).use
        } catch {
            throw EngineError.notFound("\(id)")
        }
    }
}
