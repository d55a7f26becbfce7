import Glibc
import HTTPTypes

/// One regular file, open for reading.
final class StaticFile: Sendable {
    let name: String
    let size: Int
    let modified: HTTPDate
    /// A strong entity tag: size and time of the last change to the nanosecond.
    let entityTag: String
    private let descriptor: Int32

    /// Takes over a descriptor; nil, and closes it, if it is not a regular file.
    init?(descriptor: Int32, name: String) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.name = name
        size = status.st_size
        modified = HTTPDate(seconds: status.st_mtim.tv_sec)
        let nanoseconds = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        entityTag = "\"\(String(size, radix: 16))-\(String(nanoseconds, radix: 16))\""
    }

    deinit { close(descriptor) }

    /// Whether the client's copy is still good. RFC 9110 §13.2.2: If-None-Match, and only without it If-Modified-Since.
    func isUnchanged(for fields: HTTPFields) -> Bool {
        if let tags = fields[.ifNoneMatch] {
            return tags.split(separator: ",").contains { tag in
                let tag = tag.drop { $0 == " " || $0 == "\t" }
                // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function".
                let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
                return tag.first == "*" || opaque.prefix { $0 != " " && $0 != "\t" } == entityTag
            }
        }
        guard let since = fields[.ifModifiedSince].flatMap({ HTTPDate($0) }) else { return false }
        return modified <= since
    }

    /// All octets; nil if reading fails or the file has become shorter.
    func readWhole() -> [UInt8]? {
        let octets = read(at: 0, count: size)
        return octets.count == size ? octets : nil
    }

    /// Sends the octets piece by piece. If the file has become shorter the connection is cut.
    func copy(to writer: BodyWriter) async throws {
        var offset = 0
        while offset < size {
            let piece = read(at: offset, count: min(RequestBody.partSize, size - offset))
            guard !piece.isEmpty else { throw ServerError("read \(name)", code: EIO) }
            try await writer.write(piece)
            offset += piece.count
        }
    }

    private func read(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let step = pread(descriptor, rest.baseAddress, rest.count, offset + filled)
                if step < 0, errno == EINTR { continue }
                guard step > 0 else { return }
                filled += step
            }
        }
    }
}
