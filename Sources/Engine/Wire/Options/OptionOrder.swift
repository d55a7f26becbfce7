/// In which order a SYN carries its options: RFC 9293 leaves it open, and each implementation is known by its own.
public enum OptionOrder: Hashable, Sendable {
    /// MSS, SACK-permitted, timestamps, window scale: Linux.
    case scaleLast
    /// MSS, NOP, window scale, SACK-permitted, timestamps: FreeBSD.
    case scaleSecond
}
