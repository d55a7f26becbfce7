/// The hosts of a script, by its header lines: addresses, MTU, tolerance.
struct ScriptHost: Sendable {
    var family = IPAddress.Family.v4
    var local = IPAddress(v4: 0xc0a8_0001)
    var remote = IPAddress(v4: 0xc000_0201)
    /// The port that `bind` chooses, and `connect` goes to.
    var port: UInt16 = 8_080
    var mtu = 1_500
    /// What the script says of the times; nil: packetdrill's defaults.
    private var leastTolerance: Interval?
    private var tolerancePercent: Double?
    /// The personality that the script was written for; nil: whoever runs it chooses.
    var personality: Personality?
    /// What the script injects and calls at one moment is taken as one batch, and sent is only once something is expected: as
    /// the engine does it, whose log the script was written from.
    var isReplay = false
    /// Octets of text in the segments that an injected packet is made of; nil: it is one.
    var arrivalMSS: Int?
    /// The clock of TSval, if a script wants it checked.
    var timestampTick: Interval?

    /// The first remote port that a passive connection comes from; counted up.
    static let firstRemotePort: UInt16 = 49_152

    init(_ flags: [Script.Flag]) throws(ScriptError) {
        if flags.last(where: { $0.name == "ip_version" })?.value == "ipv6" {
            family = .v6
            // packetdrill's default networks.
            local = IPAddress(v6: 0xfd3d_0a0b_17d6_0000, 1)
            remote = IPAddress(v6: 0xfd3d_fa7b_d17d_0000, 1)
        }
        for flag in flags { try take(flag) }
        for address in [local, remote] where address.family != family {
            throw ScriptError(
                line: flags.first?.line ?? 1, column: 1, token: "\(address)", reason: "is of the other IP version")
        }
    }

    private mutating func take(_ flag: Script.Flag) throws(ScriptError) {
        switch flag.name {
        case "ip_version":
            // ipv4-mapped-ipv6: an IPv6 socket that speaks IPv4 on the wire.
            guard ["ipv4", "ipv6", "ipv4-mapped-ipv6"].contains(flag.value) else {
                throw refuse(flag, "one of ipv4, ipv6, ipv4-mapped-ipv6")
            }
        case "local_ip": local = try address(flag)
        case "remote_ip": remote = try address(flag)
        case "bind_port", "connect_port": port = UInt16(clamping: try number(flag, 1...65_535))
        case "mtu": mtu = try number(flag, 68...65_536)
        case "profile":
            guard let named = Personality(rawValue: flag.value) else {
                throw refuse(flag, "one of default, linux, freebsd, freebsd-12")
            }
            personality = named
        case "replay": isReplay = true
        case "tolerance_usecs": leastTolerance = .microseconds(Int64(try number(flag, 0...60_000_000)))
        case "tolerance_percent":
            guard let percent = Double(flag.value), (0...100).contains(percent) else { throw refuse(flag, "0 … 100") }
            tolerancePercent = percent
        case "tcp_ts_tick_usecs":
            let micros = try number(flag, 0...1_000_000)
            timestampTick = micros == 0 ? nil : .microseconds(Int64(micros))
        // About packetdrill's own devices and processes, and for people.
        case "gateway_ip", "netmask_ip", "speed", "define", "D", "verbose", "v", "non_fatal", "so_filename", "dry_run",
            "init_scripts", "strict_segments", "wire_client_dev", "send_omit_free", "debug",
            "timeout_seconds", "persistent_tun_dev", "tcp_ts_ecr_scaled":
            break
        // The device puts segments of this size together; here they arrive as they are written.
        case "mss": arrivalMSS = try number(flag, 1...65_535)
        default: throw refuse(flag, "no header line that is understood")
        }
    }

    /// How far an expected segment's time may be off, in a script for this personality.
    func tolerance(_ personality: Personality) -> ScriptTolerance {
        var tolerance = ScriptTolerance(personality)
        tolerance.least = leastTolerance ?? tolerance.least
        tolerance.percent = tolerancePercent ?? tolerance.percent
        return tolerance
    }

    /// Whether TSecr of an expected segment counts, in a script that runs for this personality.
    ///
    /// packetdrill's verify_outbound_tcp_option() never looks at it, and there are scripts of Linux's that pass there by this. One that
    /// names its personality was written for us.
    func comparesEchoes(_ asked: Personality) -> Bool { personality != nil || isReplay || asked != .linux }

    private func refuse(_ flag: Script.Flag, _ reason: String) -> ScriptError {
        ScriptError(line: flag.line, column: flag.column, token: "--\(flag.name)", reason: reason)
    }

    private func address(_ flag: Script.Flag) throws(ScriptError) -> IPAddress {
        // `192.168.0.1/16`: the network is of no consequence here.
        let text = flag.value.filter { $0 != "\"" }
        guard let address = IPAddress(text.prefix { $0 != "/" }) else { throw refuse(flag, "no IP address") }
        return address
    }

    private func number(_ flag: Script.Flag, _ range: ClosedRange<Int>) throws(ScriptError) -> Int {
        guard let number = Int(flag.value), range.contains(number) else {
            throw refuse(flag, "\(range.lowerBound) … \(range.upperBound)")
        }
        return number
    }
}
