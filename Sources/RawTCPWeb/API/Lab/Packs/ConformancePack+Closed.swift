/// RFC 9293 §3.10.7.1, at a port where nobody listens.
extension ConformancePack {
    static let closed = ConformancePack(
        name: "rfc9293-closed", title: "RFC 9293: what arrives at a port where nobody listens",
        rows: [
            row("SYN", "a SYN is refused", "S 1000:1000(0) win 1000 <mss 1000>", "R. 0:0(0) ack 1001"),
            row("SYN with text", "so is one with text, all of it", "S 1000:1010(10) win 1000", "R. 0:0(0) ack 1011"),
            row("FIN", "a FIN counts as one", "F 1000:1000(0) win 1000", "R. 0:0(0) ack 1001"),
            row("no flags", "nothing but text is acknowledged too", "- 1000:1005(5) win 1000", "R. 0:0(0) ack 1005"),
            row("ACK", "an ACK earns a RST with its number", ". 1000:1000(0) ack 5000 win 1000", "R 5000:5000(0)"),
            row("ACK with text", "so does text with an ACK", "P. 1000:1010(10) ack 5000 win 1000", "R 5000:5000(0)"),
            row("SYN,ACK", "so does a SYN,ACK", "S. 1000:1000(0) ack 5000 win 1000", "R 5000:5000(0)"),
            row("FIN,ACK", "so does a FIN,ACK", "F. 1000:1000(0) ack 5000 win 1000", "R 5000:5000(0)"),
            Row(
                requirement: "RFC 9293 3.10.7.1 RST", title: "a RST is answered with nothing",
                script: """
                    0 < R. 1000:1000(0) ack 7000 win 1000
                    +0 < R 1000:1000(0) win 1000
                    +0 < . 1000:1000(0) ack 5000 win 1000
                    +0 > R 5000:5000(0) <...>
                    """),
        ])

    private static func row(_ form: String, _ title: String, _ sent: String, _ answer: String) -> Row {
        Row(requirement: "RFC 9293 3.10.7.1 \(form)", title: title, script: "0 < \(sent)\n+0 > \(answer) <...>")
    }
}
