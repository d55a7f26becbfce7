import Engine
import Testing

/// What is understood, and where a script is to blame.
struct ScriptParserTests {
    @Test(
        "a line that can't be understood names line, column and token",
        arguments: [
            ("0 soket(..., SOCK_STREAM, IPPROTO_TCP) = 3", 1, 3, "soket"),
            ("\n 0 < Q 0:0(0) win 1", 2, 6, "Q"),
            ("0 < S 0:5(0) win 1", 1, 9, "5"),
            ("0 < S 0:0(0) win 65536", 1, 18, "65536"),
            ("0 < S 0:0(0) win 1 <mss 1460,foo>", 1, 30, "foo"),
            ("0 < S 0:0(0) win 1 <...>", 1, 21, "..."),
            ("* < S 0:0(0) win 1", 1, 1, "*"),
            ("0.2~0.1 > . 1:1(0) ack 1", 1, 5, "0.1"),
            ("0 fcntl(3, F_DUPFD) = 4", 1, 3, "F_DUPFD"),
            ("0 setsockopt(3, SOL_SOCKET, SO_NOTHING, [1], 4) = 0", 1, 3, "SO_NOTHING"),
            ("0 read(3, ..., 1) = -1 EWHAT", 1, 3, "EWHAT"),
            ("0 %{ assert tcpi_nothing == 1 }%", 1, 3, "tcpi_nothing"),
            ("0 %{ import os }%", 1, 3, "import"),
            ("0 %{ printed }%", 1, 3, "printed"),
            ("0 %{ tcpi_state = 3 }%", 1, 3, "tcpi_state"),
            ("0 %{ assert later == 1; later = 1 }%", 1, 3, "later"),
            ("0 %{ later = 1 }%\n0 %{ assert later == 1; later /= 1 }%", 2, 3, "later"),
            ("0 %{ if tcpi_none == 1:\n  assert tcpi_state == 1\n}%", 1, 3, "tcpi_none"),
            ("0 %{ if tcpi_state == 1\n  assert tcpi_state == 1\n}%", 1, 21, "if tcpi_state == 1"),
            ("0 %{ tries = 1\n  else:\n}%", 2, 8, "else:"),
            ("0 `never closed", 1, 3, "`"),
            ("/* open", 1, 1, "/*"),
            ("#ifdef X\n0 `true`", 1, 1, "#ifdef"),
            ("0 < ipv4 1.2.3.4 > 5.6.7.8: . 1:1(0) ack 1 win 1", 1, 5, "ipv4"),
            ("0 > icmp unreachable", 1, 5, "icmp"),
            ("0 < icmp nonsense", 1, 10, "nonsense"),
            ("0 read(3, ..., 1) =", 1, 20, "end"),
            ("0 ioctl(3, SIOCATMARK, [0]) = 0", 1, 3, "SIOCATMARK"),
            ("0 poll([{fd=3}], 1, 0) = 0", 1, 3, "poll"),
            ("0 sendto(3, ..., 1, MSG_WHAT, ..., ...) = 1", 1, 3, "MSG_WHAT"),
            ("0 < S 0:0(0) win 1 <TS val ... ecr 0>", 1, 28, "..."),
            ("0 %{ assert tcpi_state == 1; \\\n assert tcpi_no == 1 }%", 2, 2, "tcpi_no"),
        ] as [(String, Int, Int, String)])
    func mistakes(text: String, line: Int, column: Int, token: String) {
        let error = #expect(throws: ScriptError.self) { try Script(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.column == column, "\(String(describing: error))")
        #expect(error?.token == token)
    }

