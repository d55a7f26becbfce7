import DequeModule

/// What servers have granted us, per address (RFC 7413 §4.1.3).
struct FastOpenCache: Sendable {
    struct Entry: Sendable {
        /// nil: none was granted, but one may be asked for. Empty: nor may that.
        var cookie: [UInt8]?
        /// The cookie was granted by the experimental option, and is shown by it.
        var isExperimental = false
        /// Both options have asked for a cookie in vain.
        var triedBoth = false
        /// The MSS that the server announced.
        var mss: Int

        /// No cookie came: the next connection asks by the experimental option, and those after it as usual.
        mutating func tryOtherOption() {
            triedBoth = triedBoth || isExperimental
            isExperimental = !triedBoth
        }
    }

    /// Servers that are remembered; the oldest is forgotten first.
    private static let capacity = 1_024

    private var entries: [IPAddress: Entry] = [:]
    private var order = Deque<IPAddress>()

    subscript(address: IPAddress) -> Entry? { entries[address] }

    mutating func remember(_ entry: Entry, of address: IPAddress) {
        if entries.updateValue(entry, forKey: address) == nil { order.append(address) }
        if order.count > Self.capacity, let oldest = order.popFirst() { entries[oldest] = nil }
    }
}

/// Fast Open (RFC 7413): cookies that we ask for, and those that we grant.
extension TCPStack {
    /// The cookie that the server at this address has granted, and the MSS that it announced; nil: none.
    package func fastOpenGrant(of server: IPAddress) -> (cookie: [UInt8], mss: Int)? {
        guard let entry = fastOpenCookies[server], let cookie = entry.cookie, !cookie.isEmpty else { return nil }
        return (cookie, entry.mss)
    }

    /// The MSS that the server at this address announced when Fast Open was last tried with it.
    package func fastOpenMSS(of server: IPAddress) -> Int? { fastOpenCookies[server]?.mss }

    /// Forgets what servers have granted.
    package mutating func forgetFastOpenGrants() { fastOpenCookies = FastOpenCache() }

    /// An active open that wants it: the cookie that this server gave us, or an empty one, which asks for it.
    func prepareFastOpen(_ connection: Connection) {
        let known = fastOpenCookies[connection.tuple.remote.address]
        if known?.cookie?.isEmpty == true { return }
        connection.fastOpen.request = known?.cookie ?? []
        connection.fastOpen.isExperimental = known?.isExperimental ?? false
        connection.fastOpen.cachedMSS = known?.mss ?? 0
    }

    /// The server's SYN,ACK may have brought a cookie, or none where one was asked for.
    mutating func learnFastOpen(_ connection: Connection) {
        guard let mss = connection.fastOpen.serverMSS else { return }
        connection.fastOpen.serverMSS = nil
        let server = connection.tuple.remote.address
        var entry = fastOpenCookies[server] ?? FastOpenCache.Entry(mss: mss)
        entry.mss = mss
        if let granted = connection.fastOpen.granted {
            entry.cookie = granted
            entry.isExperimental = connection.fastOpen.isExperimental
        } else if connection.fastOpen.wasRefused {
            let habits = connection.options.habits.fastOpen
            // RFC 7413 §4.1.3.1: "The client MUST cache negative responses from the server"
            if habits.remembersRefusal { entry.cookie = [] }
            // Behind a repetition, which has no option, the answer says nothing of either.
            if habits.triesExperimental, connection.fastOpen.request == [], !connection.wasSynRepeated {
                entry.tryOtherOption()
            }
        }
        fastOpenCookies.remember(entry, of: server)
    }

    /// A listener's connection: takes the text of a SYN with a cookie of ours, and grants one where it was asked for.
    mutating func offerFastOpen(
        _ connection: Connection, _ view: PacketView, _ packet: RawSpan, record: UInt64, at now: Instant
    ) {
        guard connection.options.fastOpen else { return }
        let option = FastOpenState.option(in: view.segment.options)
        let isCookieNeeded = !connection.options.habits.fastOpen.takesWithoutCookie || view.payloadLength == 0
        guard option != nil || !isCookieNeeded else { return }
        if isCookieNeeded, let option {
            let cookie = fastOpenCookie(for: view, connection)
            connection.fastOpen.isExperimental = option.isExperimental
            if connection.options.habits.fastOpen.delaysAnswer { connection.fastOpen.grant = cookie }
            guard option.data == cookie else {
                // RFC 7413 §4.2.2: an invalid cookie is answered like none, "and a Fast Open option with a cookie" may follow.
                connection.fastOpen.grant = cookie
                return
            }
        }
        let text = packet.extracting(view.payloadOffset..<(view.payloadOffset + view.payloadLength))
        connection.takeFastOpenText(view.segment, payload: text, record: record, at: now)
    }

    /// RFC 7413 §4.1.2: "a MAC … generated by the server" over the client's address, so that nothing need be kept.
    private func fastOpenCookie(for view: PacketView, _ connection: Connection) -> [UInt8] {
        let client = view.source
        if let key = connection.listener.flatMap({ listener($0) })?.fastOpenKey {
            return key.cookie(for: client, at: connection.tuple.local.address)
        }
        let mac = hash(client.high, client.low, UInt64(OptionKind.fastOpen.rawValue))
        return (0..<8).map { UInt8(truncatingIfNeeded: mac >> UInt64(56 - 8 * $0)) }
    }
}
