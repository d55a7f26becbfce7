/// RFC 5961: attackers who see nothing and guess well.
extension ConformancePack {
    static let hardening = ConformancePack(
        name: "rfc5961", title: "RFC 5961: blind attacks in the window",
        rows: [
            Row(
                requirement: "RFC 5961 3.2", title: "a RST inside the window earns a challenge ACK",
                script: open + "+.1 < R 1011:1011(0) win 0\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 3.2 answered", title: "whoever can answer the challenge ends the connection",
                script: open + "+.1 < R 1011:1011(0) win 0\n" + challenge + "+0 < R 1001:1001(0) win 0\n" + expectGone),
            Row(
                requirement: "RFC 5961 3.2 outside", title: "a RST outside the window is dropped without a word",
                script: open + "+.1 < R 1000:1000(0) win 0\n+.9 < . 991:1001(10) ack 1 win 65535\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 3.2 beyond", title: "so is one beyond the window",
                script: open + "+.1 < R 1500001001:1500001001(0) win 0\n+.9 < . 991:1001(10) ack 1 win 65535\n"
                    + challenge + end()),
            Row(
                requirement: "RFC 5961 4.2", title: "a SYN in ESTABLISHED earns a challenge ACK",
                script: open + "+.1 < S 1101:1101(0) win 65535\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 4.2 exact", title: "so does one with the next number",
                script: open + "+.1 < S 1001:1001(0) win 65535\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 4.2 SYN,ACK", title: "so does a SYN,ACK",
                script: open + "+.1 < S. 1101:1101(0) ack 1 win 65535\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 5.2", title: "text with an ACK far below SND.UNA is not taken",
                script: open + "+.1 < P. 1001:1011(10) ack 4294867296 win 65535\n" + challenge + end()),
            Row(
                requirement: "RFC 5961 5.2 above", title: "nor is text with an ACK above SND.NXT",
                script: open + "+.1 < P. 1001:1011(10) ack 100000 win 65535\n" + challenge + end()),
        ])

    private static let challenge = "+0 > . 1:1(0) ack 1001 <...>\n"
}
