/// RFC 9293 as far as a stranger can see it at a port where a peer listens.
extension ConformancePack {
    static let arrival = ConformancePack(
        name: "rfc9293", title: "RFC 9293: what arrives in LISTEN, SYN-RECEIVED and ESTABLISHED",
        rows: listen + header + numbers + text + sending)

    /// §3.10.7.2, and SYN-RECEIVED.
    private static let listen = [
        Row(
            requirement: "RFC 9293 3.10.7.2 third", title: "a SYN in LISTEN is answered with SYN,ACK",
            script: """
                0 < S 4294967295:4294967295(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 0 <...>
                +0 < R 0:0(0) win 0
                """),
        Row(
            requirement: "RFC 9293 3.10.7.2 second", title: "an ACK in LISTEN earns a RST with its number",
            script: "0 < . 1000:1000(0) ack 5000 win 1000\n+0 > R 5000:5000(0) <...>"),
        Row(
            requirement: "RFC 9293 3.10.7.2 second SYN,ACK", title: "a SYN,ACK in LISTEN earns a RST too",
            script: "0 < S. 1000:1000(0) ack 5000 win 1000 <mss 1000>\n+0 > R 5000:5000(0) <...>"),
        Row(
            requirement: "RFC 9293 3.10.7.2 first", title: "a RST in LISTEN is ignored",
            script: """
                0 < R 1000:1000(0) win 0
                +0 < . 1000:1000(0) ack 5000 win 1000
                +0 > R 5000:5000(0) <...>
                """),
        Row(
            requirement: "RFC 9293 3.10.7.2 fourth", title: "FIN, PSH and URG without ACK are dropped in LISTEN",
            script: """
                0 < FPU 1000:1000(0) win 1000
                +0 < - 1000:1000(0) win 1000
                +0 < . 1000:1000(0) ack 5000 win 1000
                +0 > R 5000:5000(0) <...>
                """),
        Row(
            requirement: "RFC 9293 3.8.1", title: "a SYN,ACK that nobody acknowledges is repeated",
            script: """
                0 < S 1000:1000(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 1001 <...>
                * > S. 0:0(0) ack 1001 <...>
                +0 < R 1001:1001(0) win 0
                """),
        Row(
            requirement: "RFC 9293 3.10.7.4 second SYN-RECEIVED", title: "a RST in SYN-RECEIVED returns to LISTEN",
            script: """
                0 < S 1000:1000(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 1001 <...>
                +0 < R 1001:1001(0) win 0
                +.1 < S 3000:3000(0) win 65535 <mss 1000>
                * > S. 0:0(0) ack 3001 <...>
                +0 < R 3001:3001(0) win 0
                """),
        Row(
            requirement: "RFC 9293 3.10.7.4 fifth SYN-RECEIVED",
            title: "an ACK in SYN-RECEIVED of what was never sent earns a RST",
            script: """
                0 < S 1000:1000(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 1001 <...>
                +0 < . 1001:1001(0) ack 100000 win 65535
                * > R 100000:100000(0) <...>
                +0 < R 1001:1001(0) win 0
                """),
    ]

    /// §3.1 and §3.2: fields that lie, and options.
    private static let header = [
        Row(
            requirement: "RFC 9293 MUST-3", title: "a segment with a wrong checksum is dropped",
            script: open + "+.1 < P. 1001:1011(10) ack 1 win 65535\n" + expectNext(1001) + end(),
            tampering: .init(line: 4, checksum: 0xdead)),
        Row(
            requirement: "RFC 9293 3.1 Data Offset", title: "a header shorter than a header is dropped",
            script: open + "+.1 < P. 1001:1011(10) ack 1 win 65535\n" + expectNext(1001) + end(),
            tampering: .init(line: 4, dataOffset: 4)),
        Row(
            requirement: "RFC 9293 3.1 Reserved", title: "reserved bits are ignored",
            script: open + "+.1 < P. 1001:1011(10) ack 1 win 65535\n* > . ...(0) ack 1011 <...>\n" + end(1011),
            tampering: .init(line: 4, reserved: 0b1110)),
        Row(
            requirement: "RFC 9293 MUST-5", title: "an option is taken in any segment",
            script: open + """
                +.1 < P. 1001:1011(10) ack 1 win 65535 <nop,mss 536,nop,253 0a0b0c>
                * > . ...(0) ack 1011 <...>

                """ + end(1011)),
        Row(
            requirement: "RFC 9293 MUST-6", title: "unknown options in a SYN are ignored",
            script: """
                0 < S 1000:1000(0) win 65535 <mss 1000,253 0a0b0c0d,77 0102>
                +0 > S. 0:0(0) ack 1001 <...>
                +0 < R 1001:1001(0) win 0
                """),
        Row(
            requirement: "RFC 9293 MUST-6 torture", title: "forty octets of strange options do no harm",
            script: open + """
                +.1 < P. 1001:1011(10) ack 1 win 65535 <nop,nop,254 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff01020304>
                * > . ...(0) ack 1011 <...>

                """ + end(1011)),
        Row(
            requirement: "RFC 9293 MUST-7", title: "an option of no length does no harm to who comes next",
            script: """
                0 < S 1000:1000(0) win 65535 <mss 1000>
                +.1 < R 1001:1001(0) win 0
                +.1 < S 3000:3000(0) win 65535 <mss 1000>
                * > S. 0:0(0) ack 3001 <...>
                +0 < R 3001:3001(0) win 0
                """,
            tampering: .init(line: 1, options: [253, 0, 0, 0])),
    ]

