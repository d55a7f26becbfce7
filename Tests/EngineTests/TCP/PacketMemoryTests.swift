import Engine
import Testing

/// What packets cost in the buffers of the Linux personality; what follows for windows is in the scripts `personality/linux/`.
@Suite struct PacketMemoryTests {
    @Test(
        "a packet costs a head in a power of two, runs of pages for the rest, and its descriptor",
        arguments: [
            // The smallest head of all has 640 octets, 320 of them for headers or text.
            (41, 896, 215), (256, 896, 0),
            // 64 + 257 octets are six cache lines, and the trailer makes 704 of them.
            (257, 1_280, 383),
            // As every Ethernet card's driver has it.
            (1_500, 2_304, 164),
            // The last that fits into one page with the trailer; one that needs two; the first that is cut.
            (3_712, 4_352, 0), (4_031, 8_448, 3_777), (4_032, 8_448, 0),
            // Beyond its head, 16,328 octets in a run of four pages; 61,823 in runs of eight, four, two pages and a page twice.
            (20_040, 20_736, 0), (65_535, 69_888, 0),
        ])
    func cost(length: Int, octets: Int, room: Int) {
        let memory = PacketMemory(packet: length)
        #expect(memory.octets == octets)
        #expect(memory.room == room)
    }

    @Test("no packet costs less than its octets, and what joins it finds them paid for")
    func costIsEnough() {
        for length in 40...65_535 {
            let memory = PacketMemory(packet: length)
            guard memory.octets < length + memory.room + 576 else { continue }
            Issue.record("\(length) octets cost \(memory.octets), with room for \(memory.room)")
        }
    }
}
