/// The calls and the names in them that are understood; anything else is an error while the script is read, not a pass.
enum ScriptVocabulary {
    /// Throws for the first word of the call that says nothing here.
    static func check(_ call: ScriptCall, _ token: ScriptToken) throws(ScriptError) {
        func refuse(_ word: String, _ reason: String) -> ScriptError {
            ScriptError(line: token.line, column: token.column, token: word, reason: reason)
        }
        if let minimum = argumentCounts[call.name], call.arguments.count < minimum {
            throw refuse(call.name, "needs \(minimum) arguments, has \(call.arguments.count)")
        }
        switch call.name {
        case "socket":
            for word in call.arguments.dropFirst().prefix(2).flatMap(\.words) where !sockets.contains(word) {
                throw refuse(word, "only TCP sockets are understood")
            }
        case "setsockopt", "getsockopt":
            let name = call.arguments[2]
            guard let word = name.words.first else {
                throw refuse(call.name, "no option with that number is known")
            }
            guard ScriptSocketOption(rawValue: word) != nil else {
                let known = ScriptSocketOption.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse(word, "no socket option that is understood; there are \(known)")
            }
        case "ioctl":
            for word in call.arguments[1].words where ScriptQueueQuestion(rawValue: word) == nil {
                let known = ScriptQueueQuestion.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse(word, "no question that is understood; there are \(known)")
            }
        case "fcntl":
            for word in call.arguments[1].words where word != "F_GETFL" && word != "F_SETFL" {
                throw refuse(word, "only F_GETFL and F_SETFL are understood")
            }
        case "shutdown":
            for word in call.arguments[1].words where !["SHUT_RD", "SHUT_WR", "SHUT_RDWR"].contains(word) {
                throw refuse(word, "one of SHUT_RD, SHUT_WR, SHUT_RDWR")
            }
        default: break
        }
        for word in call.arguments.flatMap(\.words) where word.hasPrefix("MSG_") && !messageFlags.contains(word) {
            throw refuse(word, "no flag that is understood; there are \(messageFlags.sorted().joined(separator: ", "))")
        }
        if let errno = call.errno, !errnos.contains(errno) { throw refuse(errno, "no errno that is known") }
    }

    /// The value of a traffic class by its name in <netinet/ip.h>.
    static func constant(_ name: String) -> Int64? {
        switch name {
        case "IPTOS_DSCP_EF": return 0xb8
        case "IPTOS_LOWDELAY": return 0x10
        case "IPTOS_THROUGHPUT": return 0x08
        case "IPTOS_RELIABILITY": return 0x04
        default: break
        }
        let digits = name.compactMap(\.wholeNumberValue).map(Int64.init)
        if name.hasPrefix("IPTOS_DSCP_CS"), digits.count == 1, digits[0] < 8 { return digits[0] << 5 }
        if name.hasPrefix("IPTOS_DSCP_AF"), digits.count == 2 { return digits[0] << 5 | digits[1] << 3 }
        return nil
    }

    private static let argumentCounts = [
        "socket": 3, "bind": 3, "listen": 2, "accept": 3, "accept4": 3, "connect": 3, "read": 3, "readv": 3, "recv": 4,
        "recvfrom": 4, "recvmsg": 3, "write": 3, "writev": 3, "send": 4, "sendto": 4, "sendmsg": 3, "shutdown": 2,
        "close": 1, "setsockopt": 4, "getsockopt": 4, "fcntl": 2, "ioctl": 3,
    ]

    private static let sockets: Set<String> = [
        "SOCK_STREAM", "IPPROTO_TCP", "SOCK_NONBLOCK", "SOCK_CLOEXEC", "0",
    ]

    private static let messageFlags: Set<String> = [
        "MSG_PEEK", "MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_MORE", "MSG_WAITALL", "MSG_EOR", "MSG_TRUNC", "MSG_OOB",
        "MSG_FASTOPEN", "MSG_ZEROCOPY",
    ]

    private static let errnos: Set<String> = [
        "EAGAIN", "EWOULDBLOCK", "EINPROGRESS", "EALREADY", "EISCONN", "ENOTCONN", "ECONNREFUSED", "ECONNRESET",
        "ECONNABORTED", "ETIMEDOUT", "EPIPE", "EADDRINUSE", "EADDRNOTAVAIL", "EBADF", "EINVAL", "EOPNOTSUPP",
        "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENOPROTOOPT", "EMSGSIZE", "EPROTO", "EINTR", "EDESTADDRREQ",
        "ENONET", "EACCES", "ENOENT", "EFAULT",
    ]
}

extension ScriptCall {
    /// The calls that are understood.
    static let names = [
        "socket", "bind", "listen", "accept", "accept4", "connect", "read", "readv", "recv", "recvfrom", "recvmsg",
        "write", "writev", "send", "sendto", "sendmsg", "shutdown", "close", "setsockopt", "getsockopt", "fcntl",
        "ioctl",
    ]
}

extension ScriptExpression {
    /// All words in it, in order.
    package var words: [String] {
        switch self {
        case .word(let word): [word]
        case .either(let a, let b): a.words + b.words
        case .list(let items), .function(_, let items): items.flatMap(\.words)
        case .structure(let members): members.flatMap(\.value.words)
        case .ellipsis, .integer, .string: []
        }
    }

    /// The number that it is; nil for anything else.
    package var number: Int64? {
        if case .integer(let number) = self { return number }
        return nil
    }

    /// The first number inside a list, or the number itself.
    package var firstNumber: Int64? {
        if case .list(let items) = self { return items.first?.firstNumber }
        return number
    }

    /// The value of a structure's member.
    package func member(_ name: String) -> ScriptExpression? {
        guard case .structure(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}