    /// §3.10.7.4: numbers that are not the next ones.
    private static let numbers = [
        Row(
            requirement: "RFC 9293 3.10.7.4 first", title: "text before the window is acknowledged again",
            script: open + "+.1 < . 991:1001(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end()),
        Row(
            requirement: "RFC 9293 3.10.7.4 first beyond", title: "text beyond the window is answered with an ACK",
            script: open + "+.1 < P. 1500001001:1500001011(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end()
        ),
        Row(
            requirement: "RFC 9293 3.10.7.4 first overlap", title: "of text that is old in part the rest is taken",
            script: open + "+.1 < P. 996:1006(10) ack 1 win 65535\n* > . ...(0) ack 1006 <...>\n" + end(1006)),
        Row(
            requirement: "RFC 9293 3.8.4", title: "a keep-alive, an octet before the window, is answered",
            script: open + "+.1 < . 1000:1000(0) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end()),
        Row(
            requirement: "RFC 9293 3.10.7.4 second", title: "a RST at RCV.NXT ends the connection",
            script: open + "+.1 < R 1001:1001(0) win 0\n" + expectGone),
        Row(
            requirement: "RFC 9293 SHLD-2", title: "a RST with text in it ends the connection as well",
            script: open + "+.1 < R 1001:1006(5) win 0\n" + expectGone),
        Row(
            requirement: "RFC 9293 3.10.7.4 fifth", title: "an ACK of what was never sent is answered with an ACK",
            script: open + "+.1 < . 1001:1001(0) ack 100000 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end()),
        Row(
            requirement: "RFC 5681 4.2", title: "text out of order is acknowledged at once",
            script: open + "+.1 < . 1101:1111(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end()),
    ]

    /// §3.10.7.4, sixth to eighth: text, urgent text, FIN.
    private static let text = [
        Row(
            requirement: "RFC 9293 3.10.7.4 seventh", title: "text is acknowledged without waiting for more",
            script: open + "+.1 < P. 1001:1011(10) ack 1 win 65535\n+0~+.5 > . ...(0) ack 1011 <...>\n" + end(1011)),
        Row(
            requirement: "RFC 9293 SHLD-19", title: "two full-sized segments are acknowledged",
            script: open + """
                +.1 < . 1001:2001(1000) ack 1 win 65535
                +0 < P. 2001:3001(1000) ack 1 win 65535
                * > . ...(0) ack 3001 <...>

                """ + end(3001)),
        Row(
            requirement: "RFC 9293 SHLD-31", title: "text behind a hole is kept until the hole is filled",
            script: open + """
                +.1 < P. 1011:1021(10) ack 1 win 65535
                +0 > . 1:1(0) ack 1001 <...>
                +0 < P. 1001:1011(10) ack 1 win 65535
                * > . ...(0) ack 1021 <...>

                """ + end(1021)),
        Row(
            requirement: "RFC 9293 MUST-30", title: "a segment with urgent text is taken",
            script: open + "+.1 < PU. 1001:1011(10) ack 1 win 65535 urg 5\n* > . ...(0) ack 1011 <...>\n" + end(1011)),
        Row(
            requirement: "RFC 9293 MUST-31", title: "urgent text may go on beyond its segment",
            script: open + """
                +.1 < PU. 1001:1011(10) ack 1 win 65535 urg 20
                +0 < PU. 1011:1021(10) ack 1 win 65535 urg 10
                * > . ...(0) ack 1021 <...>

                """ + end(1021)),
        Row(
            requirement: "RFC 9293 3.10.7.4 eighth", title: "a FIN is acknowledged",
            script: open + "+.1 < F. 1001:1001(0) ack 1 win 65535\n* > . ...(0) ack 1002 <...>\n" + end(1002)),
        Row(
            requirement: "RFC 9293 3.10.7.4 eighth hole", title: "a FIN behind a hole is not acknowledged",
            script: open + "+.1 < F. 1011:1011(0) ack 1 win 65535\n" + expectNext(1001) + end()),
    ]

    /// §3.6, §3.8: what a peer does that has something to send.
    private static let sending = [
        Row(
            requirement: "RFC 9293 3.6 half-close", title: "text still comes from a peer that has our FIN",
            script: open + "+.1 < FP. 1001:1011(10) ack 1 win 65535\n* > . 1:11(10) ack 1012 <...>\n" + end(1012),
            needsText: true),
        Row(
            requirement: "RFC 6298 5.4", title: "text that nobody acknowledges is repeated",
            script: open + """
                +.1 < P. 1001:1011(10) ack 1 win 65535
                * > . 1:11(10) ack 1011 <...>
                * > . 1:11(10) ack 1011 <...>

                """ + end(1011), needsText: true),
        Row(
            requirement: "RFC 9293 MUST-36", title: "a window of zero is probed",
            script: handshake(window: 0) + """
                +.1 < P. 1001:1011(10) ack 1 win 0
                * > . ...(0) ack 1011 <...>
                * > . ...(0) ack 1011 <...>

                """ + end(1011), needsText: true),
        Row(
            requirement: "RFC 9293 MUST-34", title: "a window that shrinks and opens again does no harm",
            script: open + """
                +.1 < . 1001:1001(0) ack 1 win 0
                +0 < P. 1001:1021(20) ack 1 win 0
                * > . ...(0) ack 1021 <...>
                +.05 < . 1021:1021(0) ack 1 win 65535
                * > . 1:21(20) ack 1021 <...>

                """ + end(1021), needsText: true),
    ]
}
