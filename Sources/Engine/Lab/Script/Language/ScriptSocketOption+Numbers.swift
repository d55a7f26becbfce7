/// Options by their numbers, which scripts give where their packetdrill had no name for them.
extension ScriptSocketOption {
    /// The arguments of a call with the name of the option that they give Linux's number of; as they are where it gives none.
    static func named(_ call: String, _ arguments: [ScriptExpression]) -> [ScriptExpression] {
        guard call == "setsockopt" || call == "getsockopt", arguments.count > 2, let number = arguments[2].number,
            let option = numbers(at: arguments[1])[number]
        else { return arguments }
        var arguments = arguments
        arguments[2] = .word(option.rawValue)
        return arguments
    }

    /// Linux's numbers at a level, which is a name or a number, too.
    private static func numbers(at level: ScriptExpression) -> [Int64: Self] {
        switch (level.words.first, level.number) {
        case ("SOL_SOCKET", _), (_, 1): ofSocket
        case ("SOL_TCP", _), ("IPPROTO_TCP", _), (_, 6): ofTCP
        case ("SOL_IP", _), ("IPPROTO_IP", _), (_, 0): ofIP
        case ("SOL_IPV6", _), ("IPPROTO_IPV6", _), (_, 41): ofIPv6
        default: [:]
        }
    }

    private static let ofSocket: [Int64: Self] = [
        1: .debug, 2: .reuseAddress, 4: .error, 7: .sendBuffer, 8: .receiveBuffer, 9: .keepAlive, 12: .priority,
        13: .linger, 15: .reusePort, 32: .sendBufferForced, 33: .receiveBufferForced, 36: .mark, 60: .zeroCopy,
    ]

    private static let ofTCP: [Int64: Self] = [
        1: .noDelay, 2: .maximumSegment, 3: .cork, 4: .keepIdle, 5: .keepInterval, 6: .keepCount, 7: .synCount,
        8: .finWait2Timeout, 9: .deferAccept, 11: .info, 12: .quickAck, 13: .congestion, 18: .userTimeout,
        23: .fastOpen, 25: .notSentLowWater, 30: .fastOpenConnect, 33: .fastOpenKey, 34: .fastOpenNoCookie,
        36: .inQueue,
    ]

    private static let ofIP: [Int64: Self] = [
        1: .typeOfService, 2: .timeToLive, 10: .pathDiscovery, 11: .errorQueue, 24: .bindsNoPort, 51: .localPorts,
    ]

    private static let ofIPv6: [Int64: Self] = [
        16: .hopLimit, 23: .pathDiscoveryV6, 25: .errorQueueV6, 26: .onlyV6, 67: .trafficClass,
    ]
}
