/// The firewall rule that silences the kernel, for those who want it by hand: what the other guards do without one.
public enum GuardRules: String, CaseIterable, Sendable {
    case nft
    case iptables

    /// The rule for these local ports, to be read by `nft -f` or by a shell. Our own RSTs carry a mark and pass.
    public func text(for ports: ClosedRange<UInt16>) -> String {
        let mark = "0x" + String(ResetTap.mark, radix: 16)
        switch self {
        case .nft:
            return """
                # nft -f FILE; nft delete table inet rawtcpweb takes it away again
                table inet rawtcpweb {
                    chain output {
                        type filter hook output priority filter; policy accept;
                        tcp sport \(ports.lowerBound)-\(ports.upperBound) tcp flags & rst == rst meta mark != \(mark) drop
                    }
                }

                """
        case .iptables:
            let rule =
                "OUTPUT -p tcp --sport \(ports.lowerBound):\(ports.upperBound) --tcp-flags RST RST"
                + " -m mark ! --mark \(mark) -j DROP"
            return """
                # -D in place of -A takes them away again
                iptables -A \(rule)
                ip6tables -A \(rule)

                """
        }
    }
}
