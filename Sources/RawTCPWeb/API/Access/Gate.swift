package import Engine
import HTTPTypes

/// Decides, before any route does, whether a request is meant for us and comes from somebody who may send it.
package struct Gate: Sendable {
    /// The numeric addresses that the service is bound to; all of the host's for a wildcard.
    package var addresses: Set<IPAddress>
    /// The names of `--allow-host`, in lower case.
    package var names: Set<String>

    package init(addresses: Set<IPAddress> = [], names: Set<String> = []) {
        self.addresses = addresses
        self.names = Set(names.map { $0.lowercased() })
    }

    /// Throws if the request may not go on.
    package func judge(_ request: Request) throws(Problem) {
        // The target of CONNECT is somebody else's address: the target policy judges it, not the Host rule.
        if request.head.method == .connect { return }
        // That of an absolute-form target has won over Host already (RFC 9112 §3.2.2).
        let authority = request.head.authority
        if let authority, !isOurs(authority) { throw Self.misdirected(isProxied: Self.isAbsoluteForm(request)) }
        if ["v1", "metrics"].contains(request.firstSegment) { try judgeOrigin(request, authority: authority) }
    }

    private static func isAbsoluteForm(_ request: Request) -> Bool {
        let scheme = request.rawTarget.prefix { $0 != ":" }.lowercased()
        return (scheme == "http" || scheme == "https") && request.rawTarget.dropFirst(scheme.count).hasPrefix("://")
    }

    /// Against DNS rebinding: a foreign name that resolves to us is not our name.
    private func isOurs(_ authority: String) -> Bool {
        // RFC 3986 §3.2.3: the port may be empty behind its colon.
        let named = authority.utf8.last == UInt8(ascii: ":") ? String(authority.dropLast()) : authority
        return HostPort(named).map { isOurs($0.host) } ?? false
    }

    private static func misdirected(isProxied: Bool) -> Problem {
        Problem(
            .misdirected,
            isProxied
                ? "This service is no forward proxy. To send a request through a raw connection, use curl --proxytunnel."
                : "The request's host is not a name of this service. Use its address, or start it with --allow-host NAME."
        )
    }

    private func isOurs(_ host: HostPort.Host) -> Bool {
        switch host {
        case .address(let address):
            address.isLoopback || addresses.contains(address) || names.contains(address.description)
        // RFC 6874 §4: "An HTTP client, proxy, or other intermediary MUST remove any ZoneID attached to an outgoing URI"
        case .zoned: false
        case .name(let name): name.lowercased() == "localhost" || names.contains(name.lowercased())
        }
    }

    /// Against pages of other sites that make a browser call us.
    private func judgeOrigin(_ request: Request, authority: String?) throws(Problem) {
        let fields = request.head.headerFields
        if let site = fields[.secFetchSite], site != "same-origin", site != "none" {
            throw Problem(.crossSite, "Sec-Fetch-Site is \"\(site)\": pages of other sites may not call this service.")
        }
        if let origin = fields[.origin], !Self.isSame(origin: origin, authority: authority) {
            throw Problem(.crossSite, "The Origin is not this service: pages of other sites may not call it.")
        }
    }

    /// The origin's host and port are the authority's; a port left out is the one of the origin's scheme.
    private static func isSame(origin: String, authority: String?) -> Bool {
        guard let authority, let ours = HostPort(authority), let end = origin.range(of: "://")?.upperBound,
            let theirs = HostPort(String(origin[end...]))
        else { return false }
        let defaultPort: UInt16 = origin.lowercased().hasPrefix("https:") ? 443 : 80
        return ours.host.isSame(as: theirs.host) && (ours.port ?? defaultPort) == (theirs.port ?? defaultPort)
    }
}

extension HostPort.Host {
    /// Names are compared without case.
    fileprivate func isSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.address(let a), .address(let b)): a == b
        case (.name(let a), .name(let b)): a.lowercased() == b.lowercased()
        case (.address, _), (.zoned, _), (.name, _): false
        }
    }
}

extension String {
    /// Where `text` first occurs.
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
