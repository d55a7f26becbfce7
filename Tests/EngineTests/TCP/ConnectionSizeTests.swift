import CNIO
import Engine
import Testing

/// Thousands of idle connections stand in one process: what each member costs, all of them pay.
@Suite struct ConnectionSizeTests {
    /// Octets of the object itself, of the 2,048 that an idle connection may take with its tables, timers and history. The
    /// benchmark `idle` measures the whole; a value that is nearly always nil belongs in a `Rare`.
    private static let ceiling = 1_432

    @Test("a connection's object stays within its share of an idle connection's memory")
    func aConnectionIsSmall() throws {
        var hosts: [Script] = []
        for _ in 0..<32 { hosts.append(try Script(.established) { $0.options = ConnectionOptions() }) }
        // Of many: where a free block is barely longer than what is asked for, the allocator gives all of it.
        let blocks = try hosts.map { host in
            let connection = try #require(host.connection)
            return cnio_block_octets(Unmanaged.passUnretained(connection).toOpaque())
        }
        let octets = try #require(blocks.min())
        #expect(octets > 8 * 16, "an object without members was measured")
        #expect(octets <= Self.ceiling, "a connection's object takes \(octets) octets, more than \(Self.ceiling)")
    }
}
