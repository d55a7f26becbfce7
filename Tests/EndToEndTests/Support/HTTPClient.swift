import Foundation
import TestSupport

/// An answer of the service.
struct HTTPAnswer: Sendable {
    var status = 0
    /// By lowercase name.
    var fields: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null if it is none.
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
}

extension HTTPAnswer: CustomStringConvertible {
    var description: String { "\(status) \(fields["content-type"] ?? "") \(text.prefix(1_000))" }
}

/// A small HTTP/1.1 client: one connection for each request, whose answer it also reads while it still sends.
struct HTTPClient: Sendable {
    let port: UInt16
    let network: NetworkNamespace?
    /// What every request presents.
    var token: String?

    /// Sends a request and waits for its answer.
    func send(
        _ method: String, _ target: String, fields: [String: String] = [:], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        var fields = fields
        fields["Host"] = "127.0.0.1:\(port)"
        fields["Connection"] = "close"
        if let token, fields["Authorization"] == nil { fields["Authorization"] = "Bearer \(token)" }
        fields["Content-Length"] = body.map { "\($0.count)" }
        let head =
            "\(method) \(target) HTTP/1.1\r\n" + fields.map { "\($0.key): \($0.value)\r\n" }.joined() + "\r\n"
        return try exchange(Array(head.utf8) + (body ?? []), isHead: method == "HEAD")
    }

    /// Sends octets as they are and reads one answer.
    func exchange(_ octets: [UInt8], isHead: Bool = false) throws -> HTTPAnswer {
        let socket = try KernelSocket.connected(to: port, in: network)
        _ = fcntl(socket.descriptor, F_SETFL, O_NONBLOCK)
        var parser = AnswerParser(isHead: isHead)
        var sent = 0
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while true {
            // An answer that comes early, an error, ends the sending: the server may not read the rest.
            var wanted = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            if sent < octets.count { wanted.events |= Int16(POLLOUT) }
            guard poll(&wanted, 1, 90_000) > 0 else { throw HTTPFailure.silence(sent: sent, of: octets.count) }
            if wanted.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                let count = recv(socket.descriptor, &buffer, buffer.count, 0)
                guard count >= 0 || errno == EAGAIN else { throw HarnessError.system("recv from the service") }
                if count >= 0, let answer = try parser.take(buffer.prefix(count)) { return answer }
            } else if wanted.revents & Int16(POLLOUT) != 0 {
                let count = octets.withUnsafeBytes { bytes in
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                    return Foundation.send(
                        socket.descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                }
                // A connection that the server has closed still holds its answer.
                sent = count >= 0 ? sent + count : octets.count
            }
        }
    }
}

/// What can go wrong with an answer.
enum HTTPFailure: Error {
    case silence(sent: Int, of: Int)
    case noAnswer(Data)
}

/// Collects one answer from the pieces in which it comes.
private struct AnswerParser {
    private var octets: [UInt8] = []
    private var head: (answer: HTTPAnswer, end: Int)?
    private let isHead: Bool

    init(isHead: Bool) { self.isHead = isHead }

    /// Takes the next piece, empty at the end of the stream; returns the answer once it is whole.
    mutating func take(_ piece: ArraySlice<UInt8>) throws -> HTTPAnswer? {
        octets += piece
        if head == nil { readHead() }
        if let head, let body = body(of: head.answer, from: head.end, atEnd: piece.isEmpty) {
            var answer = head.answer
            answer.body = body
            return answer
        }
        if piece.isEmpty { throw HTTPFailure.noAnswer(Data(octets)) }
        return nil
    }

    private mutating func readHead() {
        while let end = octets.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
            var lines = String(decoding: octets[..<(end - 4)], as: UTF8.self).components(separatedBy: "\r\n")
            var answer = HTTPAnswer()
            answer.status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "") ?? 0
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                answer.fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            guard (100..<200).contains(answer.status) else {
                head = (answer, end)
                return
            }
            octets.removeFirst(end)
        }
    }

    private func body(of answer: HTTPAnswer, from start: Int, atEnd: Bool) -> [UInt8]? {
        if isHead || answer.status == 204 || answer.status == 304 { return [] }
        if answer.fields["transfer-encoding"] == "chunked" { return chunkedBody(from: start) }
        if let length = answer.fields["content-length"].flatMap(Int.init) {
            return octets.count >= start + length ? Array(octets[start..<(start + length)]) : nil
        }
        return atEnd ? Array(octets[start...]) : nil
    }

    private func chunkedBody(from start: Int) -> [UInt8]? {
        var body: [UInt8] = []
        var position = start
        while let line = octets[position...].firstRange(of: Array("\r\n".utf8)) {
            let size = String(decoding: octets[position..<line.lowerBound], as: UTF8.self).prefix { $0.isHexDigit }
            guard let count = Int(size, radix: 16) else { return nil }
            if count == 0 { return body }
            guard octets.count >= line.upperBound + count + 2 else { return nil }
            body += octets[line.upperBound..<(line.upperBound + count)]
            position = line.upperBound + count + 2
        }
        return nil
    }
}
