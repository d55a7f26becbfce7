package import HTTPTypes

/// How the end of a response's content is found (RFC 9112 §6).
package enum ResponseFraming: Equatable, Sendable {
    /// The status has no content at all, nor fields about it: 1xx, 204, 304.
    case absent
    case length(Int)
    case chunked
    /// For HTTP/1.0, which knows no chunks.
    case untilClose
}

/// What the server adds to every response.
package struct ResponseStamp: Sendable {
    package var date: HTTPDate
    /// The value of the Server field.
    package var server: String
    package var requestID: String

    package init(date: HTTPDate, server: String, requestID: String) {
        self.date = date
        self.server = server
        self.requestID = requestID
    }
}

/// Writes responses as octets (RFC 9112 §4–§7).
package enum ResponseEncoder {
    /// Fields that are the server's to write; a handler's own would contradict them. A switch that looks at the length
    /// first, because hashing every field's name would take longer than writing the field.
    private static func isReserved(_ name: HTTPField.Name) -> Bool {
        let name = name.canonicalName
        return switch (name.utf8.count, name) {
        case (4, "date"), (6, "server"), (7, "trailer"), (7, "upgrade"), (10, "connection"), (10, "keep-alive"),
            (10, "request-id"), (14, "content-length"), (17, "transfer-encoding"):
            true
        default: false
        }
    }

    /// The interim answer that lets a client send its content.
    package static let proceed = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    /// What follows the data of a chunk.
    package static let chunkEnd = Array("\r\n".utf8)
    /// The last chunk and an empty trailer section.
    package static let lastChunk = Array("0\r\n\r\n".utf8)

    /// Appends a response's head. `connection` is the Connection field's value, if one is needed.
    package static func encode(
        _ head: HTTPResponse,
        framing: ResponseFraming,
        connection: String?,
        stamp: ResponseStamp,
        into octets: inout [UInt8]
    ) {
        // RFC 9110 §6.2: a server sends its own highest version, whatever the request's minor version was.
        octets.append("HTTP/1.1 ")
        octets.append(String(head.status.code))
        octets.append(.space)
        octets.append(head.status.reasonPhrase)
        octets.append("\r\n")
        for field in head.headerFields where !isReserved(field.name) {
            append(field.name.rawName, field.value, to: &octets)
        }
        switch framing {
        case .absent, .untilClose: break
        case .length(let length): append("Content-Length", String(length), to: &octets)
        case .chunked: append("Transfer-Encoding", "chunked", to: &octets)
        }
        if let connection { append("Connection", connection, to: &octets) }
        octets.append("Date: ")
        stamp.date.write(into: &octets)
        octets.append("\r\n")
        append("Server", stamp.server, to: &octets)
        append("Request-Id", stamp.requestID, to: &octets)
        octets.append("\r\n")
    }

    /// Appends the line in front of a chunk's data. An empty chunk would end the content, so `size` must not be 0.
    package static func encodeChunkSize(_ size: Int, into octets: inout [UInt8]) {
        precondition(size > 0, "an empty chunk ends the content")
        octets += String(size, radix: 16).utf8
        octets += "\r\n".utf8
    }

    private static func append(_ name: String, _ value: String, to octets: inout [UInt8]) {
        octets.append(name)
        octets.append(": ")
        octets.append(value)
        octets.append("\r\n")
    }
}
