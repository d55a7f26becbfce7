/// `setsockopt` and `getsockopt`.
extension ScriptRunner {
    mutating func setOption(
        _ call: ScriptCall, _ socket: inout ScriptSocket
    ) throws(ScriptProblem) -> ScriptCallResult {
        let word = call.arguments[2].words.first ?? ""
        guard let option = ScriptSocketOption(rawValue: word) else {
            throw unsupported(word, "no option that is known")
        }
        let value = call.arguments[3].firstNumber ?? call.arguments[3].words.first.flatMap(ScriptVocabulary.constant)
        switch option {
        case .linger:
            let linger = call.arguments[3].lingerTime
            guard let linger else { throw unsupported(word, "needs {onoff=1, linger=0}, or two numbers") }
            socket.abortsOnClose = linger.isOn && linger.seconds == 0
            return .value(0)
        case .congestion:
            guard case .string(let octets) = call.arguments[3].firstItem,
                let algorithm = ScriptKnobs.algorithm(String(decoding: octets, as: UTF8.self))
            else { return .failure("ENOENT") }
            socket.options.congestion = algorithm
        case .fastOpenKey:
            guard case .string(let octets) = call.arguments[3].firstItem, call.arguments.last?.number == 16,
                let key = FastOpenKey(octets)
            else { return .failure("EINVAL") }
            socket.fastOpenKey = key
        case _ where option.isInert: socket.inert[option] = value ?? 0
        default:
            guard let value else { throw unsupported(word, "needs a number, like [1]") }
            if let errno = set(option, value, &socket) { return .failure(errno) }
        }
        apply(socket)
        return .value(0)
    }

    /// Takes over a number; the errno if it can't be.
    private func set(_ option: ScriptSocketOption, _ value: Int64, _ socket: inout ScriptSocket) -> String? {
        switch option {
        case .reuseAddress, .reusePort: socket.reusesAddress = value != 0
        case .noDelay: setNoDelay(&socket, value != 0)
        case .cork, .noPush: setCorked(&socket, value != 0)
        case .fastOpen: socket.isFastOpen = value != 0
        case .fastOpenConnect:
            guard knobs.fastOpen & ScriptKnobs.FastOpenBits.client != 0 else { return "EOPNOTSUPP" }
            socket.defersConnect = value != 0
        case .fastOpenNoCookie: socket.needsNoCookie = value != 0
        case .inQueue: socket.tellsInQueue = value != 0
        case .synCount: return setSynCount(&socket, value)
        case .quickAck: socket.options.delayedAck = value == 0
        case .noOptions: setOptions(&socket, isOn: value == 0)
        case .keepAlive:
            socket.asksToKeepAlive = value != 0
            socket.options.keepAlive = value != 0 || knobs.alwaysKeepsAlive ? socket.keepAlive : nil
        case .keepIdle: return setKeepAlive(&socket, value) { $0.idle = .seconds(value) }
        case .keepInterval: return setKeepAlive(&socket, value) { $0.interval = .seconds(value) }
        case .keepCount: return setKeepAlive(&socket, value) { $0.count = Int(min(value, 127)) }
        case .keepInit: socket.options.habits.synTimeout = value > 0 ? .seconds(min(value, 1 << 20)) : nil
        case .maximumSegment: return setMaximumSegment(&socket, value)
        case .receiveBuffer, .receiveBufferForced: setReceiveBuffer(&socket, Int(min(max(value, 4_096), 1 << 24)))
        case .sendBuffer, .sendBufferForced: setSendBuffer(&socket, Int(min(max(value, 4_096), 1 << 24)))
        case .timeToLive, .hopLimit:
            guard let ttl = UInt8(exactly: value), ttl > 0 else { return "EINVAL" }
            socket.options.ttl = ttl
        case .typeOfService, .trafficClass: socket.options.dscp = UInt8(truncatingIfNeeded: value) >> 2
        case .localPorts: return setPorts(&socket, value)
        case .finWait2Timeout:
            socket.options.habits.finWait2Timeout =
                value == 0 ? knobs.options.habits.finWait2Timeout : .seconds(min(max(value, 0), 1 << 20))
        case .deferAccept: socket.options.habits.acceptDeferral = ScriptKnobs.repetitions(within: value)
        case .userTimeout: socket.options.userTimeout = value > 0 ? .milliseconds(min(value, 1 << 40)) : nil
        case .error, .linger, .congestion, .fastOpenKey, .info, .onlyV6, .pathDiscovery, .pathDiscoveryV6, .errorQueue,
            .errorQueueV6, .zeroCopy, .debug, .priority, .mark, .noSignal, .notSentLowWater, .bindsNoPort:
            return "ENOPROTOOPT"
        }
        return nil
    }

