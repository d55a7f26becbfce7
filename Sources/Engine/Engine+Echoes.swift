/// The echo of our own segments, which the loopback device hands back to the raw socket.
extension Engine {
    /// Lets the echo of our own segments through the packet filter and folds it into their records, or ends that. It costs a
    /// second copy of everything that is sent on loopback, so it is off unless somebody asks.
    public func observeEcho(_ observes: Bool) throws(EngineError) {
        guard observes != stack.observesEcho else { return }
        stack.observesEcho = observes
        do throws(LinkError) {
            try setFilter()
        } catch {
            stack.observesEcho = !observes
            throw EngineError(opening: error)
        }
    }

    /// The fields of these records that the kernel did not leave as they were; nil if no echo has told.
    func rewritten(in records: [UInt64]) -> [String]? {
        let echoes = records.compactMap { stack.log.echo(of: $0) }
        guard !echoes.isEmpty else { return nil }
        var names: [String] = []
        for name in echoes.flatMap(\.rewritten) where !names.contains(name) { names.append(name) }
        return names
    }
}
