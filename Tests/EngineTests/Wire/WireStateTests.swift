import Engine
import Testing

@Suite struct WireStateTests {
    /// The arrows of RFC 9293 §3.3.2, Figure 5, and its notes.
    private let figure5: [State: Set<State>] = [
        .closed: [.listen, .synSent],
        .listen: [.synReceived, .synSent, .closed],
        .synSent: [.synReceived, .established, .closed],
        // Note 1: a reset of a passive open returns to LISTEN.
        .synReceived: [.established, .finWait1, .listen],
        .established: [.finWait1, .closeWait],
        // Note 2: a segment that both acknowledges our FIN and carries the peer's leads to TIME-WAIT.
        .finWait1: [.finWait2, .closing, .timeWait],
        .finWait2: [.timeWait],
        .closeWait: [.lastAck],
        .closing: [.timeWait],
        .lastAck: [.closed],
        .timeWait: [.closed],
    ]

    @Test(arguments: State.allCases)
    func edgesAreThoseOfFigure5AndTheDocumentedOnes(state: State) throws {
        var expected = try #require(figure5[state])
        expected.insert(.closed)  // an abort, a reset or a timeout
        if state == .synReceived { expected.insert(.closeWait) }  // the ACK of our SYN carries the peer's FIN
        #expect(state.successors == expected)
    }

    @Test(arguments: State.allCases)
    func namesAreReadBack(state: State) {
        #expect(State(name: state.name) == state)
    }

    @Test func everyStateIsReachedFromClosed() {
        var reached: Set<State> = [.closed]
        for _ in State.allCases { for state in reached { reached.formUnion(state.successors) } }
        #expect(reached == Set(State.allCases))
    }
}
