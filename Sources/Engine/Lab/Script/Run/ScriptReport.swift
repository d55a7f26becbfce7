/// How a script is to be run.
public struct ScriptSetting: Sendable {
    public var personality: Personality
    /// Chooses what a stack chooses at random: initial sequence numbers, ports, timestamps' offsets.
    public var seed: UInt64
    /// The initial sequence number of every connection; nil: the seed decides.
    public var initialSequence: SequenceNumber?

    public init(personality: Personality = .standard, seed: UInt64 = 0) {
        self.personality = personality
        self.seed = seed
    }
}

extension Personality {
    /// The names that `#ifdef` finds in a script that is run for this stack.
    public var definitions: [String: String] {
        switch self {
        case .standard: ["STANDARD": "1"]
        case .linux:
            // What the runner of Linux's own scripts defines: the Fast Open cookies for packetdrill's addresses under the key of
            // `defaults.sh`, and under one of zeros.
            ["STANDARD": "1", "Linux": "1", "TFO_COOKIE": "3021b9d889017eeb", "TFO_COOKIE_ZERO": "b7c12350a90dc8f5"]
        case .freebsd, .freebsd12: ["FreeBSD": "1"]
        }
    }
}

/// What became of a script in which everything was as it said.
public struct ScriptReport: Sendable {
    /// Steps that were run: packets, calls, settings, assertions.
    public let lines: Int
    /// Shell commands that have no meaning here.
    public let ignored: [String]
    /// From the script's start to its last step.
    public let duration: Interval
    /// Every segment, sent and received.
    public let log: LogSnapshot
}

/// The first step of a script that was not as it said.
public struct ScriptFailure: Error, Sendable {
    public let line: Int
    /// The line as it is written.
    public let source: String
    public let expected: String
    public let actual: String
    /// Every segment up to then.
    public let log: LogSnapshot
}

/// Why a script did not pass.
public enum ScriptProblem: Error, Sendable {
    case unsupported(ScriptError)
    case failed(ScriptFailure)
}
