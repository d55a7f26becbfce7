import Engine
import RawTCPWeb
import Testing

/// `"personality"` of connections and listeners.
@Suite struct APIPersonalityTests {
    private func options(_ members: String) throws -> ConnectionOptions {
        let json = try JSON(parsing: Array("{\"remote\": \"127.0.0.1:1\"\(members)}".utf8))
        return try ConnectionRequest(StrictObject(json)).options
    }

    @Test(arguments: Personality.allCases)
    func aPersonalityBringsItsOptions(personality: Personality) throws {
        let options = try options(", \"personality\": \"\(personality.rawValue)\"")
        #expect(options == personality.options)
        #expect(Personality(of: options) == personality)
    }

    @Test func whatTheRequestSaysItselfCountsMore() throws {
        let options = try options(
            ", \"personality\": \"freebsd\", \"windowScale\": 3, \"receiveBuffer\": 8192, \"guard\": \"none\"")
        #expect(options.windowScale == 3)
        #expect(options.receiveBuffer == 8_192)
        #expect(options.guardKind == .none)
        #expect(options.habits == Personality.freebsd.options.habits)
    }

    @Test("a receive buffer that the request chooses does not grow")
    func aChosenBufferStays() throws {
        #expect(try options(", \"personality\": \"linux\"").habits.receiveMemory?.isFixed == false)
        let chosen = try options(", \"personality\": \"linux\", \"receiveBuffer\": 8192")
        #expect(chosen.habits.receiveMemory?.isFixed == true)
        #expect(chosen.receiveBuffer == 8_192)
    }

    @Test func anotherPersonalityIsAFault() {
        #expect { try options(", \"personality\": \"windows\"") } throws: { error in
            (error as? Problem)?.faults.first?.place == .pointer("/personality")
        }
    }
}
