import Foundation
import Synchronization
import TestSupport

/// Waits on a lossy path for as long as either end still tries. A chain of timeouts may last minutes there, which is TCP as it
/// should be; what is not is silence: a segment that is outstanding and never repeated.
final class TCPPatience: Sendable {
    /// The longest pause between two repetitions: Linux's TCP_RTO_MAX (include/net/tcp.h) is 120 s, ours is 60 s.
    private static let longestPause = Duration.seconds(125)
    /// Seconds in which the kernel gives a handshake up: tcp_syn_retries is 6, so 1 + 2 + … + 64.
    static let longestHandshake = 130

    private let service: Service
    private let lastSegment = Mutex((number: 0, seen: ContinuousClock.now))

    init(_ service: Service) { self.service = service }

    /// Asked when something has not come for a while: throws, with the end of the log, if nobody has sent anything since.
    func expectTries() throws {
        let newest = try service.get("/v1/segments?last=1").json["next"].int ?? 0
        let isSilent = lastSegment.withLock { last in
            if newest != last.number { last = (newest, .now) }
            return ContinuousClock.now - last.seen > Self.longestPause
        }
        guard isSilent else { return }
        let connections = try service.get("/v1/connections").text
        let log = try service.get("/v1/segments?last=40&format=text").text
        throw HarnessError("nobody has sent anything for \(Self.longestPause): \(connections)\n\(log)")
    }
}

extension KernelSocket {
    /// How long one wait lasts before somebody asks whether it is still worth while.
    private static let turn: Int32 = 5_000

    /// Waits for a client, while either end tries.
    func accepted(_ patience: TCPPatience) throws -> KernelSocket {
        try awaitReadable(patience)
        return try accepted()
    }

    /// Sends back what comes, until so many octets have come.
    func echoAll(_ count: Int, _ patience: TCPPatience) throws {
        var done = 0
        while done < count {
            try awaitReadable(patience)
            let piece = try read()
            if piece.isEmpty { throw HarnessError("the stream ended after \(done) of \(count) octets") }
            try write(piece, patience)
            done += piece.count
        }
    }

    /// Reads so many octets; fewer if the stream ends before.
    func read(all count: Int, _ patience: TCPPatience) throws -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        while octets.count < count {
            try awaitReadable(patience)
            let piece = try read(atMost: min(count - octets.count, 262_144))
            if piece.isEmpty { break }
            octets += piece
        }
        return octets
    }

    /// Writes all of the octets.
    func write(_ octets: [UInt8], _ patience: TCPPatience) throws {
        var sent = 0
        while sent < octets.count {
            while !isWritable(within: Self.turn) { try patience.expectTries() }
            let count = octets.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 || errno == EAGAIN else { throw HarnessError.system("send") }
            sent += max(count, 0)
        }
    }

    private func awaitReadable(_ patience: TCPPatience) throws {
        while !isReadable(within: Self.turn) { try patience.expectTries() }
    }
}

extension Service {
    /// Hands over all of the octets; a turn that ends before is taken up where it ended.
    func sendAll(_ octets: [UInt8], to connection: String, _ patience: TCPPatience) throws {
        while true {
            let established = try get("\(connection)?wait=established&timeout=5s")
            if established.status == 200 { break }
            guard established.status == 504 else { throw HarnessError("\(established)") }
            try patience.expectTries()
        }
        var sent = 0
        while sent < octets.count {
            let rest = Array(octets[sent...])
            let answer = try post("\(connection)/send?wait=none&timeout=5s&offset=\(sent)", octets: rest)
            guard answer.status == 200 || answer.status == 504, let next = answer.json["nextOffset"].int else {
                throw HarnessError("after \(sent) of \(octets.count) octets: \(answer)")
            }
            if answer.status == 504 { try patience.expectTries() }
            sent = next
        }
    }

    /// Reads the received stream from its beginning until so many octets have come.
    func readAll(_ count: Int, from connection: String, _ patience: TCPPatience) throws -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        while octets.count < count {
            let answer = try get("\(connection)/received?offset=\(octets.count)&limit=262144&wait=5s")
            let isOver = answer.fields["stream-error"] != nil || answer.fields["stream-final"] == "true"
            guard answer.status == 200, !(isOver && answer.body.isEmpty) else {
                throw HarnessError("after \(octets.count) of \(count) octets: \(answer.status) \(answer.fields)")
            }
            if answer.body.isEmpty { try patience.expectTries() }
            octets += answer.body
        }
        return octets
    }
}
