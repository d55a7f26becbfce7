import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// TLS between a client and the service, with the token that a bind beyond loopback needs.
    @Suite struct TLS {
        private static let token = "0123456789abcdef"

        private let directory: TemporaryDirectory
        private let files: (certificate: String, key: String)
        private let arguments: [String]

        init() throws {
            directory = try TemporaryDirectory()
            files = try directory.makeCertificate()
            let token = try directory.write(Self.token + "\n", to: "token")
            arguments = ["--tls-cert", files.certificate, "--tls-key", files.key, "--token-file", token]
        }

        private func curl(_ service: Service, _ arguments: [String], path: String = "/v1/engine") throws -> String {
            try ChildProcess.run(
                ["curl", "-sS", "--cacert", files.certificate, "--max-time", "20"] + arguments
                    + ["https://localhost:\(service.client.port)\(path)"])
        }

        /// What `openssl s_client` says, whether or not it succeeds.
        private func handshake(_ service: Service, _ arguments: [String]) throws -> String {
            let process = try ChildProcess(
                ["openssl", "s_client", "-connect", "127.0.0.1:\(service.client.port)"] + arguments)
            try process.wait(within: .patience)
            #expect(process.output.waitForEnd(within: .patience) && process.errors.waitForEnd(within: .patience))
            return process.output.text + process.errors.text
        }

        @Test func curlIsServedAndTheTokenIsNeeded() throws {
            let service = try Service(arguments)
            let bearer = ["-H", "Authorization: Bearer \(Self.token)"]
            let status = ["-o", "/dev/null", "-w", "%{http_code} %{http_version}"]
            #expect(try curl(service, status) == "401 1.1")
            #expect(try curl(service, status + bearer) == "200 1.1")
            #expect(try curl(service, ["-o", "/dev/null", "-w", "%{http_code}"], path: "/healthz") == "200")
            let session = try curl(
                service, ["-i", "--json", #"{"token": "\#(Self.token)"}"#], path: "/v1/session")
            #expect(session.contains("Set-Cookie: __Host-rawtcpweb="))
            #expect(session.contains("; Secure"))
            #expect(try curl(service, bearer).contains(#""internalErrors":0"#))
            try service.stop()
        }

        @Test func largeBodiesPassBothWays() throws {
            let service = try Service(arguments)
            let listener = try KernelSocket.listening()
            let bearer = ["-H", "Authorization: Bearer \(Self.token)"]
            let opened = try curl(
                service, bearer + ["--json", #"{"remote": "127.0.0.1:\#(listener.localPort)", "name": "bulk"}"#],
                path: "/v1/connections")
            #expect(opened.contains("ESTABLISHED"))
            let peer = try listener.accepted()
            let octets = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 16) }
            let file = directory.path + "/octets"
            try Data(octets).write(to: URL(filePath: file))
            let echoed = try inParallel(
                { () throws -> [UInt8] in
                    var received: [UInt8] = []
                    while received.count < octets.count { received += try peer.read() }
                    try peer.write(received)
                    return received
                },
                {
                    _ = try curl(
                        service,
                        bearer + ["-H", "Content-Type: application/octet-stream", "--data-binary", "@\(file)"],
                        path: "/v1/connections/bulk/send?wait=acked")
                })
            #expect(echoed == octets)
            let target = "/v1/connections/bulk/received?offset=0&limit=900000&minimum=900000&wait=10s"
            _ = try curl(service, bearer + ["-o", file + ".back"], path: target)
            #expect(try Data(contentsOf: URL(filePath: file + ".back")) == Data(octets.prefix(900_000)))
            try service.stop()
        }

        /// The program as a client of the service, by https.
        private func client(_ service: Service, _ arguments: [String], host: String = "localhost") -> [String] {
            [Checkout.program] + arguments + [
                "--service", "https://\(host):\(service.client.port)", "--token-file", "\(directory.path)/token",
            ]
        }

        @Test func ourOwnClientsSpeakTLSAndCarryAHalfClose() throws {
            let service = try Service(arguments)
            let server = try EchoServer()
            let octets = [UInt8]((0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
            try Data(octets).write(to: URL(filePath: directory.path + "/in"))
            let trust = ["--ca-file", files.certificate]
            // The end of the input is the FIN behind which the echo comes to its own end.
            let words = client(service, ["connect", "127.0.0.1:\(server.port)"]) + trust
            let command = words.joined(separator: " ") + " < \(directory.path)/in > \(directory.path)/out"
            try ChildProcess.run(["sh", "-c", command])
            #expect(try Data(contentsOf: URL(filePath: directory.path + "/out")) == Data(octets))
            let log = try ChildProcess.run(client(service, ["log", "--last", "3"], host: "127.0.0.1") + trust)
            #expect(log.split(separator: "\n").count == 3)
            try service.stop()
        }

        @Test func ourOwnClientsTrustOnlyWhoIsVouchedFor() throws {
            let service = try Service(arguments)
            let other = try directory.makeCertificate(for: "DNS:other.example", as: "other")
            let impostor = try Service([
                "--tls-cert", other.certificate, "--tls-key", other.key, "--token-file", "\(directory.path)/token",
            ])
            let cases = [
                (client(service, ["log"]), "self-signed certificate"),
                (client(service, ["log", "--ca-file", files.key]), "authorities \(files.key)"),
                (client(impostor, ["log", "--ca-file", other.certificate]), "hostname mismatch"),
                (client(impostor, ["log", "--ca-file", other.certificate], host: "127.0.0.1"), "IP address mismatch"),
            ]
            for (words, reason) in cases {
                let process = try ChildProcess(words)
                #expect(try process.wait(within: .patience) == .exited(69))
                #expect(process.errors.waitForEnd(within: .patience))
                #expect(process.errors.text.contains(reason), "\(process.errors.text)")
            }
            try service.stop()
            try impostor.stop()
        }

        @Test(arguments: ["-tls1", "-tls1_1"]) func versionsBefore12AreRefused(version: String) throws {
            let service = try Service(arguments)
            // At this security level the client itself would still speak them.
            let said = try handshake(service, [version, "-cipher", "ALL:@SECLEVEL=0"])
            #expect(said.contains("alert protocol version"), "\(said)")
            try service.stop()
        }

        @Test(arguments: ["-tls1_2", "-tls1_3"]) func versionsFrom12OnAreSpoken(version: String) throws {
            let service = try Service(arguments)
            let said = try handshake(service, [version, "-alpn", "h2,http/1.1", "-CAfile", files.certificate])
            #expect(said.contains("ALPN protocol: http/1.1"), "\(said)")
            #expect(said.contains("Verify return code: 0 (ok)"), "\(said)")
            try service.stop()
        }

        @Test func aClientThatOffersOnlyOtherProtocolsIsToldSo() throws {
            let service = try Service(arguments)
            #expect(try handshake(service, ["-alpn", "h2"]).contains("alert no application protocol"))
            try service.stop()
        }

        @Test func plainHTTPGetsNoAnswerAndHarmsNobody() throws {
            let service = try Service(arguments)
            #expect(throws: HTTPFailure.self) { try service.get("/healthz") }
            #expect(try curl(service, ["-o", "/dev/null", "-w", "%{http_code}"], path: "/healthz") == "200")
            try service.stop()
        }

        @Test func aNewCertificateIsTakenUpUnderLoadWithoutADroppedRequest() throws {
            let service = try Service(arguments)
            let renewed = try directory.makeCertificate("renewed", as: "renewed")
            let load = try ChildProcess([
                "curl", "-sS", "-k", "--no-keepalive", "-o", "/dev/null", "-w", "%{http_code}\n", "--parallel",
                "--parallel-max", "4", "-H", "Connection: close",
                "https://localhost:\(service.client.port)/healthz#[1-600]",
            ])
            #expect(load.output.wait(within: .patience) { $0.contains("200") })
            for (new, old) in [(renewed.certificate, files.certificate), (renewed.key, files.key)] {
                #expect(rename(new, old) == 0)
            }
            service.process.signal(SIGHUP)
            #expect(service.process.errors.wait(within: .patience) { $0.contains("certificate read again") })
            #expect(try load.wait(within: .patience) == .exited(0), "\(load.diagnosis)")
            #expect(load.output.waitForEnd(within: .patience))
            #expect(load.output.text.split(separator: "\n").count == 600)
            #expect(try handshake(service, []).contains("CN = renewed"))

            _ = try directory.write("nonsense", to: "tls.pem")
            service.process.signal(SIGHUP)
            #expect(service.process.errors.wait(within: .patience) { $0.contains("stays as it was") })
            #expect(try handshake(service, []).contains("CN = renewed"))
            try service.stop()
        }

        @Test func beyondLoopbackTokenAndTLSAreEnoughAndNothingLessIs() throws {
            let token = try directory.write(Self.token, to: "token2")
            let tls = ["--tls-cert", files.certificate, "--tls-key", files.key]
            for given in [[], tls, ["--token-file", token]] {
                let process = try ChildProcess([Checkout.program, "serve", "--listen", "0.0.0.0:0"] + given)
                #expect(try process.wait(within: .patience) == .exited(64))
                #expect(process.errors.waitForEnd(within: .patience))
                #expect(process.errors.text.contains(given.contains("--token-file") ? "--tls-cert" : "--token-file"))
            }
            // A second --listen overrides the first; a wildcard is reached by loopback.
            let service = try Service(["--listen", "0.0.0.0:0"] + tls + ["--token-file", token])
            #expect(try curl(service, ["-o", "/dev/null", "-w", "%{http_code}"], path: "/healthz") == "200")
            try service.stop()
        }

        @Test func filesThatCannotBeUsedAreNamedAtStart() throws {
            let empty = try directory.write("\n", to: "empty")
            let other = try directory.makeCertificate("other", as: "other")
            for (given, named) in [
                (["--token-file", empty], empty), (["--token-file", "/nowhere/token"], "/nowhere/token"),
                (["--tls-cert", files.certificate, "--tls-key", other.key], other.key),
                (["--tls-cert", "/nowhere.pem", "--tls-key", files.key], "/nowhere.pem"),
                (["--tls-cert", files.certificate], "--tls-key"),
            ] {
                let process = try ChildProcess([Checkout.program, "serve", "--listen", "127.0.0.1:0"] + given)
                #expect(try process.wait(within: .patience) != .exited(0))
                #expect(process.errors.waitForEnd(within: .patience))
                #expect(process.errors.text.contains(named), "\(process.diagnosis)")
            }
        }
    }
}
