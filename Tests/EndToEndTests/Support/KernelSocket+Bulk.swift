import Foundation

/// Many octets.
extension KernelSocket {
    /// Writes all of the octets.
    func write(_ octets: [UInt8]) throws {
        var sent = 0
        while sent < octets.count {
            let count = octets.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw HarnessError.system("send") }
            sent += count
        }
    }

    /// Reads so many octets; fewer if the stream ends before.
    func read(all count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        while octets.count < count {
            let piece = try read(atMost: min(count - octets.count, 262_144))
            if piece.isEmpty { break }
            octets += piece
        }
        return octets
    }
}
