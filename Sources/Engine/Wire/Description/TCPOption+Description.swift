extension TCPOption {
    /// The name in the HTTP contract.
    package var name: String {
        switch self {
        case .endOfOptions: "endOfOptions"
        case .noOperation: "noOperation"
        case .maximumSegmentSize: "mss"
        case .windowScale: "windowScale"
        case .sackPermitted: "sackPermitted"
        case .sack: "sack"
        case .timestamps: "timestamps"
        case .userTimeout: "userTimeout"
        case .fastOpen: "fastOpen"
        case .unknown: "unknown"
        case .malformed: "malformed"
        }
    }

    /// Where the option is defined.
    package var rfc: String {
        switch self {
        case .endOfOptions, .noOperation, .unknown, .malformed: "RFC 9293 §3.1"
        case .maximumSegmentSize: "RFC 9293 §3.7.1"
        case .windowScale: "RFC 7323 §2"
        case .sackPermitted: "RFC 2018 §2"
        case .sack: "RFC 2018 §3"
        case .timestamps: "RFC 7323 §3"
        case .userTimeout: "RFC 5482 §3"
        case .fastOpen: "RFC 7413 §4.1.1"
        }
    }

    /// The option for people.
    package var text: String {
        switch self {
        case .endOfOptions(let padding): "end of the list, \(padding.count) octets of padding"
        case .noOperation: "fills up to a word"
        case .maximumSegmentSize(let size): "at most \(size) octets of text in a segment"
        case .windowScale(let shift): "windows count in units of 2^\(shift) octets"
        case .sackPermitted: "selective acknowledgments are understood"
        case .sack(let blocks): blocks.map { "\($0.start)–\($0.end)" }.joined(separator: ", ")
        case .timestamps(let value, let echo): "value \(value), echo \(echo)"
        case .userTimeout(let inMinutes, let value): "\(value) \(inMinutes ? "minutes" : "seconds")"
        case .fastOpen(let cookie): cookie.isEmpty ? "asks for a cookie" : "cookie of \(cookie.count) octets"
        case .unknown(let kind, let data): "kind \(kind) with \(data.count) octets"
        case .malformed(let octets): "kind \(kind) with an impossible length, \(octets.count) octets"
        }
    }

    /// What the option holds: a number where it is one.
    package var fieldValue: HeaderField.Value {
        switch self {
        case .endOfOptions(let padding): .octets(padding)
        case .noOperation, .sackPermitted: .octets([])
        case .maximumSegmentSize(let size): .number(UInt64(size))
        case .windowScale(let shift): .number(UInt64(shift))
        case .userTimeout(_, let value): .number(UInt64(value))
        case .fastOpen(let cookie): .octets(cookie)
        case .unknown(_, let data): .octets(data)
        case .malformed(let octets): .octets(octets)
        case .sack, .timestamps: .octets(Array(TCPOption.encode([self]).dropFirst(2)))
        }
    }

    /// As tcpdump writes it.
    package var dumpText: String {
        switch self {
        case .endOfOptions: "eol"
        case .noOperation: "nop"
        case .maximumSegmentSize(let size): "mss \(size)"
        case .windowScale(let shift): "wscale \(shift)"
        case .sackPermitted: "sackOK"
        case .sack(let blocks):
            "sack \(blocks.count) " + blocks.map { "{\($0.start):\($0.end)}" }.joined()
        case .timestamps(let value, let echo): "TS val \(value) ecr \(echo)"
        case .userTimeout(let inMinutes, let value): "uto \(value)\(inMinutes ? "m" : "s")"
        case .fastOpen(let cookie): cookie.isEmpty ? "tfo cookiereq" : "tfo cookie \(cookie.count)"
        case .unknown(let kind, let data): "unknown-\(kind) \(data.count)"
        case .malformed: "malformed-\(kind)"
        }
    }
}
