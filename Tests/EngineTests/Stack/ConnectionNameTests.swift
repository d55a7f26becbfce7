import Engine
import Testing

/// Which names are taken, whoever came and went before.
@Suite struct ConnectionNameTests {
    @Test(arguments: ["192.0.2.1", "2001:db8::1"])
    func aNameIsTakenFromOpenToDelete(host: String) throws {
        let address = try #require(IPAddress(host))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var stack = TCPStack(StackConfiguration(secret: (random.next(), random.next())))
        var open: [FourTuple: ConnectionID] = [:]
        for step in 0..<20_000 {
            // Few names, so that they meet.
            let tuple = FourTuple(
                local: Endpoint(address, 20_000 + UInt16(random.next() % 16)),
                remote: Endpoint(address, 1 + UInt16(random.next() % 16)))
            #expect(stack.isFree(tuple) == (open[tuple] == nil), "seed \(seed), step \(step)")
            if let id = open.removeValue(forKey: tuple) {
                try stack.delete(id, at: .zero, wall: 0)
            } else {
                let request = OpenRequest(remote: tuple.remote)
                open[tuple] = try stack.open(request, tuple: tuple, routeMTU: 1_500, at: .zero)
                #expect(throws: StackError.self) {
                    try stack.open(request, tuple: tuple, routeMTU: 1_500, at: .zero)
                }
            }
            #expect(stack.openCount == open.count, "seed \(seed), step \(step)")
        }
        #expect(Set(stack.openIDs) == Set(open.values))
    }

    @Test func namesThatDifferInTheirZoneAreTwo() throws {
        let address = try #require(IPAddress("fe80::1"))
        let tuple = FourTuple(local: Endpoint(address, 20_000), remote: Endpoint(address, 1))
        var stack = TCPStack(StackConfiguration(secret: (1, 2)))
        _ = try stack.open(
            OpenRequest(remote: tuple.remote), tuple: tuple.within(zone: 1), routeMTU: 1_500, at: .zero)
        #expect(!stack.isFree(tuple.within(zone: 1)))
        #expect(stack.isFree(tuple.within(zone: 2)))
    }
}
