import ArgumentParser
import CNIO
import Glibc

/// Measures the engine beside the kernel's TCP, in network namespaces of its own, and fails when a floor is missed.
@main
enum Benchmarks {
    static func main() async {
        let options = BenchmarkOptions.parseOrExit()
        do {
            let report = try await measure(options)
            guard report.missed.isEmpty else {
                print("\nfloors missed: \(report.missed.joined(separator: "; "))")
                exit(options.quick ? 0 : 1)
            }
        } catch {
            print("rawtcpweb-bench: \(error)")
            exit(2)
        }
    }

    private static func measure(_ options: BenchmarkOptions) async throws -> Report {
        // First of all: every thread that comes later inherits the namespace and the core.
        let network = try BenchmarkNetwork()
        let plan = try Plan(options, network: network)
        var report = Report()
        print(plan.description)
        for topic in BenchmarkTopic.allCases where options.topics.isEmpty || options.topics.contains(topic) {
            try await topic.measure(plan, &report)
        }
        return report
    }
}

/// What may be asked for on the command line.
struct BenchmarkOptions: ParsableArguments {
    static let configuration = CommandConfiguration(commandName: "rawtcpweb-bench")

    @Flag(help: "One short run of each, for a first look; a missed floor is printed and not an error.")
    var quick = false

    @Option(help: "Interleaved runs of each contestant.")
    var runs = 5

    @Option(help: "The core of the contestants.")
    var clientCore = 0

    @Option(help: "The core of the kernel servers that they talk to.")
    var serverCore = 1

    @Option(help: "So many times as many handshakes in each run: for profiling.")
    var times = 1

    @Option(help: "Only the comparisons whose title contains this: for profiling.")
    var only = ""

    @Argument(help: "Topics: \(BenchmarkTopic.allCases.map(\.rawValue).joined(separator: ", ")). All, unless given.")
    var topics: [BenchmarkTopic] = []
}

/// What is measured, in this order.
enum BenchmarkTopic: String, CaseIterable, ExpressibleByArgument {
    case handshake
    case pingpong
    case bulk
    case idle
    case log
    case loss

    fileprivate func measure(_ plan: Plan, _ report: inout Report) async throws {
        switch self {
        case .handshake: try await HandshakeBenchmark(plan).measure(&report)
        case .pingpong: try await PingPongBenchmark(plan).measure(&report)
        case .bulk: try await BulkBenchmark(plan).measure(&report)
        case .idle: try await IdleBenchmark(plan).measure(&report)
        case .log: try await LogBenchmark(plan).measure(&report)
        case .loss: try await LossBenchmark(plan).measure(&report)
        }
    }
}

/// Where and how often everything runs.
struct Plan: CustomStringConvertible {
    let network: BenchmarkNetwork
    /// Both contestants run here.
    let clientCore: Int
    /// The kernel servers that both talk to run here.
    let serverCore: Int
    let runs: Int
    let isQuick: Bool
    let times: Int
    private let only: String

    init(_ options: BenchmarkOptions, network: BenchmarkNetwork) throws(BenchmarkError) {
        self.network = network
        let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        clientCore = min(max(options.clientCore, 0), cores - 1)
        serverCore = min(max(options.serverCore, 0), cores - 1)
        isQuick = options.quick
        times = max(1, options.times)
        only = options.only
        runs = options.quick ? 1 : max(1, options.runs)
        // The global pool's threads inherit it too.
        try check("sched_setaffinity", cnio_pin_thread(Int32(clientCore)))
    }

    /// A full measurement's number, or one for a first look.
    func scaled(_ full: Int) -> Int { isQuick ? max(1, full / 8) : full }

    /// The comparison is to be made.
    func wants(_ title: String) -> Bool { only.isEmpty || title.contains(only) }

    var description: String {
        """
        placement: contestants on core \(clientCore), kernel servers on core \(serverCore), unless a line says otherwise
        network:   namespaces of our own; kernel TCP with cubic; veth: MTU 1500, tso, gso and gro off at both ends
        figures:   median [min … max] of \(runs) interleaved runs; the ratio is ours to the kernel's
        """
    }
}
