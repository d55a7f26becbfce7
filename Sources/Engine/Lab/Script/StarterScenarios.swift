/// The scripts that come with the program: what people ask a TCP first. Each passes under every personality's numbers that
/// it leaves open.
public enum StarterScenarios {
    /// Names and texts.
    public static let all: [(name: String, text: String)] = [
        ("handshake", handshake), ("simultaneous-open", simultaneousOpen), ("zero-window", zeroWindow),
        ("sack-recovery", sackRecovery), ("rst-attack", resetAttack), ("option-torture", optionTorture),
        ("silly-window", sillyWindow), ("time-wait-assassination", timeWaitAssassination),
    ]

    private static let listening = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0

        """

    private static let connecting = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)
        +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
        +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)

        """

    private static let handshake =
        "// RFC 9293 section 3.5: three segments open, four close; octets go both ways in between.\n" + connecting + """
            +0 > S 0:0(0) <...>
            +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
            +0 > . 1:1(0) ack 1
            +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
            +0 write(3, "hello", 5) = 5
            +0 > P. 1:6(5) ack 1
            +.1 < . 1:1(0) ack 6 win 65535
            +0 < P. 1:4(3) ack 6 win 65535
            +0 read(3, ..., 10) = 3
            +0~+.5 > . 6:6(0) ack 4
            +0 close(3) = 0
            +0 > F. 6:6(0) ack 4
            +.1 < . 4:4(0) ack 7 win 65535
            +0 < F. 4:4(0) ack 7 win 65535
            +0 > . 7:7(0) ack 5
            +0 `ss -tan | grep -c TIME-WAIT | grep 1`

            """

    private static let simultaneousOpen =
        "// RFC 9293 section 3.5, Figure 7: both SYNs cross, and one connection comes of it.\n" + connecting + """
            +0 > S 0:0(0) <...>
            +.1 < S 0:0(0) win 65535 <mss 1460>
            +0 > S. 0:0(0) ack 1 <...>
            +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
            +0 `ss -tan | grep -c ESTAB | grep 1`
            +0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0

            """

    private static let zeroWindow =
        "// RFC 9293 section 3.8.6.1: a closed window is probed, ever more slowly, until it opens.\n" + listening + """
            +0 < S 0:0(0) win 1000 <mss 1000>
            +0 > S. 0:0(0) ack 1 <...>
            +.1 < . 1:1(0) ack 1 win 1000
            +0 accept(3, ..., ...) = 4
            +0 write(4, ..., 3000) = 3000
            +0 > . 1:1001(1000) ack 1
            +.1 < . 1:1(0) ack 1001 win 0
            #ifdef Linux
            // Linux asks without text.
            * > . 1000:1000(0) ack 1
            +0 < . 1:1(0) ack 1001 win 0
            * > . 1000:1000(0) ack 1
            +.1 < . 1:1(0) ack 1001 win 1000
            +0 > . 1001:2001(1000) ack 1
            #else
            * > . 1001:1002(1) ack 1
            +0 < . 1:1(0) ack 1001 win 0
            * > . 1001:1002(1) ack 1
            +.1 < . 1:1(0) ack 1002 win 1000
            +0 > . 1002:2002(1000) ack 1
            #endif

            """

    private static let sackRecovery =
        "// RFC 6675: three duplicate ACKs with SACK blocks bring back exactly what was lost.\n" + listening + """
            +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
            +0 > S. 0:0(0) ack 1 <...>
            +.1 < . 1:1(0) ack 1 win 65535
            +0 accept(3, ..., ...) = 4
            +0 write(4, ..., 5000) = 5000
            +0 > . 1:1001(1000) ack 1
            +0 > . 1001:2001(1000) ack 1
            +0 > . 2001:3001(1000) ack 1
            +0 > . 3001:4001(1000) ack 1
            +0 > P. 4001:5001(1000) ack 1
            +.1 < . 1:1(0) ack 1001 win 65535
            +0 < . 1:1(0) ack 1001 win 65535 <sack 2001:3001,nop,nop>
            +0 < . 1:1(0) ack 1001 win 65535 <sack 2001:4001,nop,nop>
            +0 < . 1:1(0) ack 1001 win 65535 <sack 2001:5001,nop,nop>
            +0 > . 1001:2001(1000) ack 1
            +.1 < . 1:1(0) ack 5001 win 65535

            """