    private func setSynCount(_ socket: inout ScriptSocket, _ value: Int64) -> String? {
        guard (1...127).contains(value) else { return "EINVAL" }
        socket.options.habits.synTimeout = ScriptKnobs.synTimeout(Int(value))
        socket.options.habits.synAckRetries = Int(value)
        return nil
    }

    private func setMaximumSegment(_ socket: inout ScriptSocket, _ value: Int64) -> String? {
        guard let size = UInt16(exactly: value), size >= 88 else { return "EINVAL" }
        socket.options.mss = size
        return nil
    }

    private func setNoDelay(_ socket: inout ScriptSocket, _ isOn: Bool) {
        socket.options.nagle = !isOn
        // Who wants no delay wants none for what waits already.
        if isOn { setCork(socket, .none) }
    }

    private func setCorked(_ socket: inout ScriptSocket, _ isOn: Bool) {
        socket.isCorked = isOn
        setCork(socket, isOn ? .untilRemoved : .none)
    }

    /// The lower half is the first port, the upper half the last; zero is no range.
    private func setPorts(_ socket: inout ScriptSocket, _ value: Int64) -> String? {
        let (first, last) = (UInt16(truncatingIfNeeded: value), UInt16(truncatingIfNeeded: value >> 16))
        guard first <= last else { return "EINVAL" }
        socket.ports = value == 0 ? nil : first...last
        return nil
    }

    /// TCP_NOOPT: what the SYN carries.
    private func setOptions(_ socket: inout ScriptSocket, isOn: Bool) {
        socket.options.habits.omitsOptions = !isOn
        socket.options.sack = isOn && knobs.options.sack
        socket.options.timestamps = isOn && knobs.options.timestamps
        socket.options.windowScale = isOn ? knobs.options.windowScale : nil
    }

    /// When the connection is probed, if it is at all.
    private func setKeepAlive(
        _ socket: inout ScriptSocket, _ value: Int64, _ change: (inout KeepAlive) -> Void
    ) -> String? {
        guard value > 0, value <= 32_767 else { return "EINVAL" }
        change(&socket.keepAlive)
        if socket.options.keepAlive != nil { socket.options.keepAlive = socket.keepAlive }
        return nil
    }

    /// Linux doubles the number for its own bookkeeping, and lets half of that be window.
    private func setReceiveBuffer(_ socket: inout ScriptSocket, _ octets: Int) {
        socket.options.receiveBuffer = octets
        socket.options.habits.receiveMemory?.isFixed = true
        socket.connection.flatMap { try? stack.connection($0) }?.setReceiveBuffer(octets)
        // Nothing more than it will ever be needed: the shift follows.
        if knobs.personality == .linux, !host.isReplay, socket.options.windowScale != nil {
            socket.options.windowScale = ScriptKnobs.shift(for: octets)
        }
    }

    private func setSendBuffer(_ socket: inout ScriptSocket, _ octets: Int) {
        let isLinux = knobs.personality == .linux
        socket.hasFixedSendBuffer = true
        socket.options.sendBuffer = octets * (isLinux ? 2 : 1)
        socket.options.habits.countsSendMemory = isLinux && !host.isReplay
        guard socket.options.habits.countsSendMemory else { return }
        let connection = socket.connection.flatMap { try? stack.connection($0) }
        connection?.countSendMemory(limit: socket.options.sendBuffer)
    }

