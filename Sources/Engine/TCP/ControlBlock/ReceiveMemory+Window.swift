/// The window that a receive buffer counted in memory allows: `__tcp_select_window` of net/ipv4/tcp_output.c.
extension ReceiveMemory {
    /// The window to announce, before what was announced earlier has its say.
    ///
    /// - Parameter scale: the shift of the window field.
    mutating func chooseWindow(scale: UInt8) -> Int {
        let widest = min(self.widest, whole)
        let segment = min(self.segment, widest)
        guard segment > 0 else { return 0 }
        let unit = 1 << Int(scale)
        return habits.mayShrink && scale > 0
            ? chooseShrinking(widest: widest, segment: segment, unit: unit)
            : chooseGrowing(widest: widest, segment: segment, unit: unit)
    }

    private mutating func chooseGrowing(widest: Int, segment: Int, unit: Int) -> Int {
        var free = self.free
        if free < widest >> 1 {
            quickAcks = 0
            free = free / unit * unit
            // Not until it is nothing: the window closes in time for what is on its way.
            if free < whole >> 4 || free < segment { return 0 }
        }
        free = min(free, threshold)
        guard unit == 1 else { return (free + unit - 1) / unit * unit }
        // Whole segments, and not a new number for every segment that is read.
        if offered <= free - segment || offered > free { return free / segment * segment }
        if segment == widest, free > offered + widest >> 1 { return free }
        return offered
    }

    private mutating func chooseShrinking(widest: Int, segment: Int, unit: Int) -> Int {
        let free = self.free / unit * unit
        if free < widest >> 1 {
            quickAcks = 0
            if free < whole >> 4 || free < segment || free < unit { return 0 }
        }
        return free > threshold ? (threshold + unit - 1) / unit * unit : free
    }
}
