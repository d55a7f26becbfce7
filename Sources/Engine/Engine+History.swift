extension Engine {
    /// How a connection's window, round trip and flight have developed.
    public func history(of id: ConnectionID) throws(EngineError) -> ConnectionHistory {
        do throws(StackError) {
            return try stack.connection(id).history
        } catch {
            throw EngineError.notFound("\(id)")
        }
    }
}
