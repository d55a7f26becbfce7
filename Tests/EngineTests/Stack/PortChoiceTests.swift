import Engine
import Testing

@Suite struct PortChoiceTests {
    private let local = IPAddress.loopbackV4
    private let remote = Endpoint(.loopbackV4, 80)

    private func choose(_ stack: inout TCPStack) throws -> Int {
        let port = stack.choosePort(from: local, to: remote)
        return Int(try #require(port))
    }

    @Test("ports to one peer follow each other (RFC 6056 §3.3.3)")
    func portsFollowEachOther() throws {
        var stack = TCPStack(StackConfiguration(secret: (1, 2)))
        let first = try choose(&stack)
        let second = try choose(&stack)
        #expect(second == (first == 29_999 ? 20_000 : first + 1))
    }

    @Test("tries that others refuse are spread over the whole range, however many neighbours they hold")
    func leapsComeOnceAroundTheRange() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var stack = TCPStack(StackConfiguration(secret: (seed, 0)))
        var ports: [Int] = []
        for _ in 0..<64 {
            ports.append(try choose(&stack))
            stack.leapPorts()
        }
        ports.sort()
        let gaps = zip(ports, ports.dropFirst() + [ports[0] + 10_000]).map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 > 0 }, "seed \(seed): one port twice among \(ports)")
        #expect(gaps.allSatisfy { $0 <= 2 * 10_000 / 64 }, "seed \(seed): a gap in \(ports)")
    }
}
