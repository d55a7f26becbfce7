import TestSupport

/// Many octets.
extension Service {
    /// Reads the received stream from its beginning until so many octets have come, or thirty seconds bring no more.
    func readAll(_ count: Int, from connection: String) throws -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        while octets.count < count {
            let answer = try get("\(connection)/received?offset=\(octets.count)&limit=262144&wait=30s")
            guard answer.status == 200, !answer.body.isEmpty else {
                throw HarnessError("after \(octets.count) of \(count) octets: \(answer.status) \(answer.fields)")
            }
            octets += answer.body
        }
        return octets
    }
}
