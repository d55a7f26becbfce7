/// The guards that serve a whole range of ports, opened at the start or not at all.
extension Engine {
    /// Opens what the configuration asks for.
    static func openSharedGuards(_ configuration: EngineConfiguration) throws(EngineError) -> SharedGuards {
        let firewall = configuration.opensFirewallGuard ? configuration.portRange : nil
        do throws(LinkError) {
            return try SharedGuards(range: configuration.guardRange, firewall: firewall)
        } catch {
            let kind = configuration.guardRange == nil ? GuardKind.nftables : .range
            guard case .notPermitted = error else { throw .guardUnavailable(kind.rawValue, reason: "\(error)") }
            throw .guardUnavailable(
                kind.rawValue,
                reason: "it needs CAP_NET_ADMIN\(kind == .range ? " and CAP_BPF" : "") when the service starts")
        }
    }

    /// The guards that connections can have here.
    var availableGuards: [GuardKind] {
        GuardKind.allCases.filter { kind in
            switch kind {
            case .socket, .none: true
            case .range, .nftables: sharedGuards.ports(of: kind) != nil
            }
        }
    }

    /// Takes a shared guard for the endpoint, if the kind is one.
    func acquireSharedGuard(_ local: Endpoint, _ kind: GuardKind) throws(EngineError) {
        guard kind == .range || kind == .nftables else { return }
        guard let ports = sharedGuards.ports(of: kind) else {
            let flag = kind == .range ? "--guard-range FROM-TO" : "--guard nftables"
            throw .guardUnavailable(
                kind.rawValue, reason: "it was not opened when the service started; \(flag) does that")
        }
        guard ports.contains(local.port) else {
            throw .invalidRequest(
                member: "local",
                detail: "port \(local.port) is outside \(ports.lowerBound)-\(ports.upperBound), which guard "
                    + "\(kind.rawValue) covers")
        }
        if sharedGuards.acquire(local) { stack.own(local) }
    }

    /// Gives a shared guard back, if the kind is one.
    func releaseSharedGuard(_ local: Endpoint, _ kind: GuardKind) {
        guard kind == .range || kind == .nftables, sharedGuards.release(local) else { return }
        stack.disown(local)
    }

    /// The ports that connections with this guard get if they name none.
    func ports(guardedBy kind: GuardKind) -> ClosedRange<UInt16> {
        sharedGuards.ports(of: kind) ?? configuration.portRange
    }
}
