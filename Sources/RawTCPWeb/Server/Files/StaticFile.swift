import Glibc
import HTTPTypes

/// One regular file as it is served: a small one with its content, a larger one open for reading.
final class StaticFile: Sendable {
    private enum Content: Sendable {
        case whole([UInt8])
        case open(Int32)
    }

    /// A file whose last change is younger than this may change again without showing: kernels stamp changes by their
    /// tick, and file systems store as little as whole seconds (FAT: every other one).
    static let settling = Duration.seconds(2)
    /// Longer files are sent piece by piece.
    private static let largestAnswer = 1024 * 1024

    /// Its name below the directory.
    let name: String
    let state: FileState
    /// A strong entity tag: size and time of the last change to the nanosecond.
    let entityTag: String
    /// The head of an answer with all of it.
    let fields: HTTPFields
    /// Its content is here, and any later change of the file will show in its state.
    let mayBeKept: Bool
    private let modified: HTTPDate
    private let content: Content

    /// Takes over a descriptor; nil, and closes it, if it is not a regular file, or a small one that cannot be read.
    init?(descriptor: Int32, name: String, settling: Duration) {
        guard let state = FileState(of: descriptor), let content = Self.content(of: descriptor, state) else {
            close(descriptor)
            return nil
        }
        self.name = name
        self.state = state
        self.content = content
        modified = HTTPDate(seconds: Int(state.modified / 1_000_000_000))
        entityTag = "\"\(String(state.size, radix: 16))-\(String(state.modified, radix: 16))\""
        let isSettled = state.changed + settling.nanoseconds <= MonotonicClock.realtime
        if case .whole = content { mayBeKept = isSettled } else { mayBeKept = false }
        var fields = HTTPFields()
        fields[.contentType] = ContentType.ofFile(named: name)
        fields[.eTag] = entityTag
        fields[.lastModified] = modified.text
        // The browser asks every time, and is told 304: an update of the program shows at once.
        fields[.cacheControl] = "no-cache"
        fields[.contentLength] = String(state.size)
        fields.setBrowserDefences()
        self.fields = fields
    }

    deinit {
        if case .open(let descriptor) = content { close(descriptor) }
    }

    /// The content of a small file, whose descriptor is closed then; of a larger one, the descriptor. Nil if reading fails
    /// or the file has become shorter.
    private static func content(of descriptor: Int32, _ state: FileState) -> Content? {
        guard state.size <= FileMemory.largestFile else { return .open(descriptor) }
        let octets = read(descriptor, at: 0, count: state.size)
        guard octets.count == state.size else { return nil }
        close(descriptor)
        return .whole(octets)
    }

    /// The head of the answer that the client's copy is still good.
    var unchangedFields: HTTPFields {
        var fields = fields
        fields[.contentType] = nil
        fields[.contentLength] = nil
        return fields
    }

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

    /// All octets, as an answer sends them; nil if reading fails or the file has become shorter.
    var body: ResponseBody? {
        switch content {
        case .whole(let octets): return .bytes(octets)
        case .open(let descriptor):
            guard state.size <= Self.largestAnswer else { return .stream { try await self.copy(descriptor, to: $0) } }
            let octets = Self.read(descriptor, at: 0, count: state.size)
            return octets.count == state.size ? .bytes(octets) : nil
        }
    }

    /// Sends the octets piece by piece. If the file has become shorter the connection is cut.
    private func copy(_ descriptor: Int32, to writer: BodyWriter) async throws {
        var offset = 0
        while offset < state.size {
            let piece = Self.read(descriptor, at: offset, count: min(RequestBody.partSize, state.size - offset))
            guard !piece.isEmpty else { throw ServerError("read \(name)", code: EIO) }
            try await writer.write(piece)
            offset += piece.count
        }
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
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
