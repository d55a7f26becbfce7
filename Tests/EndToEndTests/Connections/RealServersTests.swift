import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Programs that know nothing of us, through our tunnels to servers that know nothing of us: each direction of their
    /// octets passes our TCP.
    @Suite struct RealServers {
        private let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        /// A server that a test started, once its port answers.
        private func start(_ arguments: [String], port: UInt16) throws -> ChildProcess {
            let process = try ChildProcess(arguments)
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                if (try? KernelSocket.connected(to: port)) != nil { return process }
                // A port that nobody listens at refuses at once: there is nothing to wait for but the next try.
                Thread.sleep(forTimeInterval: 0.05)
            }
            throw HarnessError("the server does not answer: \(process.diagnosis)")
        }

        /// A port at which every connection is one through the service to `port`.
        private func relay(_ service: Service, to port: UInt16) throws -> (process: ChildProcess, port: UInt16) {
            let own = try KernelSocket.freePort()
            let listen = "TCP-LISTEN:\(own),fork,reuseaddr,bind=127.0.0.1"
            let proxy = "PROXY:127.0.0.1:127.0.0.1:\(port),proxyport=\(service.client.port)"
            return (try start(["socat", listen, proxy], port: own), own)
        }

        private func segments(_ service: Service) throws -> Int {
            try #require(service.get("/v1/segments?last=1").json["next"].int)
        }

        // MARK: ssh and git

        /// An sshd of its own that lets the owner of the key in, and the client's words to get there through the service.
        private func startSSH(_ service: Service) throws -> (server: ChildProcess, port: UInt16, client: [String]) {
            for key in ["host", "user"] {
                try ChildProcess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(directory.path)/\(key)"])
            }
            let port = try KernelSocket.freePort()
            let configuration = try directory.write(
                """
                Port \(port)
                ListenAddress 127.0.0.1
                HostKey \(directory.path)/host
                AuthorizedKeysFile \(directory.path)/user.pub
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                PidFile none
                """, to: "sshd")
            // Where sshd's unprivileged half lives; the package's service makes it, which need not have run.
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
            let server = try start(["/usr/sbin/sshd", "-D", "-e", "-f", configuration], port: port)
            let proxy = "\(Checkout.program) connect %h:%p --service http://127.0.0.1:\(service.client.port)"
            let client = [
                "ssh", "-F", "none", "-i", "\(directory.path)/user", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o",
                "ProxyCommand=\(proxy)", "-p", "\(port)",
            ]
            return (server, port, client)
        }

        @Test func sshRunsOverOurTCP() throws {
            try Service.run { service in
                let ssh = try startSSH(service)
                let octets = [UInt8]((0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) })
                try Data(octets).write(to: URL(filePath: "\(directory.path)/in"))
                let words = (ssh.client + ["\(NSUserName())@127.0.0.1", "cat"]).map { "'\($0)'" }
                try ChildProcess.run([
                    "sh", "-c", "\(words.joined(separator: " ")) < \(directory.path)/in > \(directory.path)/out",
                ])
                #expect(try Data(contentsOf: URL(filePath: "\(directory.path)/out")) == Data(octets))
                #expect(try segments(service) > 40)
                _ = ssh.server
            }
        }

        /// A repository with one commit; its path.
        private func makeRepository() throws -> String {
            let checkout = "\(directory.path)/checkout"
            try ChildProcess.run(["git", "init", "-q", checkout])
            _ = try directory.write(String(repeating: "a line of the file\n", count: 20_000), to: "checkout/file")
            try ChildProcess.run(["git", "-C", checkout, "add", "file"])
            try ChildProcess.run([
                "git", "-C", checkout, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m",
                "one",
            ])
            try ChildProcess.run(["git", "clone", "-q", "--bare", checkout, "\(directory.path)/bare.git"])
            try ChildProcess.run(["git", "-C", "\(directory.path)/bare.git", "update-server-info"])
            return "\(directory.path)/bare.git"
        }

        @Test func gitClonesOverSSHAndOverHTTPS() throws {
            let repository = try makeRepository()
            try Service.run { service in
                let ssh = try startSSH(service)
                let command = ssh.client.dropLast(2).map { "'\($0)'" }.joined(separator: " ")
                try ChildProcess.run([
                    "env", "GIT_SSH_COMMAND=\(command)", "git", "clone", "-q",
                    "ssh://\(NSUserName())@127.0.0.1:\(ssh.port)\(repository)", "\(directory.path)/by-ssh",
                ])
                let certificate = try directory.makeCertificate()
                let port = try KernelSocket.freePort()
                let configuration = try directory.write(
                    """
                    daemon off; master_process off; pid \(directory.path)/pid; error_log \(directory.path)/error.log; user \(NSUserName());
                    events {}
                    http {
                        access_log off; client_body_temp_path \(directory.path)/b; proxy_temp_path \(directory.path)/p;
                        fastcgi_temp_path \(directory.path)/f; uwsgi_temp_path \(directory.path)/u;
                        scgi_temp_path \(directory.path)/s;
                        server {
                            listen 127.0.0.1:\(port) ssl; root \(directory.path);
                            ssl_certificate \(certificate.certificate); ssl_certificate_key \(certificate.key);
                        }
                    }
                    """, to: "nginx.conf")
                let server = try start(["/usr/sbin/nginx", "-p", directory.path, "-c", configuration], port: port)
                try ChildProcess.run([
                    "env", "GIT_SSL_CAINFO=\(certificate.certificate)", "git", "-c",
                    "http.proxy=http://127.0.0.1:\(service.client.port)", "clone", "-q",
                    "https://127.0.0.1:\(port)/bare.git",
                    "\(directory.path)/by-https",
                ])
                let original = try Data(contentsOf: URL(filePath: "\(directory.path)/checkout/file"))
                for clone in ["by-ssh", "by-https"] {
                    #expect(try Data(contentsOf: URL(filePath: "\(directory.path)/\(clone)/file")) == original)
                }
                server.signal(SIGTERM)
                _ = ssh.server
            }
        }

        // MARK: Databases, through socat

        @Test func redisIsReached() throws {
            let port = try KernelSocket.freePort()
            let server = try start(
                [
                    "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", directory.path,
                    "--daemonize", "no",
                ], port: port)
            try Service.run { service in
                let relay = try relay(service, to: port)
                let client = ["redis-cli", "-h", "127.0.0.1", "-p", "\(relay.port)"]
                #expect(try ChildProcess.run(client + ["SET", "greeting", "over raw TCP"]) == "OK\n")
                #expect(try ChildProcess.run(client + ["GET", "greeting"]) == "over raw TCP\n")
                let value = String(repeating: "x", count: 100_000)
                #expect(try ChildProcess.run(client + ["ECHO", value]) == value + "\n")
                #expect(try service.get("/v1/connections?origin=tunnel").json["connections"].elements.count >= 3)
            }
            server.signal(SIGTERM)
        }

        @Test func postgreSQLIsReached() throws {
            // It refuses to be root, so the directory is its own user's.
            let cluster = directory.path + "/cluster"
            try FileManager.default.createDirectory(atPath: cluster, withIntermediateDirectories: false)
            try ChildProcess.run(["chmod", "711", directory.path])
            try ChildProcess.run(["chown", "postgres", cluster])
            let bin = try ChildProcess.run(["sh", "-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"])
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            try ChildProcess.run(
                user + ["\(bin)/initdb", "--auth=trust", "--no-sync", "--no-instructions", "-D", cluster],
                within: .patience)
            let port = try KernelSocket.freePort()
            let server = try start(
                user + [
                    "\(bin)/postgres", "-D", cluster, "-p", "\(port)", "-k", cluster, "-c", "fsync=off", "-c",
                    "listen_addresses=127.0.0.1",
                ], port: port)
            // It listens before it serves: until then it says that it is starting up.
            let probe = "until psql -h 127.0.0.1 -p \(port) -U postgres -d postgres -c 'select 1'; do sleep 0.1; done"
            try ChildProcess.run(["sh", "-c", probe], within: .patience)
            try Service.run { service in
                let relay = try relay(service, to: port)
                let client = ["psql", "-h", "127.0.0.1", "-p", "\(relay.port)", "-U", "postgres", "-d", "postgres"]
                let sum = try ChildProcess.run(client + ["-Atc", "select sum(n) from generate_series(1, 100000) n"])
                #expect(sum == "5000050000\n")
                let rows = try ChildProcess.run(
                    client + ["-Atc", "select repeat('x', 300) from generate_series(1, 5000)"])
                #expect(rows.utf8.count == 5000 * 301)
            }
            // The fast shutdown, which does not wait for clients.
            server.signal(SIGINT)
            _ = try? server.wait(within: .patience)
        }
    }
}
