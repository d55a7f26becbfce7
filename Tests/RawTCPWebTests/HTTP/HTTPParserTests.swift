import Engine
import HTTPTypes
import RawTCPWeb
import Testing

/// The parser as a value: what it makes of octets, and that it does not matter how they arrive.
@Suite struct HTTPParserTests {
    /// A parser and a decoder, and everything that they made of a stream of octets, one line for each thing.
    private struct Reading {
        private(set) var verdicts: [String] = []
        private var input = InputBuffer()
        private var parser = RequestParser(limits: HTTPLimits())
        private var body: BodyDecoder?
        private var content: [UInt8] = []

        init(of octets: [UInt8], cutAfter sizes: () -> Int) {
            var rest = octets[...]
            while !rest.isEmpty {
                let size = sizes()
                input.append(rest.prefix(size))
                rest = rest.dropFirst(size)
                do {
                    while try advance() {}
                } catch {
                    verdicts.append("after \(content): \(error)")
                    return
                }
            }
        }

        /// One step on; false where it takes more input.
        private mutating func advance() throws -> Bool {
            guard var decoder = body else {
                guard let head = try parser.parse(&input) else { return false }
                verdicts.append("\(head.head) \(head.rawTarget) \(head.framing) \(head.isPersistent)")
                body = BodyDecoder(head.framing)
                return true
            }
            let step = try decoder.decode(&input, upTo: 100)
            body = decoder
            switch step {
            case .octets(let part): content += part
            case .needsInput: return false
            case .end:
                verdicts.append("content \(content)")
                (body, content) = (nil, [])
            }
            return true
        }
    }

    private func verdicts(on octets: [UInt8], cutAfter sizes: () -> Int) -> [String] {
        Reading(of: octets, cutAfter: sizes).verdicts
    }

    @Test(arguments: HTTPHostileRequest.all)
    func verdictsDoNotDependOnHowTheOctetsArrive(request: HTTPHostileRequest) {
        let whole = verdicts(on: request.octets) { request.octets.count }
        #expect(verdicts(on: request.octets) { 1 } == whole, "one octet at a time")
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix64(seed: seed)
        #expect(verdicts(on: request.octets) { Int.random(in: 1...50, using: &generator) } == whole, "seed \(seed)")
    }

    @Test func randomDamageNeverTrapsAndNeverDependsOnTheCuts() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            var octets = HTTPHostileRequest.all.randomElement(using: &generator)?.octets.prefix(400) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !octets.isEmpty {
                octets[Int.random(in: octets.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let octets2 = Array(octets)
            #expect(verdicts(on: octets2) { 1 } == verdicts(on: octets2) { octets2.count }, "seed \(seed)")
        }
    }

    private func head(_ text: String) throws -> RequestHead? {
        var input = InputBuffer()
        input.append(text.utf8)
        var parser = RequestParser(limits: HTTPLimits())
        return try parser.parse(&input)
    }

    @Test(arguments: [
        ("GET /a%20b?x=1&y=%26+z&&w HTTP/1.1", "/a%20b", "x=1 y=& z w=", "h"),
        ("GET / HTTP/1.1", "/", "", "h"),
        ("GET http://other?q HTTP/1.1", "/", "q=", "other"),
        ("GET https://other:1/p/q HTTP/1.1", "/p/q", "", "other:1"),
        ("OPTIONS * HTTP/1.1", "*", "", "h"),
        ("CONNECT [::1]:80 HTTP/1.1", "", "", "[::1]:80"),
        ("CONNECT [fe80::1%25eth0]:80 HTTP/1.1", "", "", "[fe80::1%25eth0]:80"),
    ])
    func targetsAreTakenApart(line: String, path: String, query: String, authority: String) throws {
        let head = try #require(try head("\(line)\r\nHost: h\r\n\r\n"))
        #expect(head.path == path)
        #expect(head.query.map { "\($0.name)=\($0.value)" }.joined(separator: " ") == query)
        #expect(head.head.authority == authority)
    }

    @Test func fieldsKeepTheirOrderAndLoseOnlyTheirPadding() throws {
        let head = try #require(try head("GET / HTTP/1.1\r\nHost: h\r\nA:  1 2 \r\nB:\r\na: 3\r\n\r\n"))
        #expect(head.head.headerFields.map { "\($0.name)=\($0.value)" } == ["A=1 2", "B=", "a=3"])
    }

    @Test func whatFollowsAHeadStaysInTheInput() throws {
        var input = InputBuffer()
        input.append("GET / HTTP/1.0\r\n\r\nrest".utf8)
        var parser = RequestParser(limits: HTTPLimits())
        #expect(try parser.parse(&input) != nil)
        #expect(input.withOctets { Array($0) } == Array("rest".utf8))
    }

    @Test func continueIsExpectedOnlyWithContentAndIn11() throws {
        let expectation = "Expect: 100-continue\r\n"
        #expect(
            try head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\(expectation)\r\n")?.expectsContinue == true)
        #expect(try head("POST / HTTP/1.1\r\nHost: h\r\n\(expectation)\r\n")?.expectsContinue == false)
        #expect(try head("POST / HTTP/1.0\r\nContent-Length: 1\r\n\(expectation)\r\n")?.expectsContinue == false)
    }
}
