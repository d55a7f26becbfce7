/// A set of requirements, each with a script that tells whether a peer meets it.
package struct ConformancePack: Sendable {
    /// One requirement.
    package struct Row: Sendable {
        package let requirement: String
        package let title: String
        /// The last expected segment decides; one before it that is missing, or different, leaves the question open. A line at
        /// `*` waits for a segment that fits and passes over others: what a service sends of its own accord is not the
        /// question. `...(0)` is any segment with these flags and this acknowledgment, with text or without.
        package let script: String
        /// What the language cannot say: a fault in one of the segments.
        package var tampering: WireScript.Tampering?
        /// Only a service that sends something, such as echo, can show it: if none does, the question stays open.
        package var needsText = false
    }

    package let name: String
    package let title: String
    package let rows: [Row]

    /// All packs.
    package static let all = [arrival, closed, hardening, options]
}

/// Pieces of scripts.
extension ConformancePack {
    /// A handshake, three lines; afterwards the peer's RCV.NXT is 1001, and its SND.NXT 1.
    static let open = handshake(window: 65_535)

    /// A handshake by a peer that announces this window.
    static func handshake(window: Int) -> String {
        """
        0 < S 1000:1000(0) win \(window) <mss 1000>
        +0 > S. 0:0(0) ack 1001 <...>
        +0 < . 1001:1001(0) ack 1 win \(window)

        """
    }

    /// A RST at RCV.NXT: nothing stays behind.
    static func end(_ number: Int = 1001) -> String { "+0 < R. \(number):\(number)(0) ack 1 win 0\n" }

    /// Asks what the peer's RCV.NXT is: old text earns an ACK.
    static func expectNext(_ number: Int) -> String {
        """
        +.1 < . 991:1001(10) ack 1 win 65535
        * > . 1:1(0) ack \(number) <...>

        """
    }

    /// Asks whether the connection is gone: a listener answers an ACK out of the blue with a RST.
    static let expectGone = "+.1 < . 1001:1001(0) ack 1 win 65535\n* > R 1:1(0) <...>\n"
}
