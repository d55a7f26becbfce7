import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The kernel, which knows nothing of our connections, must not reset them; in a network of the test's own, where nobody
    /// else moves its counter of sent RSTs.
    @Suite struct ResetGuard {
        @Test func theKernelSendsNoResetDuringTheWholeJob() throws {
            let network = try NetworkNamespace()
            let server = try EchoServer(in: network)
            try Service.run(in: network) { service in
                let before = try network.kernelResets()
                let connection = try service.connect(to: server.port)
                #expect(try service.post("\(connection)/send", ["text": "hello raw"]).status == 200)
                #expect(try service.get("\(connection)/received?minimum=9&wait=5s").text == "hello raw")
                #expect(try service.post("\(connection)/close").status == 200)
                #expect(try service.get("\(connection)?wait=state:TIME-WAIT&timeout=5s").json["state"] == "TIME-WAIT")
                #expect(try network.kernelResets() == before)
            }
        }

        @Test func withoutAGuardTheKernelResetsTheHandshake() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.0.1", there, "10.77.0.2").connect()
            let server = try KernelSocket.listening(at: "10.77.0.2", in: there)
            try Service.run(["--allow-target", "10.77.0.0/24"], in: here) { service in
                let remote = JSON.string("10.77.0.2:\(server.localPort)")
                let before = try here.kernelResets()
                let guarded = try service.post("/v1/connections", ["remote": remote])
                #expect(guarded.status == 201, "\(guarded)")
                #expect(try service.delete("/v1/connections/c1").status == 204)
                #expect(try here.kernelResets() == before)

                // The peer's own resets count in its own network.
                let bare = try service.post("/v1/connections", ["remote": remote, "guard": "none"])
                if bare.status == 201 {
                    // The handshake was over before the peer's answer to our kernel's RST came in.
                    let id = try #require(bare.json["id"].string)
                    let ended = try service.get("/v1/connections/\(id)?wait=closed&timeout=5s").json
                    #expect(ended["closeReason"] == "reset-by-peer")
                } else {
                    expectProblem(bare, 502, "kernel-reset")
                }
                #expect(try here.kernelResets() == before + 1)
            }
        }

        @Test func theDoctorProvesTheGuardByAHandshake() throws {
            let network = try NetworkNamespace()
            try Service.run(in: network) { service in
                let before = try network.kernelResets()
                let report = try service.get("/v1/doctor")
                #expect(report.status == 200)
                let checks = report.json["checks"].elements
                #expect(checks.count >= 3, "\(report)")
                #expect(checks.allSatisfy { $0["verdict"] != "fail" }, "\(report)")
                #expect(try network.kernelResets() == before)
            }
        }
    }
}
