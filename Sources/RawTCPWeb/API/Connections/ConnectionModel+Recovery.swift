import Engine

extension ConnectionSnapshot {
    /// What is known of losses and reordering, and what was sent to repair them.
    var recoveryJSON: JSON {
        [
            "phase": .string(recovery.phase.rawValue),
            "pipe": .integer(recovery.pipe),
            "sacked": .integer(recovery.sacked),
            "reorderingSeen": .bool(recovery.hasSeenReordering),
            "reorderingWindow": recovery.reorderingWindow.json,
            "spuriousUndone": .integer(counters.spuriousRecoveries),
            "repairs": .object(Cause.repairs.map { .init($0.name, .integer(counters.repairs[$0])) }),
        ]
    }

    /// What was seen of explicit congestion notification.
    var ecnJSON: JSON {
        let received = ecn.received
        return [
            "received": [
                "notEct": .integer(received.notCapable), "ect0": .integer(received.capable0),
                "ect1": .integer(received.capable1), "ce": .integer(received.congestion),
            ],
            "echoes": .integer(counters.congestionEchoes),
            "bleached": .bool(received.isBleached),
        ]
    }
}
