/// A set of requirements, each with a script that tells whether a peer meets it.
package struct ConformancePack: Sendable {
    /// One requirement.
    package struct Row: Sendable {
        package let requirement: String
        package let title: String
        /// Against a port where the peer listens. The last expected segment decides; one before it that is missing, or
        /// different, leaves the question open.
        package let script: String
    }

    package let name: String
    package let title: String
    package let rows: [Row]

    /// All packs.
    package static let all = [standard, hardening]

    private static let open = """
        0 < S 1000:1000(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1001 <...>
        +0 < . 1001:1001(0) ack 1 win 65535

        """
    private static let end = "+0 < R. 1001:1001(0) ack 1 win 0\n"

    /// RFC 9293 §3.10.7, as far as a stranger can see it.
    private static let standard = ConformancePack(
        name: "rfc9293", title: "RFC 9293: what arrives in LISTEN and ESTABLISHED",
        rows: [
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
                requirement: "RFC 9293 MUST-6", title: "unknown options in a SYN are ignored",
                script: """
                    0 < S 1000:1000(0) win 65535 <mss 1000,253 0a0b0c0d,77 0102>
                    +0 > S. 0:0(0) ack 1001 <...>
                    +0 < R 1001:1001(0) win 0
                    """),
            Row(
                requirement: "RFC 9293 3.10.7.4 first", title: "text before the window is acknowledged again",
                script: open + "+.1 < . 991:1001(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
            Row(
                requirement: "RFC 9293 3.10.7.4 fifth", title: "an ACK of what was never sent is answered with an ACK",
                script: open + "+.1 < . 1001:1001(0) ack 100000 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
            Row(
                requirement: "RFC 9293 3.10.7.4 second", title: "a RST at RCV.NXT ends the connection",
                script: open + """
                    +.1 < R 1001:1001(0) win 0
                    +.1 < . 1001:1001(0) ack 1 win 65535
                    +0 > R 1:1(0) <...>
                    """),
            Row(
                requirement: "RFC 5681 4.2", title: "text out of order is acknowledged at once",
                script: open + "+.1 < . 1101:1111(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
        ])

    /// RFC 5961, and what goes with it.
    private static let hardening = ConformancePack(
        name: "rfc5961", title: "RFC 5961: blind attacks in the window",
        rows: [
            Row(
                requirement: "RFC 5961 3.2", title: "a RST inside the window earns a challenge ACK",
                script: open + "+.1 < R 1011:1011(0) win 0\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
            Row(
                requirement: "RFC 5961 3.2 outside", title: "a RST outside the window is dropped without a word",
                script: open + """
                    +.1 < R 1000:1000(0) win 0
                    +1 < . 991:1001(10) ack 1 win 65535
                    +0 > . 1:1(0) ack 1001 <...>

                    """ + end),
            Row(
                requirement: "RFC 5961 4.2", title: "a SYN in ESTABLISHED earns a challenge ACK",
                script: open + "+.1 < S 1101:1101(0) win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
            Row(
                requirement: "RFC 5961 5.2", title: "an ACK far below SND.UNA is not taken",
                script: open + "+.1 < P. 1001:1011(10) ack 4294867296 win 65535\n+0 > . 1:1(0) ack 1001 <...>\n" + end),
        ])
}
