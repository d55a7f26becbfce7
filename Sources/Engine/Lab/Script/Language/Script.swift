/// A script of the packetdrill language, understood: what happens when, and what must then be seen.
///
/// `Script(parsing:)` reads it without running anything; a line that it can't understand is a `ScriptError` with its place.
public struct Script: Sendable {
    /// Header lines, `--name=value`.
    package struct Flag: Hashable, Sendable {
        package let name: String
        package let value: String
        package let line: Int
        package let column: Int
    }

    package let flags: [Flag]
    package let events: [ScriptEvent]
    /// The text, line by line, as it was given.
    package let lines: [String]

    /// The first SYN that the stack shall send; nil if there is none.
    package var ownSyn: ScriptPacket? {
        for event in events {
            if case .packet(let packet) = event.action, packet.direction == .outbound, packet.flags.contains(.syn) {
                return packet
            }
        }
        return nil
    }

    /// The window of the first segment behind it that the stack shall send, if the script says one; a RST has none.
    package var ownFirstWindow: UInt16? {
        for event in events {
            if case .packet(let packet) = event.action, packet.direction == .outbound, let window = packet.window,
                packet.flags.isDisjoint(with: [.syn, .rst])
            {
                return window
            }
        }
        return nil
    }

    /// Whether the first burst of full segments that the stack shall send is over without PSH.
    package var leavesBurstUnpushed: Bool {
        var burst: [ScriptPacket] = []
        for event in events {
            guard case .packet(let packet) = event.action else { continue }
            let last = burst.last
            let continues = last.map { packet.length == $0.length && packet.sequence == $0.sequence + $0.length }
            if packet.direction == .outbound, packet.length > 0, continues ?? true {
                burst.append(packet)
            } else if burst.count > 2 {
                return packet.direction == .inbound && burst.allSatisfy { !$0.flags.contains(.psh) }
            } else {
                burst = []
            }
        }
        return false
    }

    /// Packets, calls, shell lines and assertions.
    public var stepCount: Int { events.count }

    /// The line with this number, without the blanks around it.
    package func source(_ line: Int) -> String {
        guard lines.indices.contains(line - 1) else { return "" }
        let text = lines[line - 1].drop { $0 == " " || $0 == "\t" }
        return String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

/// When something happens in a script, counted from its start or from what went before.
package enum ScriptTime: Hashable, Sendable {
    /// No time is given: at once. Shell lines at the head and the end are written so.
    case immediately
    case at(Interval)
    case after(Interval)
    /// `*`: any time.
    case whenever
    case between(Interval, Interval)
    case afterBetween(Interval, Interval)
}

/// One step of a script.
package struct ScriptEvent: Sendable {
    package enum Action: Sendable {
        case packet(ScriptPacket)
        case icmp(ScriptICMP)
        case call(ScriptCall)
        case command(ScriptCommand)
        case assertions([ScriptAssertion])
    }

    package let line: Int
    package let time: ScriptTime
    package let action: Action
}

/// What a script says of a segment: whole for one that it injects, and as far as it matters for one that it expects.
package struct ScriptPacket: Hashable, Sendable {
    package enum Direction: Hashable, Sendable {
        /// `<`: the script sends it to the stack.
        case inbound
        /// `>`: the stack shall send it.
        case outbound
    }

    /// What the two ECN bits, or the whole octet, must be.
    package enum TrafficClass: Hashable, Sendable {
        case unspecified
        case ecn(UInt8)
        /// `[ect01]`: either of both.
        case anyECT
        case whole(UInt8)
    }

    package var direction: Direction
    package var trafficClass = TrafficClass.unspecified
    package var ttl: UInt8?
    package var ports: (source: UInt16, destination: UInt16)?
    package var flags: TCPFlags = []
    package var sequence = SequenceNumber(0)
    /// `...(0)`: any sequence number.
    package var ignoresSequence = false
    package var length = 0
    package var acknowledgment: SequenceNumber?
    /// As it stands in the header, unscaled.
    package var window: UInt16?
    package var urgentPointer: UInt16?
    /// `TS val ...`: any TSval.
    package var ignoresTimestamp = false
    /// nil: `<...>`, anything.
    package var options: [TCPOption]? = []

    package init(direction: Direction) { self.direction = direction }

    /// The shift of its window scale option, unless that is illegal.
    package var windowScale: UInt8? {
        for case .windowScale(let shift) in options ?? [] where shift <= 14 { return shift }
        return nil
    }

    /// The size in its MSS option.
    package var maximumSegmentSize: Int? {
        for case .maximumSegmentSize(let size) in options ?? [] { return Int(size) }
        return nil
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.direction == b.direction && a.trafficClass == b.trafficClass && a.ttl == b.ttl && a.flags == b.flags
            && a.sequence == b.sequence && a.ignoresSequence == b.ignoresSequence && a.length == b.length
            && a.acknowledgment == b.acknowledgment
            && a.window == b.window && a.urgentPointer == b.urgentPointer && a.options == b.options
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(sequence.rawValue)
        hasher.combine(length)
        hasher.combine(flags)
    }
}

/// An ICMP message about a segment that the stack has sent.
package struct ScriptICMP: Hashable, Sendable {
    package let type: UInt8
    package let code: UInt8
    /// The next hop's MTU, for "fragmentation needed" and "packet too big".
    package let mtu: Int?
    /// The sequence number that the quoted header bears, and its octets of text; nil: our SYN.
    package let sequence: SequenceNumber?
    package let length: Int
}

/// A call of the socket interface with the result that it must have.
package struct ScriptCall: Sendable {
    package let name: String
    package let arguments: [ScriptExpression]
    package let result: ScriptExpression
    /// The errno's name, where the result is -1.
    package let errno: String?
    /// When a call that blocks must be over, counted as its start is; nil: it must not block.
    package let end: Interval?
    package let column: Int
}

/// A value in a call.
package indirect enum ScriptExpression: Hashable, Sendable {
    /// `...`: whatever.
    case ellipsis
    case integer(Int64)
    case word(String)
    case string([UInt8])
    /// `[a, b]` or `{a, b}`.
    case list([ScriptExpression])
    /// `{name=value, …}`.
    case structure([ScriptMember])
    /// `A | B`
    case either(ScriptExpression, ScriptExpression)
    /// `htons(80)`
    case function(String, [ScriptExpression])
}

/// A member of a structure in a call.
package struct ScriptMember: Hashable, Sendable {
    package let name: String
    package let value: ScriptExpression
}
