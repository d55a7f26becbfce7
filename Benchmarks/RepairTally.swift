import Engine
import Glibc
import Synchronization

/// What the runs of a comparison took to repair losses: a share of segments repeated tells of the path, timeouts tell of the
/// sender.
final class RepairTally: Sendable {
    private struct Sums {
        var sent = 0
        var repeated = 0
        var probes = 0
        var timeouts = 0

        /// For each million segments, since runs are not equally long in segments.
        var text: String {
            let share = Double(repeated) * 100 / Double(max(sent, 1))
            return "\(share.text(2)) % repeated; of a million segments \(perMillion(probes)) probes, "
                + "\(perMillion(timeouts)) timeouts"
        }

        private func perMillion(_ count: Int) -> String { (Double(count) * 1e6 / Double(max(sent, 1))).text(0) }
    }

    private let sums = Mutex((ours: Sums(), kernel: Sums()))

    /// One line for each contestant.
    var lines: [String] {
        sums.withLock { sums in
            [("    ours: ", sums.ours), ("    kernel: ", sums.kernel)].map { name, sums in name + sums.text }
        }
    }

    /// A run of the engine's is over.
    func add(_ connection: ConnectionSnapshot) {
        let counters = connection.counters
        sums.withLock { sums in
            sums.ours.sent += counters.segmentsSent
            sums.ours.repeated += counters.retransmissions
            sums.ours.probes += Int(counters.repairs.tailLossProbe)
            sums.ours.timeouts += counters.timeouts
        }
    }

    /// A run of the kernel's is over.
    func add(_ after: KernelCounters, since before: KernelCounters) {
        sums.withLock { sums in
            sums.kernel.sent += after["OutSegs"] - before["OutSegs"]
            sums.kernel.repeated += after["RetransSegs"] - before["RetransSegs"]
            sums.kernel.probes += after["TCPLossProbes"] - before["TCPLossProbes"]
            sums.kernel.timeouts += after["TCPTimeouts"] - before["TCPTimeouts"]
        }
    }
}

/// The counters of the kernel's TCP in the contestants' network namespace.
struct KernelCounters {
    private var values: [Substring: Int] = [:]

    init() {
        // Each table is a line of names and a line of values.
        for path in ["/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"] {
            let lines = Self.read(path).split(separator: "\n")
            for (names, numbers) in zip(lines, lines.dropFirst())
            where names.hasPrefix("Tcp") && names.prefix(while: { $0 != ":" }) == numbers.prefix(while: { $0 != ":" }) {
                for (name, number) in zip(names.split(separator: " "), numbers.split(separator: " ")) {
                    if let value = Int(number) { values[name] = value }
                }
            }
        }
    }

    /// 0 for a counter that this kernel does not have.
    subscript(name: String) -> Int { values[Substring(name)] ?? 0 }

    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: octets, as: UTF8.self) }
            octets += buffer[..<count]
        }
    }
}
