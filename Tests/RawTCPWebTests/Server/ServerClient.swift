import Foundation
import TestSupport

/// A client that sends exactly the octets it is told to, on a thread of its own.
struct ServerClient {
    /// One answer, taken apart.
    struct Answer: Equatable {
        var status: Int
        var fields: [String: String]
        var content: [UInt8]
        var text: String { String(decoding: content, as: UTF8.self) }
    }

    /// How a conversation ended.
    enum Ending: Equatable {
        case closed
        case reset
        /// Nothing came for as long as the client wanted to wait.
        case silent
    }

    /// What came back.
    struct Transcript {
        var octets: [UInt8]
        var ending: Ending
        /// The answers; `heads` counts those at the beginning that answer HEAD and so have no content.
        func answers(heads: Set<Int> = []) -> [Answer] { AnswerParser(octets, heads: heads).parse() }
        var statuses: [Int] { answers().map(\.status) }
    }

    let descriptor: Int32

    /// Connects to a port on loopback.
    init(port: UInt16, family: Int32 = AF_INET) throws {
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        let socket = descriptor
        let connected = try withSocketAddress(family == AF_INET ? "127.0.0.1" : "::1", port) { connect(socket, $0, $1) }
        guard connected == 0 else {
            defer { Foundation.close(descriptor) }
            throw HarnessError.system("connect")
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// Sends pieces, each in a segment of its own, and reads until the server closes.
    static func talk(port: UInt16, _ pieces: [[UInt8]], patience: Double = 20) async throws -> Transcript {
        try await onThread {
            let client = try ServerClient(port: port)
            defer { client.close() }
            for piece in pieces { client.send(piece) }
            return client.readToEnd(patience: patience)
        }
    }

    /// Sends text and reads until the server closes.
    static func talk(port: UInt16, _ text: String, patience: Double = 20) async throws -> Transcript {
        try await talk(port: port, [Array(text.utf8)], patience: patience)
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all octets, or as many as the server takes before it closes.
    func send(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() { Foundation.close(descriptor) }

    /// Closes with RST.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Reads until the server closes, resets, or is silent for `patience` seconds.
    func readToEnd(patience: Double = 20) -> Transcript { read(patience: patience) { _ in false } }

    /// Reads until so many complete answers are there.
    func read(answers count: Int, heads: Set<Int> = [], patience: Double = 20) -> [Answer] {
        read(patience: patience) { AnswerParser($0, heads: heads).parse().count >= count }.answers(heads: heads)
    }

    /// Reads until what came contains `text`.
    func read(through text: String, patience: Double = 20) -> Transcript {
        read(patience: patience) { String(decoding: $0, as: UTF8.self).contains(text) }
    }

    private func read(patience: Double, until isEnough: ([UInt8]) -> Bool) -> Transcript {
        var time = timeval(tv_sec: Int(patience), tv_usec: Int(patience.truncatingRemainder(dividingBy: 1) * 1e6))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isEnough(octets) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return Transcript(octets: octets, ending: .closed) }
            if count < 0 { return Transcript(octets: octets, ending: errno == EAGAIN ? .silent : .reset) }
            octets += buffer[..<count]
        }
        return Transcript(octets: octets, ending: .silent)
    }
}

/// Takes a sequence of well-formed answers apart. Incomplete ones are left out.
private struct AnswerParser {
    private var rest: ArraySlice<UInt8>
    private let heads: Set<Int>

    init(_ octets: [UInt8], heads: Set<Int>) {
        rest = octets[...]
        self.heads = heads
    }

    func parse() -> [ServerClient.Answer] {
        var parser = self
        var answers: [ServerClient.Answer] = []
        while let answer = parser.next(isHead: heads.contains(answers.count)) { answers.append(answer) }
        return answers
    }

    private mutating func next(isHead: Bool) -> ServerClient.Answer? {
        guard let first = line(), first.hasPrefix("HTTP/1.1 ") else { return nil }
        let status = Int(first.split(separator: " ")[1]) ?? 0
        var fields: [String: String] = [:]
        while let line = line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        var answer = ServerClient.Answer(status: status, fields: fields, content: [])
        if isHead || status < 200 || status == 204 || status == 304 { return answer }
        if fields["transfer-encoding"] == "chunked" {
            while let size = line().flatMap({ Int($0, radix: 16) }) {
                answer.content += rest.prefix(size)
                rest = rest.dropFirst(size)
                _ = line()
                if size == 0 { return answer }
            }
            return nil
        }
        let length = fields["content-length"].flatMap { Int($0) } ?? rest.count
        guard rest.count >= length else { return nil }
        answer.content = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        return answer
    }

    private mutating func line() -> String? {
        guard let feed = rest.firstIndex(of: 10), rest[..<feed].last == 13 else { return nil }
        defer { rest = rest[(feed + 1)...] }
        return String(decoding: rest[..<(feed - 1)], as: UTF8.self)
    }
}