    private func setCork(_ socket: ScriptSocket, _ cork: Connection.Cork) {
        socket.connection.flatMap { try? stack.connection($0) }?.cork = cork
    }

    /// What a connection or a listener that exists takes over.
    private mutating func apply(_ socket: ScriptSocket) {
        if case .listening = socket.phase {
            var socket = socket
            setFastOpen(&socket)
            updateListener(socket)
        }
        guard let id = socket.connection else { return }
        if let connection = try? stack.connection(id) {
            if connection.state == .synSent { connection.limitSyn(to: socket.options.habits.synTimeout) }
            connection.limitFinWait2(to: socket.options.habits.finWait2Timeout)
        }
        var change = ConnectionChange()
        change.nagle = socket.options.nagle
        change.delayedAck = socket.options.delayedAck
        change.userTimeout = .some(socket.options.userTimeout)
        change.keepAlive = .some(socket.options.keepAlive)
        change.ttl = socket.options.ttl
        change.dscp = socket.options.dscp
        change.congestion = socket.options.congestion
        try? stack.change(id, change, at: time, wall: wall)
    }

    mutating func getOption(
        _ call: ScriptCall, _ socket: inout ScriptSocket
    ) throws(ScriptProblem) -> ScriptCallResult {
        let word = call.arguments[2].words.first ?? ""
        guard let option = ScriptSocketOption(rawValue: word) else {
            throw unsupported(word, "no option that is known")
        }
        let wanted = call.arguments[3]
        if case .error = option {
            let errno = socket.connection.flatMap { try? stack.connection($0) }.flatMap { takeError($0, &socket) }
            let isRight = errno.map { wanted.words == [$0] } ?? (wanted.firstNumber == 0)
            return try told(isRight || wanted == .ellipsis || wanted == .list([.ellipsis]), word, errno ?? "0", wanted)
        }
        if case .info = option { return try tellInfo(call, socket) }
        if case .congestion = option {
            return try told(wanted == .ellipsis, word, socket.options.congestion.rawValue, wanted)
        }
        let value = value(of: option, socket)
        let number = wanted.firstNumber ?? wanted.words.first.flatMap(ScriptVocabulary.constant)
        let isRight = number == value || wanted == .ellipsis || wanted == .list([.ellipsis])
        return try told(isRight, word, "\(value)", wanted)
    }

    /// TCP_INFO: `{tcpi_state=TCP_ESTABLISHED, tcpi_snd_cwnd=10}`, as far as the line gives members.
    private func tellInfo(_ call: ScriptCall, _ socket: ScriptSocket) throws(ScriptProblem) -> ScriptCallResult {
        guard let snapshot = socket.connection.flatMap({ try? stack.connection($0).snapshot }) else { return .value(0) }
        guard case .structure(let members) = call.arguments[3].firstItem else { return .value(0) }
        for member in members {
            let wanted = member.value.number ?? member.value.words.first.flatMap { told($0, of: nil) }
            guard let value = told(member.name, of: snapshot), let wanted else {
                throw unsupported(member.name, "no member of tcp_info, or no value of one")
            }
            _ = try told(value == wanted, member.name, "\(value)", .integer(wanted))
        }
        return .value(0)
    }

    /// A member of `tcp_info` or a constant, as the system at hand has it.
    private func told(_ name: String, of connection: ConnectionSnapshot?) -> Int64? {
        let own = knobs.personality.isFreeBSD ? TCPInfo.freebsdValue(of: name, connection) : nil
        return own ?? TCPInfo.value(of: name, connection)
    }

    private func told(
        _ isRight: Bool, _ option: String, _ actual: String, _ wanted: ScriptExpression
    ) throws(ScriptProblem) -> ScriptCallResult {
        if isRight { return .value(0) }
        let expected = wanted.words.first ?? wanted.firstNumber.map { "\($0)" } ?? "?"
        throw failure(expected: "\(option) is \(expected)", actual: "\(option) is \(actual)")
    }

