/// The doctor's visit to a running engine.
extension Engine {
    /// Proves on this host what works: the host's own checks, then the reset guard, by a real handshake.
    public func diagnose() async -> DoctorReport {
        var report = DoctorReport.ofHost(portRange: configuration.portRange)
        for kind in availableGuards where kind == .range || kind == .nftables {
            report.checks.append(await proveGuard(kind))
        }
        report.checks.append(await proveGuard(.socket))
        return report
    }

    /// What one handshake with a listener of the kernel's showed.
    private enum Proof {
        /// It worked, and this many RSTs left the kernel meanwhile.
        case worked(resets: UInt64)
        case failed(String)
    }

    /// How often the proof is repeated when other programs' RSTs blur it.
    private static let proofs = 3

    private func proveGuard(_ kind: GuardKind) async -> DoctorReport.Check {
        let name = kind == .socket ? "guard" : "guard-\(kind.rawValue)"
        // nftables drops what the kernel has sent and counted: only the connection's life is proof.
        let countsMatter = kind != .nftables
        var counts: [String] = []
        for _ in 0..<Self.proofs {
            switch await shakeHandsWithKernel(kind) {
            case .worked where !countsMatter:
                return DoctorReport.Check(name, .pass, "a handshake with the kernel and an octet back; no RST got out")
            case .worked(resets: 0):
                return DoctorReport.Check(
                    name, .pass, "a handshake with the kernel and an octet back; OutRsts did not move")
            case .worked(let resets): counts.append("\(resets)")
            case .failed(let detail):
                let remedy = "look for a firewall on loopback: sudo nft list ruleset; then read the segment log"
                return DoctorReport.Check(name, .fail, detail, remedy: remedy)
            }
        }
        return DoctorReport.Check(
            name, .warn,
            "the handshake worked, but OutRsts moved each time, by \(counts.joined(separator: ", ")): a noisy host",
            remedy: "repeat it when other programs are quiet, or in a network namespace: sudo ip netns exec NAME …")
    }

    /// Connects to an ordinary listener, takes one octet from it, and counts the kernel's RSTs meanwhile. The octet proves
    /// that the kernel's side of the connection outlived the handshake.
    private func shakeHandsWithKernel(_ kind: GuardKind) async -> Proof {
        do {
            let listener = try KernelListener()
            let before = try ProcFile.outgoingResets()
            var request = OpenRequest(remote: Endpoint(.loopbackV4, listener.port))
            request.options.guardKind = kind
            let connection = try await connect(request, timeout: .seconds(Int64(2)))
            // The engine's own RST, which is not counted; after it the kernel has nothing to reset.
            defer { try? delete(connection.id) }
            // On the loop whoever is woken goes before what the engine has to send; the peer is to have our ACK first.
            pump()
            guard let peer = listener.accept(), peer.send(Self.token) else {
                return .failed("the kernel's listener forgot the handshake, as after a RST")
            }
            var wanted = ReadRequest()
            wanted.patience = .seconds(Int64(2))
            guard try await read(wanted, from: connection.id).octets == [Self.token] else {
                return .failed("the octet that the kernel sent over the connection did not arrive")
            }
            // A RST to the connection would have ended it; whatever else moves the counter is somebody else's.
            if let reason = try self.connection(connection.id).closeReason {
                return .failed("the connection came to an early end: \(reason.rawValue)")
            }
            return .worked(resets: try ProcFile.outgoingResets() - before)
        } catch {
            return .failed("a handshake with a listener on loopback: \(error)")
        }
    }

    private static let token = UInt8(ascii: "!")
}
