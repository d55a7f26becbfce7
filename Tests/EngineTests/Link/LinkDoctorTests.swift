import Engine
import Synchronization
import TestSupport
import Testing

@Suite struct LinkDoctorTests {
    /// Another program that earns a RST of the kernel's with each SYN. `@unchecked Sendable`: made on one thread, then used
    /// only by the loop that it was given to.
    private final class Noise: @unchecked Sendable {
        private let link: RawSocketLink

        init() throws {
            link = try RawSocketLink(family: .v4)
            try link.setFilter(.nothing)
        }

        /// Nobody listens at port 9.
        func knock() {
            let syn = RawSegment(source: Endpoint(.loopbackV4, 7), destination: Endpoint(.loopbackV4, 9))
            link.enqueue(syn.packet())
            link.sendAll()
        }
    }

    /// A job of an engine's loop that begins anew for as long as it may.
    private final class Busywork: Sendable {
        private let isOver = Atomic(false)

        func end() { isOver.store(true, ordering: .relaxed) }

        func go(on engine: isolated Engine) {
            guard !isOver.load(ordering: .relaxed) else { return }
            Task { go(on: engine) }
        }
    }

    /// An engine whose loop lives in a namespace of its own, and noise there.
    private static func makeEngine() async throws -> (engine: Engine, noise: Noise) {
        let made = try await inNetworkNamespace { (try Engine(configuration: EngineConfiguration()), try Noise()) }
        try await made.0.start()
        return made
    }

    @Test func onAQuietHostEverythingPasses() async throws {
        let (engine, _) = try await Self.makeEngine()
        defer { engine.stop() }
        let report = await engine.diagnose()
        #expect(report.checks.map(\.name).first == "raw-socket")
        #expect(report.checks.map(\.name).last == "guard")
        #expect(report.checks.count == 12)
        // How many descriptors a process may have is the host's choice; half of them are for guards, of which 4,096 are enough.
        let scarce = report.checks.filter { $0.verdict == .warn && $0.name == "file-descriptors" }
        #expect(scarce.isEmpty == (Limits.fileDescriptors >= 2 * 4_096), "\(report)")
        let others = report.checks.filter { $0.name != "file-descriptors" }
        #expect(others.allSatisfy { $0.verdict == .pass && $0.remedy == nil }, "\(report)")
        #expect(await engine.status().openConnections == 0)
    }

    @Test func whereOthersEarnResetsTheGuardIsNotProved() async throws {
        let (engine, noise) = try await Self.makeEngine()
        defer { engine.stop() }
        func knockInEachTurn(of engine: isolated Engine) {
            let pump = engine.loop.onTurn
            engine.loop.onTurn = {
                noise.knock()
                pump?()
            }
        }
        await knockInEachTurn(of: engine)
        // With another job waiting, the doctor's own steps each end a turn.
        let busywork = Busywork()
        defer { busywork.end() }
        await busywork.go(on: engine)
        let report = await engine.diagnose()
        let check = try #require(report.checks.last)
        #expect(check.verdict == .warn)
        #expect(check.detail.contains("noisy host"))
        #expect(check.remedy != nil)
    }

    @Test func anOverlapWithTheKernelsPortsIsAWarningWithARemedy() throws {
        let report = DoctorReport.ofHost(portRange: 1...65_535)
        let check = try #require(report.checks.first { $0.name == "port-range" })
        #expect(check.verdict == .warn)
        #expect(check.remedy?.contains("ip_local_reserved_ports=1-65535") == true)
    }

    @Test func aReportIsAsBadAsItsWorstCheck() {
        func report(_ verdicts: [DoctorReport.Verdict]) -> DoctorReport {
            DoctorReport(checks: verdicts.map { DoctorReport.Check("x", $0, "") })
        }
        #expect(report([]).verdict == .pass)
        #expect(report([.pass, .warn, .pass]).verdict == .warn)
        #expect(report([.fail, .warn, .pass]).verdict == .fail)
    }

    @Test func capabilitiesAreReadFromTheStatusFile() {
        let status = "Name:\trawtcpweb\nCapPrm:\t0000000000002400\nCapEff:\t0000000000002000\nCapBnd:\t01ffffffffff\n"
        #expect(Capabilities(status: status) == .netRaw)
        #expect(Capabilities(status: "Name:\tx\n") == nil)
        #expect(Capabilities(status: "CapEff:\tnonsense\n") == nil)
    }

    @Test func aCounterIsFoundByTheNameAboveIt() {
        let text = "Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn OutRsts\nTcp: 200 -1 42\n"
        #expect(ProcFile.counter("OutRsts", of: "Tcp:", in: text) == 42)
        #expect(ProcFile.counter("MaxConn", of: "Tcp:", in: text) == nil)
        #expect(ProcFile.counter("OutRsts", of: "Udp:", in: text) == nil)
        #expect(ProcFile.counter("OutRsts", of: "Tcp:", in: "Tcp: OutRsts\n") == nil)
    }
}
