/// What the rules about callers want to know of a request.
extension Request {
    /// The client's address without its port: what failures and limits are counted by.
    package var clientAddress: String { client.split(separator: ":").dropLast().joined(separator: ":") }

    /// The first segment of the path, decoded as routes decode it: no spelling of a path gets around a rule.
    package var firstSegment: String {
        let segment = path.utf8.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        guard segment.contains(UInt8(ascii: "%")) else { return String(Substring(segment)) }
        return String(decoding: PercentEncoding.decode(segment), as: UTF8.self)
    }
}
