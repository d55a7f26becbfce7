/// The kinds of options that are known here by name (IANA, "TCP Option Kind Numbers").
package enum OptionKind: UInt8, Sendable {
    /// RFC 9293 §3.1.
    case endOfOptions = 0
    /// RFC 9293 §3.1.
    case noOperation = 1
    /// RFC 9293 §3.7.1.
    case maximumSegmentSize = 2
    /// RFC 7323 §2.
    case windowScale = 3
    /// RFC 2018 §2.
    case sackPermitted = 4
    /// RFC 2018 §3.
    case sack = 5
    /// RFC 7323 §3.
    case timestamps = 8
    /// RFC 5482 §3.
    case userTimeout = 28
    /// RFC 7413 §4.1.1.
    case fastOpen = 34
}
