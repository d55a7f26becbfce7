import CNIO

/// A filter that lets nothing through, loaded once for every guard of the process.
///
/// A filter attached as classic BPF is compiled anew for its socket, into pages of its own: with thousands of guards that is
/// most of what opening one costs, and a miss of the caches for each segment that it drops.
enum SharedFilter {
    /// -1 where the process may not load programs: that takes CAP_BPF, or CAP_SYS_ADMIN.
    private static let program: Int32 = {
        // The verdict is how many octets to keep.
        let code: [BPFInstruction] = [.set(0, to: 0), .exit]
        return cnio_load_filter(code.map(\.word), UInt32(code.count))
    }()

    /// Makes the socket drop whatever comes; false if that can't be done by this way.
    static func attach(to descriptor: Int32) -> Bool {
        program >= 0 && cnio_attach_program(descriptor, program) == 0
    }
}
