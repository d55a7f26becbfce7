/// Why a segment was sent, or what became of a received one: the engine's own knowledge, never a guess.
public enum Cause: UInt8, CaseIterable, Hashable, Sendable {
    // Sent.
    case syn, synAck, data, ack, delayedAck, duplicateAck, fin, rst, rto, fastRetransmit, sackRetransmit
    case rackRetransmit, tailLossProbe, windowProbe, windowUpdate, keepAlive, challengeAck, crafted, scenario
    case mtuRetransmit
    // Received.
    case accepted, duplicate, outOfOrder, outOfWindow, oldAck, badChecksum, malformed, unknownConnection, paws
    case impaired
    // Neither ours.
    case observed, kernelTwin

    /// The word in the HTTP contract: `syn-ack`, `fast-retransmit`, …
    public var name: String {
        switch self {
        case .syn: "syn"
        case .synAck: "syn-ack"
        case .data: "data"
        case .ack: "ack"
        case .delayedAck: "delayed-ack"
        case .duplicateAck: "duplicate-ack"
        case .fin: "fin"
        case .rst: "rst"
        case .rto: "rto"
        case .fastRetransmit: "fast-retransmit"
        case .sackRetransmit: "sack-retransmit"
        case .rackRetransmit: "rack-retransmit"
        case .tailLossProbe: "tail-loss-probe"
        case .windowProbe: "window-probe"
        case .windowUpdate: "window-update"
        case .keepAlive: "keep-alive"
        case .challengeAck: "challenge-ack"
        case .crafted: "crafted"
        case .scenario: "scenario"
        case .mtuRetransmit: "mtu-retransmit"
        case .accepted: "accepted"
        case .duplicate: "duplicate"
        case .outOfOrder: "out-of-order"
        case .outOfWindow: "out-of-window"
        case .oldAck: "old-ack"
        case .badChecksum: "bad-checksum"
        case .malformed: "malformed"
        case .unknownConnection: "unknown-connection"
        case .paws: "paws"
        case .impaired: "impaired"
        case .observed: "observed"
        case .kernelTwin: "kernel-twin"
        }
    }

    /// The cause with this name in the contract, or nil.
    public init?(name: String) {
        guard let cause = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = cause
    }

    /// The causes that repair losses, from the last resort to the first.
    public static let repairs: [Cause] = [.rto, .fastRetransmit, .sackRetransmit, .rackRetransmit, .tailLossProbe]

    /// True for the causes that repeat octets which were sent before.
    public var isRetransmission: Bool {
        switch self {
        case .rto, .fastRetransmit, .sackRetransmit, .rackRetransmit, .tailLossProbe, .mtuRetransmit: true
        default: false
        }
    }
}
