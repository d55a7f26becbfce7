import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What the service may do once it serves, thread by thread.
    @Suite struct Privileges {
        /// A field of every thread's status in /proc.
        private func field(_ name: String, of service: Service) throws -> Set<String> {
            let tasks = "/proc/\(service.process.pid)/task"
            let threads = try FileManager.default.contentsOfDirectory(atPath: tasks)
            #expect(threads.count > 2)
            return Set(
                threads.compactMap { thread in
                    // One that has ended meanwhile may do nothing any more.
                    guard let status = try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8) else {
                        return nil
                    }
                    let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
                    return line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
                })
        }

        /// CAP_NET_BIND_SERVICE and CAP_NET_RAW.
        private static let both = "0000000000002400"

        @Test func ofRootsPowersOnlyTwoAreLeft() throws {
            let listener = try KernelSocket.listening()
            let local = try KernelSocket.freePort()
            try Service.run { service in
                #expect(try field("CapEff", of: service) == [Self.both])
                #expect(try field("CapPrm", of: service) == [Self.both])
                #expect(try field("CapInh", of: service) == ["0000000000000000"])
                #expect(try field("CapAmb", of: service) == ["0000000000000000"])
                #expect(try field("NoNewPrivs", of: service) == ["1"])
                // And they are enough, for privileged ports too.
                _ = try service.connect(to: listener.localPort, ["local": "127.0.0.1:\(local)"])
                #expect(try service.get("/readyz").status == 200)
            }
        }

        @Test func theUserChangesOnEveryThread() throws {
            let listener = try KernelSocket.listening()
            try Service.run(["--user", "nobody"]) { service in
                let account = try #require(getpwnam("nobody")?.pointee)
                let user = [String](repeating: "\(account.pw_uid)", count: 4).joined(separator: "\t")
                let group = [String](repeating: "\(account.pw_gid)", count: 4).joined(separator: "\t")
                #expect(try field("Uid", of: service) == [user])
                #expect(try field("Gid", of: service) == [group])
                #expect(try field("Groups", of: service) == [""])
                #expect(try field("CapEff", of: service) == [Self.both])
                _ = try service.connect(to: listener.localPort)
                #expect(try service.get("/").status == 200)
            }
        }

        @Test func aLoneCapabilityIsEnoughForOrdinaryPorts() throws {
            let network = try NetworkNamespace()
            let server = try EchoServer(in: network)
            // No way to a firewall either: neither the right nor the tools.
            let prefix = ["setpriv", "--bounding-set=-all,+net_raw", "env", "PATH=/nowhere"]
            try Service.run(in: network, prefix: prefix) { service in
                #expect(try field("CapEff", of: service) == ["0000000000002000"])
                _ = try service.connect(to: server.port)
                let low = try service.post(
                    "/v1/connections", ["remote": "127.0.0.1:\(server.port)", "local": "127.0.0.1:1017"])
                expectProblem(low, 403, "privileged-port")
            }
        }

        @Test(arguments: [["--user", "does-not-exist"], ["--user", "root"]])
        func anAccountThatCannotBeIsRefused(arguments: [String]) throws {
            let process = try ChildProcess([Checkout.program, "serve", "--listen", "127.0.0.1:0"] + arguments)
            #expect(try process.wait(within: .patience) != .exited(0))
            #expect(process.errors.waitForEnd(within: .patience))
            #expect(process.errors.text.contains(arguments[1]))
        }

        @Test func theServiceManagerIsToldOfStartAndEnd() throws {
            let directory = try TemporaryDirectory()
            let path = directory.path + "/notify"
            let manager = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(manager) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(manager, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
            var patience = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            func message() -> String {
                var buffer = [UInt8](repeating: 0, count: 256)
                let count = recv(manager, &buffer, buffer.count, 0)
                return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
            }
            let service = try Service(prefix: ["env", "NOTIFY_SOCKET=\(path)"])
            #expect(message() == "READY=1")
            try service.stop()
            #expect(message() == "STOPPING=1")
        }
    }
}