    private func value(of option: ScriptSocketOption, _ socket: ScriptSocket) -> Int64 {
        let connection = socket.connection.flatMap { try? stack.connection($0).snapshot }
        let options = connection?.options ?? socket.options
        switch option {
        case .reuseAddress, .reusePort: return socket.reusesAddress ? 1 : 0
        case .noDelay: return options.nagle ? 0 : 1
        case .cork, .noPush: return socket.isCorked ? 1 : 0
        case .fastOpen: return socket.isFastOpen ? 1 : 0
        case .fastOpenConnect: return socket.defersConnect ? 1 : 0
        case .fastOpenNoCookie: return socket.needsNoCookie ? 1 : 0
        case .inQueue: return socket.tellsInQueue ? 1 : 0
        case .synCount: return 0
        case .quickAck: return options.delayedAck ? 0 : 1
        case .noOptions: return options.habits.omitsOptions ? 1 : 0
        case .keepAlive: return socket.asksToKeepAlive ? 1 : 0
        case .keepIdle: return socket.keepAlive.idle.nanoseconds / 1_000_000_000
        case .keepInterval: return socket.keepAlive.interval.nanoseconds / 1_000_000_000
        case .keepCount: return Int64(socket.keepAlive.count)
        case .keepInit: return (options.habits.synTimeout?.nanoseconds ?? 0) / 1_000_000_000
        case .maximumSegment: return segmentSize(connection, options)
        case .receiveBuffer, .receiveBufferForced:
            let live = socket.connection.flatMap { try? stack.connection($0) }
            let doubled = options.receiveBuffer * (knobs.personality == .linux ? 2 : 1)
            return Int64(live?.memory?.limit ?? doubled)
        case .sendBuffer, .sendBufferForced:
            let live = socket.connection.flatMap { try? stack.connection($0) }
            return Int64(live?.fittedSendBuffer(socket.options.sendBuffer) ?? socket.options.sendBuffer)
        case .timeToLive, .hopLimit: return Int64(options.ttl)
        case .typeOfService, .trafficClass: return Int64(options.dscp) << 2
        case .localPorts: return socket.ports.map { Int64($0.upperBound) << 16 | Int64($0.lowerBound) } ?? 0
        case .finWait2Timeout: return (options.habits.finWait2Timeout?.nanoseconds ?? 0) / 1_000_000_000
        case .deferAccept:
            let repetitions = options.habits.acceptDeferral
            return repetitions > 0 ? ScriptKnobs.synTimeout(repetitions - 1).nanoseconds / 1_000_000_000 : 0
        case .userTimeout: return (options.userTimeout?.nanoseconds ?? 0) / 1_000_000
        case .onlyV6, .pathDiscovery, .pathDiscoveryV6, .errorQueue, .errorQueueV6, .zeroCopy, .debug, .priority, .mark,
            .noSignal, .notSentLowWater, .bindsNoPort:
            return socket.inert[option] ?? 0
        case .error, .linger, .congestion, .fastOpenKey, .info: return 0
        }
    }
}

extension ScriptRunner {
    /// TCP_MAXSEG of a connection, or before there is one.
    private func segmentSize(_ connection: ConnectionSnapshot?, _ options: ConnectionOptions) -> Int64 {
        // Both systems tell what they would send, not what was asked for.
        let idle = knobs.personality == .standard ? Int(options.mss ?? 536) : 536
        // FreeBSD tells the segment without its options.
        let isShorter = connection?.negotiated.timestamps == true && !knobs.personality.isFreeBSD
        return Int64((connection?.mss ?? idle) - (isShorter ? 12 : 0))
    }
}

extension ScriptExpression {
    fileprivate var firstItem: ScriptExpression {
        if case .list(let items) = self, let first = items.first { return first }
        return self
    }

    /// `{onoff=1, linger=0}`, in a list or alone.
    fileprivate var lingerTime: (isOn: Bool, seconds: Int64)? {
        let value = firstItem
        if let isOn = value.member("onoff")?.number, let time = value.member("linger")?.number {
            return (isOn != 0, time)
        }
        guard case .list(let items) = self, items.count == 2, let isOn = items[0].number, let time = items[1].number
        else {
            return nil
        }
        return (isOn != 0, time)
    }
}
