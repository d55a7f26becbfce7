import Testing

/// The real program on real sockets. One test after the other: each has services, servers and ports of its own, but they
/// share two cores and one loopback.
@Suite("End to end", .serialized) struct EndToEnd {}
