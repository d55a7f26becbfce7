import TestSupport
import Testing

extension EndToEnd {
    /// A service that cannot start says why, and ends with the status of that reason.
    @Suite struct StartFailures {
        /// Expects that `serve` ends with this status, and that its last words hold `words`.
        private func expect(_ status: Int32, _ words: String, from arguments: [String]) throws {
            let process = try ChildProcess([Checkout.program, "serve"] + arguments)
            #expect(try process.wait(within: .patience) == .exited(status), "\(process.diagnosis)")
            #expect(process.errors.waitForEnd(within: .patience))
            #expect(process.errors.text.contains(words), "\(process.diagnosis)")
        }

        @Test func aCapturesDirectoryThatCannotBeMadeEndsWith73() throws {
            let directory = try TemporaryDirectory()
            let path = try directory.write("", to: "file") + "/captures"
            // Its engine's thread is at work by then, and more often than not between two turns.
            for _ in 1...3 {
                try expect(73, "--capture-dir: ", from: ["--listen", "127.0.0.1:0", "--capture-dir", path])
            }
        }

        @Test func anAddressOfSomebodyElsesEndsWith69() throws {
            // RFC 5737 §3: TEST-NET-3 is nobody's.
            try expect(69, "listen at 203.0.113.1:0: ", from: ["--listen", "203.0.113.1:0", "--insecure"])
        }

        @Test func anAddressThatIsTakenEndsWith69() throws {
            let holder = try KernelSocket.listening()
            let address = "127.0.0.1:\(holder.localPort)"
            try expect(69, "\(address) is taken: choose another with --listen", from: ["--listen", address])
        }
    }
}
