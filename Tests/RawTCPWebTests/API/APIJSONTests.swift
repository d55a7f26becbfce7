import Engine
import RawTCPWeb
import Testing

@Suite struct APIJSONTests {
    private func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

    @Test(arguments: [
        ("null", JSON.null), (" true ", .bool(true)), ("-0", .integer(0)), ("1.5e2", .double(150)),
        (#""a\u00e9\ud83d\ude00\n""#, .string("aé😀\n")), ("[1,[],{}]", .array([1, [], [:]])),
        (#"{"b":1,"a":[null]}"#, .object([.init("b", 1), .init("a", [nil])])),
    ])
    func valuesAreReadAsTheyAreWritten(text: String, value: JSON) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "+1", "1.", ".5", "1e", "nul", "'a'", "\"a", "\"\t\"",
        "\"\\x\"",
        "\"\\ud800\"", "\"\\udc00\"", "1 2", "{\"a\":1 \"b\":2}", "[1 2]", "1e400", "{\"a\":1,\"a\":2}", "\u{feff}1",
        String(repeating: "[", count: 100),
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test func octetsThatAreNotUTF8AreRefused() {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func aMistakeIsFoundByLineAndColumn() {
        let error = #expect(throws: JSONSyntaxError.self) { try parse("{\n  \"a\": 1,\n  \"a\": 2\n}") }
        #expect(error?.line == 3)
        #expect(error?.column == 3)
        #expect(error?.detail == "the member \"a\" appears twice")
    }

    @Test func integersStayExactBeyondWhatADoubleHolds() throws {
        #expect(try parse("9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(try parse("4294967295").wholeNumber == 4_294_967_295)
        #expect(try parse("18446744073709551616").wholeNumber == nil)
        #expect(try parse("1.5").wholeNumber == nil)
        #expect(try parse("true").wholeNumber == nil)
    }

    @Test func membersKeepTheirOrderAndOneNewlineEndsTheText() {
        let json: JSON = ["z": 1, "a": [true, nil], "e": [:], "n": 0.000031]
        #expect(
            String(decoding: json.serialized(), as: UTF8.self) == #"{"z":1,"a":[true,null],"e":{},"n":0.000031}"# + "\n"
        )
    }

    @Test func prettyTextIsIndentedByTwo() {
        let json: JSON = ["a": [1, 2], "b": [:]]
        let text = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n"
        #expect(String(decoding: json.serialized(pretty: true), as: UTF8.self) == text)
    }

    @Test func controlCharactersNeverReachATerminal() {
        let text = String(decoding: JSON.string("\u{1b}[2J\u{7f}\u{9b}\"\\é").serialized(), as: UTF8.self)
        #expect(text == #""\u001b[2J\u007f\u009b\"\\é""# + "\n")
    }

    @Test(arguments: [0.2, 3.1e-05, 1.25e-07, -4e-06, 1e-09, 1e-12, 0, 60, 1e22, 0.1 + 0.2])
    func doublesReadBackAsThemselves(number: Double) throws {
        let octets = JSON.double(number).serialized()
        #expect(try JSON(parsing: octets) == .double(number))
    }

    @Test func randomValuesSurviveWritingAndReading() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let value = JSON.random(depth: 4, using: &random)
            let isPretty = Bool.random(using: &random)
            #expect(try JSON(parsing: value.serialized(pretty: isPretty)) == value, "seed \(seed)")
        }
    }

    @Test func everyTruncationIsAnErrorOrAValue() {
        let octets = Array(#"{"a":[1,-2.5e3,"x\u00e9\\",true,null],"b":{"c":false}}"#.utf8)
        for length in octets.indices {
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(octets[..<length])) }
        }
    }
}

extension JSON {
    fileprivate static func random(depth: Int, using random: inout SplitMix64) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(.random(in: .min ... .max, using: &random))
        case 3: return .double(.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: return .string(randomText(&random))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            return .object(
                (0..<Int.random(in: 0..<4, using: &random)).map { index in
                    Member("\(index)" + randomText(&random), .random(depth: depth - 1, using: &random))
                })
        }
    }

    private static func randomText(_ random: inout SplitMix64) -> String {
        let scalars = (0..<Int.random(in: 0..<6, using: &random)).compactMap { _ in
            UnicodeScalar(UInt32.random(in: 0..<0x3000, using: &random))
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
