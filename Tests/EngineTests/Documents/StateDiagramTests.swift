import Engine
import Foundation
import TestSupport
import Testing

/// docs/state-machine.md is drawn from `State.successors`, so that the picture cannot lie.
@Suite struct StateDiagramTests {
    private static let document = Checkout.root.appending(path: "docs/state-machine.md")

    @Test func theDocumentShowsEveryEdgeAndNoOther() throws {
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
            try Self.text.write(to: Self.document, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(written == Self.text, "UPDATE_DOCS=1 swift test --filter StateDiagramTests draws it anew")
    }

    private static var text: String {
        let heading = """
            # The states of a connection

            Drawn from `State.successors` in `Sources/Engine/Wire/State.swift`; a test keeps the two equal
            (`UPDATE_DOCS=1 swift test --filter StateDiagramTests` draws it anew). The edge to CLOSED that an abort, a reset
            or a timeout takes from every state is left out.

            ```mermaid
            stateDiagram-v2
                [*] --> CLOSED

            """
        let edges = State.allCases.flatMap { state in
            State.allCases.filter { isDrawn(from: state, to: $0) }.map { "    \(mark(state)) --> \(mark($0))\n" }
        }
        return heading + edges.joined() + "```\n"
    }

    /// Only the two orderly ends lead to CLOSED in the picture.
    private static func isDrawn(from state: State, to next: State) -> Bool {
        guard state.successors.contains(next), state != next else { return false }
        return next != .closed || state == .timeWait || state == .lastAck
    }

    /// Mermaid takes a hyphen for an operator.
    private static func mark(_ state: State) -> String { state.name.replacing("-", with: "_") }
}
