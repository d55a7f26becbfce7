import ArgumentParser
import Engine

/// `ADDRESS:PORT` to listen at.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    let address: IPAddress
    let port: UInt16

    init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    init?(argument: String) {
        guard let endpoint = HostPort(argument), let port = endpoint.port else { return nil }
        switch endpoint.host {
        case .address(let address): self.init(address, port)
        case .name("localhost"): self.init(.loopbackV4, port)
        case .name, .zoned: return nil
        }
    }

    var description: String { Endpoint(address, port).description }

    /// The URL of the service when it listens here, at the port that it has got. A wildcard is reached by loopback.
    func url(port: UInt16, isSecure: Bool) -> String {
        let reachable =
            !address.isUnspecified ? address : address.family == .v4 ? IPAddress.loopbackV4 : IPAddress.loopbackV6
        return "http\(isSecure ? "s" : "")://\(Endpoint(reachable, port))/"
    }
}

/// `FROM-TO`: a range of ports.
struct PortRange: ExpressibleByArgument, CustomStringConvertible {
    let ports: ClosedRange<UInt16>

    init(_ ports: ClosedRange<UInt16>) { self.ports = ports }

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { HostPort.parsePort($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first > 0, first <= last else { return nil }
        self.init(first...last)
    }

    var description: String { "\(ports.lowerBound)-\(ports.upperBound)" }
}

/// A number of octets: `65536`, `64KiB`, `64MiB`, `1GiB`.
struct OctetCount: ExpressibleByArgument, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let unit: Int
        switch argument[digits.endIndex...] {
        case "", "B": unit = 1
        case "KiB": unit = 1 << 10
        case "MiB": unit = 1 << 20
        case "GiB": unit = 1 << 30
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.init(product)
    }

    var description: String {
        for (shift, name) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where value > 0 && value % (1 << shift) == 0 {
            return "\(value >> shift)\(name)"
        }
        return String(value)
    }
}

/// A length of time: `50us`, `250ms`, `2s`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let interval: Interval

    init(_ interval: Interval) { self.interval = interval }

    init?(argument: String) {
        guard let interval = Interval(text: argument) else { return nil }
        self.init(interval)
    }

    var description: String { interval.text }
}

/// `CIDR[:ports]`.
struct TargetArgument: ExpressibleByArgument {
    let rule: TargetRule

    init?(argument: String) {
        guard let rule = TargetRule(argument) else { return nil }
        self.rule = rule
    }
}

/// The guard that connections get which name none.
enum GuardArgument: String, ExpressibleByArgument, CaseIterable {
    case socket
    case range
    case nftables
    case none

    var kind: GuardKind {
        switch self {
        case .socket: .socket
        case .range: .range
        case .nftables: .nftables
        case .none: .none
        }
    }
}
