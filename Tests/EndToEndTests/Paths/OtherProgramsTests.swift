import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Programs that everybody has, over a link: nginx serves us, curl and nc call us, nmap scans us, a flood comes upon us.
    @Suite struct OtherPrograms {
        private static func run(_ flags: [String] = [], _ test: (Service, NetworkNamespace) throws -> Void) throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.90.1", there, "10.77.90.2").connect()
            // What is meant for strangers goes to the other end, which forwards nothing.
            try here.run(["ip", "route", "add", "default", "via", "10.77.90.2"])
            let targets = ["--allow-target", "10.0.0.0/8", "--allow-target", "[fd00::]/8"]
            try Service.run(targets + flags, in: here) { service in try test(service, there) }
        }

        private static func listen(_ service: Service, at local: String, _ kind: String) throws -> Int {
            let opened = try service.post("/v1/listeners", ["local": .string(local), "service": .string(kind)])
            try #require(opened.status == 201, "\(opened)")
            return try #require(opened.json["local"]["port"].int)
        }

        @Test(arguments: ["10.77.90.2", "[fd00::2]"]) func nginxServesUs(host: String) throws {
            try Self.run { service, there in
                let folder = FileManager.default.temporaryDirectory.appending(path: "nginx-\(UUID())")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                var random = SplitMix64(seed: 90)
                let file = random.octets(1 << 20)
                try Data(file).write(to: folder.appending(path: "file"))
                let configuration = """
                    daemon off; master_process off; pid \(folder.path())/pid; error_log stderr; user root;
                    events { worker_connections 16; }
                    http { access_log off; server { listen 10.77.90.2:80; listen [fd00::2]:80; root \(folder.path()); } }
                    """
                try configuration.write(to: folder.appending(path: "conf"), atomically: true, encoding: .utf8)
                let nginx = try there.perform {
                    Result { try ChildProcess(["nginx", "-e", "stderr", "-c", "\(folder.path())/conf"]) }
                }.get()
                defer { nginx.signal(SIGTERM) }
                let opened = try Self.connectOnceThere(service, "\(host):80")
                try #require(opened.status == 201, "\(opened) \(nginx.diagnosis)")
                let path = "/v1/connections/\(opened.json["id"].string ?? "")"
                let request = "GET /file HTTP/1.1\r\nHost: far\r\nConnection: close\r\n\r\n"
                #expect(try service.post("\(path)/send", ["text": .string(request)]).status == 200)
                // Not closed meanwhile: nginx takes a FIN for a client that has lost interest.
                var octets: [UInt8] = []
                while true {
                    let piece = try service.get("\(path)/received?offset=\(octets.count)&limit=262144&wait=5s")
                    octets += piece.body
                    if piece.fields["stream-final"] == "true" || piece.body.isEmpty { break }
                }
                let isServed =
                    octets.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)) && Array(octets.suffix(file.count)) == file
                #expect(isServed, "\(octets.count) octets came")
            }
        }

        /// The server takes a moment to listen; until then its kernel refuses.
        private static func connectOnceThere(_ service: Service, _ remote: String) throws -> HTTPAnswer {
            let deadline = ContinuousClock.now + .patience
            while true {
                let answer = try service.post("/v1/connections", ["remote": .string(remote)])
                if answer.json["type"] != "/problems/connection-refused" || ContinuousClock.now > deadline {
                    return answer
                }
            }
        }

        @Test(arguments: ["10.77.90.1", "[fd00::1]"]) func curlTalksToOurListener(host: String) throws {
            try Self.run { service, there in
                let port = try Self.listen(service, at: "\(host):0", "hold")
                let curl = try there.perform {
                    Result { try ChildProcess(["curl", "-sgS", "-m", "20", "http://\(host):\(port)/page"]) }
                }.get()
                let accepted = try service.get("/v1/listeners/l1/accepted?after=0&wait=10s").json
                let again = try service.get("/v1/listeners/l1/accepted?after=0").json
                #expect(accepted["connections"][0]["id"] == again["connections"][0]["id"] && again["next"] == 1)
                let path = "/v1/connections/\(accepted["connections"][0]["id"].string ?? "")"
                #expect(try service.get("\(path)/received?minimum=20&wait=5s").text.hasPrefix("GET /page HTTP/1.1\r\n"))
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhand-made"
                #expect(try service.post("\(path)/send", ["text": .string(answer)]).status == 200)
                #expect(try curl.wait(within: .patience) == .exited(0), "\(curl.diagnosis)")
                #expect(curl.output.waitForEnd(within: .patience))
                #expect(curl.output.text == "hand-made")
            }
        }

        @Test(arguments: ["10.77.90.1", "fd00::1"]) func ncTalksToOurListener(address: String) throws {
            try Self.run { service, there in
                let host = address.contains(":") ? "[\(address)]" : address
                let port = try Self.listen(service, at: "\(host):0", "echo")
                let command = "head -c 100000 /dev/zero | tr '\\0' x | nc -N -w 20 \(address) \(port) | wc -c"
                #expect(
                    try there.run(["sh", "-c", command]).trimmingCharacters(in: .whitespacesAndNewlines) == "100000")
            }
        }

        /// RFC 9293 §3.10.7.1 and §3.10.7.2: what a closed and a listening port do about segments without SYN is how these scans
        /// tell them apart.
        @Test(arguments: ["10.77.90.1", "fd00::1"]) func nmapSeesWhatTheRFCSays(address: String) throws {
            try Self.run { service, there in
                let isV6 = address.contains(":")
                let open = try Self.listen(service, at: isV6 ? "[\(address)]:0" : "\(address):0", "hold")
                // An endpoint of ours without a listener: a connection to somebody else holds it.
                let server = try KernelSocket.listening(at: isV6 ? "fd00::2" : "10.77.90.2", in: there)
                let remote = isV6 ? "[fd00::2]:\(server.localPort)" : "10.77.90.2:\(server.localPort)"
                let holder = try service.post("/v1/connections", ["remote": .string(remote)])
                let closed = try #require(holder.json["local"]["port"].int, "\(holder)")
                for (scan, listening, silent) in [
                    ("-sS", "open", "closed"), ("-sA", "unfiltered", "unfiltered"), ("-sN", "open|filtered", "closed"),
                    ("-sF", "open|filtered", "closed"), ("-sX", "open|filtered", "closed"),
                ] {
                    let family = isV6 ? ["-6"] : []
                    let ports = "\(open),\(closed)"
                    let report = try there.run(
                        ["nmap"] + family + [
                            scan, "-n", "-Pn", "-p", ports, "--max-retries", "1", "--host-timeout", "20s", "-oG", "-",
                            address,
                        ])
                    #expect(report.contains("\(open)/\(listening)/tcp"), "\(scan): \(report)")
                    #expect(report.contains("\(closed)/\(silent)/tcp"), "\(scan): \(report)")
                }
                #expect(try service.get("/v1/connections/c1").json["state"] == "ESTABLISHED")
            }
        }

        @Test func aFloodOfSYNsLeavesMemoryBoundedAndAnHonestClientServed() throws {
            try Self.run(["--log-segments", "4096", "--log-payload", "1MiB"]) { service, there in
                let port = UInt16(try Self.listen(service, at: "10.77.90.1:0", "echo"))
                let before = try service.residentOctets()
                let target = Endpoint(IPAddress(v4: 0x0a4d_5a01), port)
                try there.perform { Result { try Self.flood(target, 100_000) } }.get()
                let client = try KernelSocket.connected(to: port, at: "10.77.90.1", in: there)
                try client.write("honest")
                #expect(try String(decoding: client.read(), as: UTF8.self) == "honest")
                let grown = try service.residentOctets() - before
                #expect(grown < 48 << 20, "\(grown) octets")
                let listener = try service.get("/v1/listeners/l1").json
                #expect(listener["accepted"] == 1)
            }
        }

        /// SYNs of as many peers as there are SYNs.
        private static func flood(_ target: Endpoint, _ count: Int) throws {
            let link = try RawSocketLink(family: .v4)
            for number in 0..<count {
                let source = Endpoint(
                    IPAddress(v4: 0x0a63_0000 | UInt32(number % 50_000)), UInt16(1_024 + number / 50_000))
                var packet = OutboundPacket(destination: target, record: 0)
                let syn = OutgoingSegment(
                    sequence: SequenceNumber(UInt32(number)), flags: .syn, cause: .syn, because: nil)
                syn.encode(in: Envelope(FourTuple(local: source, remote: target)), into: &packet)
                link.enqueue(packet)
                guard link.isFull || number == count - 1 else { continue }
                var room = pollfd(fd: link.fileDescriptor, events: Int16(POLLOUT), revents: 0)
                while link.flush({ _, _ in }) == .blocked { _ = poll(&room, 1, 1_000) }
            }
        }
    }
}

extension Service {
    /// VmRSS of the service.
    fileprivate func residentOctets() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(separator: " ").dropLast().last.flatMap({ Int($0) })
        else { throw HarnessError("no VmRSS") }
        return kibibytes << 10
    }
}