    private static let resetAttack =
        "// RFC 5961 section 3.2: a blind reset inside the window earns a challenge, only the exact number resets.\n"
        + listening + """
            +0 < S 0:0(0) win 65535 <mss 1460>
            +0 > S. 0:0(0) ack 1 <...>
            +0 < . 1:1(0) ack 1 win 65535
            +0 accept(3, ..., ...) = 4
            +.1 < R 100:100(0) win 0
            +0 > . 1:1(0) ack 1
            +2 < S 1000:1000(0) win 65535
            +0 > . 1:1(0) ack 1
            +0 `ss -tan | grep -c ESTAB | grep 1`
            +.1 < R 1:1(0) win 0
            +0 `ss -tan | grep -c ESTAB | grep 0`
            +0 read(4, ..., 1) = -1 ECONNRESET (Connection reset by peer)

            """

    private static let optionTorture =
        "// RFC 9293 MUST-6 and MUST-7: unknown options are ignored, and odd ones break nothing.\n" + listening + """
            +0 < S 0:0(0) win 65535 <253 0a0b0c,nop,nop,nop,mss 1460,254,eol>
            +0 > S. 0:0(0) ack 1 <mss 1460>
            +0 < . 1:1(0) ack 1 win 65535 <99 0102030405060708>
            +0 accept(3, ..., ...) = 4
            +0 < P. 1:11(10) ack 1 win 65535 <wscale 3,nop,sackOK,nop,nop>
            +0 read(4, ..., 10) = 10
            +0~+.5 > . 1:1(0) ack 11
            +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
            +0 write(4, ..., 1461) = 1461
            +0 > . 1:1461(1460) ack 11
            +0 > P. 1461:1462(1) ack 11

            """

    private static let sillyWindow =
        "// RFC 9293 section 3.8.6.2.1: a window of a few octets is not filled; half of the largest one is.\n"
        + listening + """
            +0 < S 0:0(0) win 4000 <mss 1000>
            +0 > S. 0:0(0) ack 1 <...>
            +.1 < . 1:1(0) ack 1 win 4000
            +0 accept(3, ..., ...) = 4
            +0 write(4, ..., 8000) = 8000
            +0 > . 1:1001(1000) ack 1
            +0 > . 1001:2001(1000) ack 1
            +0 > . 2001:3001(1000) ack 1
            #ifdef Linux
            // Linux pushes the last segment of a burst.
            +0 > P. 3001:4001(1000) ack 1
            #else
            +0 > . 3001:4001(1000) ack 1
            #endif
            +.1 < . 1:1(0) ack 4001 win 10
            +.01 < . 1:1(0) ack 4001 win 2000
            +0 > . 4001:5001(1000) ack 1
            #ifdef Linux
            +0 > P. 5001:6001(1000) ack 1
            #else
            +0 > . 5001:6001(1000) ack 1
            #endif

            """

    private static let timeWaitAssassination =
        "// RFC 1337: an old segment in TIME-WAIT is answered, and the answer's echo must not end the wait.\n"
        + connecting + """
            +0 > S 0:0(0) <...>
            +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
            +0 > . 1:1(0) ack 1
            +0 shutdown(3, SHUT_WR) = 0
            +0 > F. 1:1(0) ack 1
            +.1 < F. 1:1(0) ack 2 win 65535
            +0 > . 2:2(0) ack 2
            +1 < P. 1:11(10) ack 2 win 65535
            +0 > . 2:2(0) ack 2
            +.1 `ss -tan | grep -c TIME-WAIT | grep 1`

            """
}
