/// What a peer does with options that it has agreed to.
extension ConformancePack {
    static let options = ConformancePack(
        name: "options", title: "RFC 2018, RFC 2883, RFC 7323: options that were agreed to",
        rows: [
            Row(
                requirement: "RFC 2018 3", title: "who did not permit SACK gets none",
                script: open + "+.1 < . 1101:1111(10) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n" + end()),
            Row(
                requirement: "RFC 2018 4", title: "text behind a hole is reported",
                script: openPermittingSACK + """
                    +.1 < . 1101:1111(10) ack 1 win 65535
                    +0 > . 1:1(0) ack 1001 <nop,nop,sack 1101:1111>

                    """ + end()),
            Row(
                requirement: "RFC 2018 4 newest", title: "the newest block is told first",
                script: openPermittingSACK + """
                    +.1 < . 1101:1111(10) ack 1 win 65535
                    +0 > . 1:1(0) ack 1001 <nop,nop,sack 1101:1111>
                    +0 < . 1201:1211(10) ack 1 win 65535
                    +0 > . 1:1(0) ack 1001 <nop,nop,sack 1201:1211 1101:1111>

                    """ + end()),
            Row(
                requirement: "RFC 2883 4", title: "text that came twice is reported as such",
                script: openPermittingSACK + """
                    +.1 < P. 1001:1011(10) ack 1 win 65535
                    * > . ...(0) ack 1011 <...>
                    +.1 < P. 1001:1011(10) ack 1 win 65535
                    * > . ...(0) ack 1011 <nop,nop,sack 1001:1011>

                    """ + end(1011)),
            Row(
                requirement: "RFC 7323 5.3 R1", title: "text with an old timestamp is dropped and acknowledged (PAWS)",
                script: openWithTimestamps + """
                    +.1 < P. 1001:1011(10) ack 1 win 65535 <nop,nop,TS val 900 ecr 1>
                    +0 > . 1:1(0) ack 1001 <...>

                    """ + end()),
            Row(
                requirement: "RFC 7323 4.3", title: "an ACK out of order echoes the last timestamp in order",
                script: openWithTimestamps + """
                    +.1 < . 1101:1111(10) ack 1 win 65535 <nop,nop,TS val 1100 ecr 1>
                    +0 > . 1:1(0) ack 1001 <nop,nop,TS val 1 ecr 1001>

                    """ + end()),
            Row(
                requirement: "RFC 7323 3.2", title: "a RST needs no timestamp",
                script: openWithTimestamps + "+.1 < R 1001:1001(0) win 0\n" + expectGone),
        ])

    private static let openPermittingSACK = """
        0 < S 1000:1000(0) win 65535 <mss 1000,nop,nop,sackOK>
        +0 > S. 0:0(0) ack 1001 <...>
        +0 < . 1001:1001(0) ack 1 win 65535

        """

    private static let openWithTimestamps = """
        0 < S 1000:1000(0) win 65535 <mss 1000,nop,nop,TS val 1000 ecr 0>
        +0 > S. 0:0(0) ack 1001 <...>
        +0 < . 1001:1001(0) ack 1 win 65535 <nop,nop,TS val 1001 ecr 1>

        """
}
