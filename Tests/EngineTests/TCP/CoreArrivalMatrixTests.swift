import Engine
import Testing

/// SEGMENT ARRIVES (RFC 9293 §3.10.7) as a table: every state, every kind of arrival.
@Suite struct CoreArrivalMatrixTests {
    /// What comes. `=` is exact (RCV.NXT, or all that we have sent), `~` inside the window, `!` outside of it; `-` an
    /// acknowledgment below, `+` one above what we have sent; `°` comes without the ACK flag.
    static let arrivals = [
        "SYN~", "SYN,ACK", "ACK-", "ACK=", "ACK+", "text=", "text!", "FIN=", "FIN°", "RST=", "RST=°", "RST~", "RST~°",
        "RST!",
        "RST!°",
    ]

    /// What goes out in answer (`-`: nothing), and behind `>` the state that follows, where it is another one.
    ///
    /// Where the RFC leaves a choice: a RST in TIME-WAIT is ignored (RFC 1337), one inside the window is challenged, and so is a
    /// SYN (RFC 5961 §3, §4). An in-window SYN, or an exact RST, in SYN-RECEIVED goes back to LISTEN, which ends the connection.
    static let table = """
                     SYN~       SYN,ACK  ACK-  ACK=  ACK+  text=   text!  FIN=    FIN°  RST=  RST=°  RST~  RST~°  RST!  RST!°
        CLOSED       rst        rst      rst   rst   rst   rst     rst    rst     rst   -     -      -     -      -     -
        LISTEN       syn-ack>SR rst      rst   rst   rst   rst     rst    rst     -     -     -      -     -      -     -
        SYN-SENT     syn-ack>SR ack>ES   rst   -     rst   -       -      -       -     ->CL  -      ->CL  -      ->CL  -
        SYN-RECEIVED ->CL       ->CL     rst   ->ES  rst   ack>ES  ack    ack>CW  -     ->CL  ->CL   ack   ack    -     -
        ESTABLISHED  ack        ack      -     -     ack   ack     ack    ack>CW  -     ->CL  ->CL   ack   ack    -     -
        FIN-WAIT-1   ack        ack      -     ->F2  ack   ack>F2  ack    ack>TW  -     ->CL  ->CL   ack   ack    -     -
        FIN-WAIT-2   ack        ack      -     -     ack   ack     ack    ack>TW  -     ->CL  ->CL   ack   ack    -     -
        CLOSE-WAIT   ack        ack      -     -     ack   -       ack    -       -     ->CL  ->CL   ack   ack    -     -
        CLOSING      ack        ack      -     ->TW  ack   ->TW    ack    ->TW    -     ->CL  ->CL   ack   ack    -     -
        LAST-ACK     ack        ack      -     ->CL  ack   ->CL    ack    ->CL    -     ->CL  ->CL   ack   ack    -     -
        TIME-WAIT    ack        ack      -     -     -     ack     ack    ack     ack   -     -      -     -      -     -
        """

    struct Row: Sendable, CustomTestStringConvertible {
        let state: State
        let cells: [String]
        var testDescription: String { state.name }
    }

    static let rows: [Row] = table.split(separator: "\n").dropFirst().compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        return State(name: words[0]).map { Row(state: $0, cells: Array(words.dropFirst())) }
    }

    @Test func theTableIsComplete() {
        #expect(Set(Self.rows.map(\.state)) == Set(State.allCases))
        #expect(Self.rows.allSatisfy { $0.cells.count == Self.arrivals.count })
    }

    @Test("RFC 9293 §3.10.7: every kind of segment in every state", arguments: rows)
    func everyArrivalInEveryState(row: Row) throws {
        for (arrival, cell) in zip(Self.arrivals, row.cells) {
            let parts = cell.split(separator: ">").map(String.init)
            let expected = parts.count > 1 ? Self.state(abbreviated: parts[1]) : row.state
            var host = try Script(row.state)
            host.arrive(arrival, in: row.state)
            host.advance(.milliseconds(50))
            let answer = try Self.kind(of: host.next())
            #expect(answer == parts[0], "\(arrival) in \(row.state)")
            let state = host.connection?.state ?? (row.state == .listen ? .listen : .closed)
            #expect(state == expected, "\(arrival) in \(row.state)")
        }
    }

    private static func state(abbreviated text: String) -> State {
        switch text {
        case "CL": .closed
        case "SR": .synReceived
        case "ES": .established
        case "F2": .finWait2
        case "CW": .closeWait
        default: .timeWait
        }
    }

    private static func kind(of segment: SentSegmentView?) -> String {
        guard let flags = segment?.header.flags else { return "-" }
        if flags.contains(.rst) { return "rst" }
        return flags.contains(.syn) ? "syn-ack" : "ack"
    }
}

extension Script {
    /// One of the table's arrivals, in a state that was come to by the shortest way.
    fileprivate mutating func arrive(_ arrival: String, in state: State) {
        let next = [.closeWait, .closing, .lastAck, .timeWait].contains(state) ? 1 : 0
        let sent = [.finWait1, .finWait2, .closing, .lastAck, .timeWait].contains(state) ? 1 : 0
        switch arrival {
        case "SYN~": peer(.syn, seq: next + 10)
        case "SYN,ACK": peer([.syn, .ack], seq: state == .synSent ? -1 : next + 10, ack: sent)
        case "ACK-": peer(.ack, seq: next, ack: sent - 100)
        case "ACK=": peer(.ack, seq: next, ack: sent)
        case "ACK+": peer(.ack, seq: next, ack: sent + 100)
        case "text=": peer(.ack, seq: next, ack: sent, length: 5)
        case "text!": peer(.ack, seq: next + 100_000, ack: sent, length: 5)
        case "FIN=": peer([.fin, .ack], seq: next, ack: sent)
        case "FIN°": peer(.fin, seq: next)
        case "RST=": peer([.rst, .ack], seq: next, ack: sent)
        case "RST=°": peer(.rst, seq: next)
        case "RST~": peer([.rst, .ack], seq: next + 10, ack: sent)
        case "RST~°": peer(.rst, seq: next + 10)
        case "RST!": peer([.rst, .ack], seq: next - 100_000, ack: sent)
        default: peer(.rst, seq: next - 100_000)
        }
    }
}
