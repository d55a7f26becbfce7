import Engine
import Testing

/// What running a script tells.
struct ScriptRunnerTests {
    static let handshake = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +.1 < S 0:0(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept(3, ..., ...) = 4

        """

    private func run(_ text: String, seed: UInt64 = 1) throws -> ScriptReport {
        try ScriptRunner.run(Script(parsing: text), ScriptSetting(seed: seed))
    }

    private func failure(_ text: String) throws -> ScriptFailure? {
        do {
            _ = try run(text)
            return nil
        } catch ScriptProblem.failed(let failure) {
            return failure
        }
    }

    @Test("a passing script tells its lines, its time and what it ignored")
    func passing() throws {
        let report = try run(Self.handshake + "+1 `sysctl -w some.other=1`")
        #expect(report.lines == 8)
        #expect(report.duration == .milliseconds(1_100))
        #expect(report.ignored == ["sysctl some.other=1"])
        #expect(report.log.newest == 3)
    }

    @Test("a wrong field names line, source, expected and actual")
    func wrongField() throws {
        let failure = try #require(try failure(Self.handshake + "+0 write(4, ..., 10) = 10\n+0 > P. 1:12(11) ack 1"))
        #expect(failure.line == 9)
        #expect(failure.source == "+0 > P. 1:12(11) ack 1")
        #expect(failure.expected == "> P. 1:12(11) ack 1")
        #expect(failure.actual == "> P. 1:11(10) ack 1")
    }

    @Test(
        "each of these differs from what happens",
        arguments: [
            "+0 > . 1:1(0) ack 1", "+0 read(4, ..., 1) = 0", "+0 write(4, ..., 1) = 2", "+0 close(4) = -1 EBADF",
            "+0 write(4, ..., 1) = 1\n+1 > P. 1:2(1) ack 1", "+0 `ss | grep -c ESTAB | grep 2`",
            "+0 %{ assert tcpi_snd_cwnd == 11 }%", "+0...0.5 read(4, ..., 1) = 1",
            "+0 write(4, ..., 1) = 1\n+0 > [ttl 3] P. 1:2(1) ack 1",
            "+0 write(4, ..., 1) = 1\n+0 > [ce] P. 1:2(1) ack 1",
            "+0 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1 <nop,nop,sackOK>",
            "+0 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1 win 1",
            "+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [1], [4]) = 0",
        ])
    func differences(line: String) throws {
        #expect(try failure(Self.handshake + line) != nil)
    }

    @Test("the same seed gives the same log, another seed another")
    func seeds() throws {
        func log(_ seed: UInt64) throws -> [[UInt8]] {
            let snapshot = try run(Self.handshake, seed: seed).log
            var records: [[UInt8]] = []
            snapshot.forEach(in: snapshot.numbers) { record in
                records.append(record.octets)
                return true
            }
            return records
        }
        #expect(try log(1) == log(1))
        #expect(try log(1) != log(2))
    }

    @Test(
        "how far a time may be off",
        arguments: [
            ("--profile=linux", ".33", true), ("--profile=linux", ".36", false), ("--profile=freebsd", "1.04", true),
            ("--profile=freebsd", "1.08", false), ("", ".31", false),
            ("--tolerance_usecs=20000", ".31", true), ("--tolerance_percent=10", ".33", true),
            ("--profile=linux\n--tolerance_percent=0", ".33", false),
            ("--profile=linux\n--tolerance_usecs=70000", ".36", true),
        ])
    func tolerance(flags: String, time: String, passes: Bool) throws {
        // A round trip of 100 ms makes timeouts of 300 ms; FreeBSD does not measure it, and waits a second.
        let script =
            flags + "\n" + Self.handshake.replacing("+0 < . 1", with: "+.1 < . 1")
                + """
                +0 write(4, ..., 100) = 100
                +0 > P. 1:101(100) ack 1
                +\(time) > P. 1:101(100) ack 1
                """
        #expect(try (failure(script) == nil) == passes)
    }

    @Test("a tolerance of more than all is refused")
    func tooTolerant() {
        #expect(throws: ScriptProblem.self) { try run("--tolerance_percent=101\n" + Self.handshake) }
    }

    @Test("the options of an expected segment compare as a set")
    func optionsAsSet() throws {
        let script = """
            0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
            +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
            +0 > S 0:0(0) <wscale 7,TS val 1 ecr 0,sackOK,mss 1460>
            """
        #expect(try failure(script) == nil)
        #expect(try failure(script.replacing("sackOK,", with: "")) != nil)
    }

    @Test(
        "what is echoed counts, but not in a script for Linux that was written for packetdrill",
        arguments: [
            ("", Personality.standard, false), ("", .freebsd, false), ("", .linux, true),
            ("--profile=linux", .linux, false), ("--replay", .linux, false),
        ])
    func echoes(flags: String, personality: Personality, passes: Bool) throws {
        let script = """
            \(flags)
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
            +0 bind(3, ..., ...) = 0
            +0 listen(3, 1) = 0
            +.1 < S 0:0(0) win 65535 <mss 1000,TS val 100 ecr 0>
            +0 > S. 0:0(0) ack 1 <mss 1460,TS val 700 ecr 101>
            """
        func problem(_ text: String) throws -> ScriptFailure? {
            do {
                _ = try ScriptRunner.run(Script(parsing: text), ScriptSetting(personality: personality, seed: 1))
                return nil
            } catch ScriptProblem.failed(let failure) {
                return failure
            }
        }
        #expect(try (problem(script) == nil) == passes)
        #expect(try problem(script.replacing("ecr 101", with: "ecr 100")) == nil)
        #expect(try problem(script.replacing(",TS val 700 ecr 101", with: "")) != nil)
    }

    @Test("each personality's SYN has its order of options")
    func personalities() throws {
        let script = """
            0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
            +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
            """
        let orders: [Personality: [UInt8]] = [
            .standard: [2, 4, 8, 1, 3], .linux: [2, 4, 8, 1, 3], .freebsd: [2, 1, 3, 4, 8],
            .freebsd12: [2, 1, 3, 4, 8],
        ]
        for (personality, kinds) in orders {
            let setting = ScriptSetting(personality: personality)
            let report = try ScriptRunner.run(Script(parsing: script), setting)
            let syn = try #require(report.log[1]?.headers?.tcp)
            #expect(TCPOption.decode(syn.options).map(\.kind) == kinds, "\(personality)")
        }
    }
}
