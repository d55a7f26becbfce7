/// Probing a closed window (RFC 9293 §3.8.6.1).
struct WindowProbe {
    /// How often the persist timer has fired in a row.
    var backOff: Int32 = 0
    /// The timer allows one segment that the window forbids.
    var isDue = false
}
