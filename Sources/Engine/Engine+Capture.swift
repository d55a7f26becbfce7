/// Letting a writer of the log keep up: the only reader that the engine waits for, and only if somebody asked for captures.
extension Engine {
    /// Every record up to this one is in a file; nil: nobody writes any more.
    public func noteCaptured(through number: UInt64?) { captured = number }

    /// The ring is about to go over records that are in no file yet. Until they are, no packet is taken in or sent: the
    /// kernel's buffers fill, and TCP slows down as it would for a slow network.
    var isCaptureBehind: Bool {
        guard let captured, configuration.logEnabled else { return false }
        return stack.log.newest - captured > captureSlack
    }

    /// Records that may wait for the writer: half of what either ring holds, because one turn of the loop adds thousands.
    private var captureSlack: UInt64 {
        let payloads = configuration.logPayloadCapacity / max(1, configuration.snapLength)
        return UInt64(max(1, min(configuration.logCapacity, max(payloads, 8_192)) / 2))
    }

    /// How soon the loop looks again whether the writer has come on.
    static let capturePause = Interval.milliseconds(1)
}
