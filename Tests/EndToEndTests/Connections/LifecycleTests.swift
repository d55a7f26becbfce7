import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// How the program starts, how it ends, and what it leaves behind.
    @Suite struct Lifecycle {
        @Test func killingTheServiceLeavesNothingBehind() throws {
            let network = try NetworkNamespace()
            let server = try EchoServer(in: network)
            let service = try Service(in: network)
            let rules = try Self.firewallRules(in: network)
            let local = try KernelSocket.freePort(in: network)
            _ = try service.connect(to: server.port, ["local": "127.0.0.1:\(local)"])
            // While the service lives the guard holds the port.
            #expect(throws: HarnessError.self) { try KernelSocket.listening(on: local, in: network) }
            #expect(try Self.firewallRules(in: network) == rules)

            service.process.signal(SIGKILL)
            #expect(try service.process.wait(within: .patience) == .killed(SIGKILL))
            #expect(try Self.firewallRules(in: network) == rules)
            _ = try KernelSocket.listening(on: local, in: network)
        }

        @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsTheServiceInOrder(signal: Int32) throws {
            let listener = try KernelSocket.listening()
            let service = try Service()
            _ = try service.connect(to: listener.localPort)
            let peer = try listener.accepted()
            let end = try inParallel(
                { try peer.read() },
                {
                    service.process.signal(signal)
                })
            #expect(end == [], "a FIN, not a RST")
            peer.endWriting()
            #expect(try service.process.wait(within: .patience) == .exited(0), "\(service.process.diagnosis)")
        }

        @Test func aSignalThatComesTwiceAtOnceIsOneRequest() throws {
            let service = try Service()
            service.process.signal(SIGTERM)
            service.process.signal(SIGTERM)
            #expect(try service.process.wait(within: .patience) == .exited(0), "\(service.process.diagnosis)")
        }

        @Test func aPeerThatNeverClosesCannotHoldTheServiceBack() throws {
            let listener = try KernelSocket.listening()
            let service = try Service()
            _ = try service.connect(to: listener.localPort)
            let peer = try listener.accepted()
            service.process.signal(SIGTERM)
            #expect(try service.process.wait(within: .seconds(30)) == .exited(0), "\(service.process.diagnosis)")
            _ = peer
        }

        @Test func withoutTheCapabilityTheProgramSaysWhichAndHowToGiveIt() throws {
            let process = try ChildProcess([
                "setpriv", "--bounding-set=-net_raw", Checkout.program, "serve", "--listen", "127.0.0.1:0",
            ])
            let ending = try process.wait(within: .patience)
            #expect(ending != .exited(0))
            #expect(process.errors.waitForEnd(within: .patience))
            #expect(process.errors.text.lowercased().contains("cap_net_raw"))
            #expect(process.errors.text.contains("setcap cap_net_raw,cap_net_bind_service+ep"))
        }

        @Test func withoutTheSecondCapabilityOnlyLowPortsAreClosed() throws {
            // A new network has the kernel's default: ports below 1024 are privileged.
            let network = try NetworkNamespace()
            let server = try EchoServer(in: network)
            try Service.run(in: network, prefix: ["setpriv", "--bounding-set=-net_bind_service"]) { service in
                let low = try service.post(
                    "/v1/connections", ["remote": "127.0.0.1:\(server.port)", "local": "127.0.0.1:1017"])
                expectProblem(low, 403, "privileged-port")
                _ = try service.connect(
                    to: server.port, ["local": "127.0.0.1:\(try KernelSocket.freePort(in: network))"])
            }
        }

        @Test func aBindAddressBeyondLoopbackIsRefused() throws {
            let process = try ChildProcess([Checkout.program, "serve", "--listen", "0.0.0.0:0"])
            #expect(try process.wait(within: .patience) != .exited(0))
        }

        @Test func helpAndVersionNeedNoPrivilege() throws {
            for flag in ["--help", "--version"] {
                let text = try ChildProcess.run(["setpriv", "--bounding-set=-all", Checkout.program, flag])
                #expect(!text.isEmpty)
            }
            let help = try ChildProcess.run([Checkout.program, "--help"])
            for command in ["serve", "echo", "doctor"] { #expect(help.contains(command)) }
        }

        @Test func theDoctorOfTheCommandLinePasses() throws {
            let network = try NetworkNamespace()
            let process = try network.perform { Result { try ChildProcess([Checkout.program, "doctor"]) } }.get()
            #expect(try process.wait(within: .patience) == .exited(0), "\(process.diagnosis)")
            #expect(process.output.waitForEnd(within: .patience))
            #expect(process.output.text.lowercased().contains("guard"))
        }

        @Test func theEchoServerPrintsWhatComesWithoutDrivingTheTerminal() throws {
            let server = try EchoServer()
            let client = try KernelSocket.connected(to: server.port)
            try client.write("bell \u{7}\n")
            #expect(try client.read() == Array("bell \u{7}\n".utf8))
            #expect(server.process.output.wait(within: .patience) { $0.contains(#"bell \x07\x0a"#) })
        }

        private static func firewallRules(in network: NetworkNamespace) throws -> String {
            try network.perform { Result { try ChildProcess.run(["nft", "list", "ruleset"]) } }.get()
        }
    }
}
