import Engine
import Testing

/// Scripts that nobody means well with: they may be refused or fail, and nothing else.
struct ScriptHostileTests {
    @Test(
        "what would exhaust stack, memory or time is refused",
        arguments: [
            "0 write(3, " + String(repeating: "[", count: 100_000),
            "0 write(3, 1" + String(repeating: "|1", count: 100_000) + ", 1) = 1",
            "0 %{ assert " + String(repeating: "(", count: 100_000) + "1 }%",
            "0 %{ assert " + String(repeating: "not ", count: 100_000) + "1 }%",
            "0 %{ assert 1" + String(repeating: "+1", count: 100_000) + " }%",
            "0 %{ assert " + String(repeating: "-", count: 100_000) + "1 }%",
            String(repeating: "+999999 `true`\n", count: 2_000),
            "0 %{ assert 99999999999999999999 == 1 }%",
            "99999999999 `true`",
        ])
    func exhaustion(text: String) {
        #expect(throws: (any Error).self) { try ScriptRunner.run(Script(parsing: text), ScriptSetting()) }
    }

    @Test("dividing the smallest number by -1 is no trap")
    func smallestNumber() {
        let text = "0 %{ assert (-9223372036854775807 - 1) / -1 == 0 or (-9223372036854775807 - 1) % -1 == 0 }%"
        _ = try? ScriptRunner.run(Script(parsing: text), ScriptSetting())
    }

    @Test("a script may not fill the memory")
    func memory() {
        let text =
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
            + "+0 < S 0:0(0) win 1\n* > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 1\n+0 accept(3, ..., ...) = 4\n"
            + "+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [1073741824], 4) = 0\n"
            + String(repeating: "+0 write(4, ..., 1073741824) = ...\n", count: 100)
        #expect(throws: ScriptProblem.self) { try ScriptRunner.run(Script(parsing: text), ScriptSetting()) }
    }

    @Test("scripts with octets changed at random are refused, fail or pass")
    func mutations() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("mutated scripts: seed \(seed)")
        var random = SplitMix64(seed: seed)
        let corpus = try Corpus(Corpus.home)
        for file in corpus.files {
            var octets = Array(try corpus.text(file).utf8)
            for _ in 0..<4 {
                let at = Int.random(in: octets.indices, using: &random)
                octets[at] = UInt8.random(in: 9...126, using: &random)
                let personality = Personality.allCases.randomElement(using: &random) ?? .standard
                let setting = ScriptSetting(personality: personality, seed: random.next())
                let text = String(decoding: octets, as: UTF8.self)
                _ = try? ScriptRunner.run(Script(parsing: text, definitions: personality.definitions), setting)
            }
        }
    }
}