    @Test("a header line that says nothing here is named")
    func unknownFlag() {
        let problem = #expect(throws: ScriptProblem.self) {
            try ScriptRunner.run(Script(parsing: "--unknown_thing=1\n0 `true`"), ScriptSetting())
        }
        guard case .unsupported(let error) = problem else {
            return #expect(Bool(false), "\(String(describing: problem))")
        }
        #expect(error.token == "--unknown_thing")
    }

    @Test("a packet keeps everything that its line says")
    func packet() throws {
        let line = "+.1 > [ect0, ttl 7] FP. 1:1001(1000) ack 4294967295 win 5 urg 9 <nop,nop,sack 1:2 3:4>"
        let script = try Script(parsing: line)
        let event = try #require(script.events.first)
        #expect(event.time == .after(.milliseconds(100)))
        guard case .packet(let packet) = event.action else { return #expect(Bool(false)) }
        #expect(packet.flags == [.fin, .psh, .ack])
        #expect(packet.sequence == SequenceNumber(1))
        #expect(packet.length == 1_000)
        #expect(packet.acknowledgment == SequenceNumber(.max))
        #expect(packet.window == 5)
        #expect(packet.urgentPointer == 9)
        #expect(packet.ttl == 7)
        #expect(packet.trafficClass == .ecn(2))
        #expect(packet.options?.count == 3)
    }

    @Test("options by number equal those by name")
    func numberedOptions() throws {
        let script = try Script(parsing: "0 < S 0:0(0) win 1 <kind 2 05b4,253 0a0b,FO 0102,FOEXP>")
        guard case .packet(let packet) = try #require(script.events.first).action else { return #expect(Bool(false)) }
        #expect(
            packet.options == [
                .maximumSegmentSize(1_460), .unknown(kind: 253, data: [10, 11]), .malformed(octets: [34, 4, 1, 2]),
                .unknown(kind: 254, data: [0xf9, 0x89]),
            ] || packet.options?[2] == .fastOpen(cookie: [1, 2]))
    }

    @Test("shell lines are understood without being run")
    func commands() {
        #expect(
            ScriptCommand("sysctl -w net.inet.tcp.rfc1323=1")
                == .steps([.setting(name: "net.inet.tcp.rfc1323", value: "1")]))
        #expect(
            ScriptCommand("sysctl -q net.ipv4.tcp_rmem=\"4096 540000 15728640\" > /dev/null")
                == .steps([.setting(name: "net.ipv4.tcp_rmem", value: "4096 540000 15728640")]))
        #expect(
            ScriptCommand("../../common/defaults.sh\n./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0")
                == .steps([.defaults, .setting(name: "net.ipv4.tcp_sack", value: "0")]))
        #expect(
            ScriptCommand("sysctl -q net/ipv4/tcp_sack=1  # as it is\nsysctl net.ipv4.tcp_rmem=\"1 2 $((2*1024+3))\"")
                == .steps([
                    .setting(name: "net.ipv4.tcp_sack", value: "1"),
                    .setting(name: "net.ipv4.tcp_rmem", value: "1 2 2051"),
                ]))
        #expect(ScriptCommand("ip tcp_metrics flush all > /dev/null 2>&1") == .steps([.forget]))
        #expect(ScriptCommand("echo $((1/0))") == .steps([.other("echo $((1/0))")]))
        #expect(ScriptCommand("rm -rf /tmp/x") == .steps([.other("rm -rf /tmp/x")]))
        let check = "sockstat -4 -P tcp -s | grep packetdril | grep -c FIN_WAIT_2 | grep 1"
        #expect(
            ScriptCommand(check)
                == .steps([.states(ScriptCommand.StateCheck(state: .finWait2, count: "1", text: check))]))
        let linux = "ss -tan state all | grep -c ESTAB | grep -q 0"
        #expect(
            ScriptCommand(linux)
                == .steps([.states(ScriptCommand.StateCheck(state: .established, count: "0", text: linux))]))
    }

    @Test("#ifdef keeps the lines that count, with their numbers")
    func conditions() throws {
        let text = "#define X\n#ifdef X\n0 `true`\n#else\nnonsense here\n#endif\n+1 `false`"
        let script = try Script(parsing: text)
        #expect(script.events.map(\.line) == [3, 7])
    }

    @Test("octets in strings may be written in hexadecimal")
    func escapes() throws {
        let script = try Script(parsing: "0 write(3, \"a\\xfF\\x0b\\n\", 4) = 4")
        guard case .call(let call) = try #require(script.events.first).action else { return #expect(Bool(false)) }
        #expect(call.arguments[1] == .string([0x61, 0xff, 0x0b, 10]))
    }

    @Test("a defined word may stand for an option's octets")
    func definedOctets() throws {
        let script = try Script(parsing: "#define COOKIE 00112233\n0 < S 0:0(0) win 1 <FO COOKIE>")
        guard case .packet(let packet) = try #require(script.events.first).action else { return #expect(Bool(false)) }
        #expect(packet.options == [.fastOpen(cookie: [0, 0x11, 0x22, 0x33])])
    }

    @Test("names given by --define stand for their values")
    func definitions() throws {
        let script = try Script(parsing: "--define=SIZE=1000\n0 write(3, ..., SIZE) = SIZE")
        guard case .call(let call) = try #require(script.events.first).action else { return #expect(Bool(false)) }
        #expect(call.arguments.last == .integer(1_000))
    }
}
