import CNIO
import Glibc
import HTTPTypes

/// Serves the files below one directory, and nothing else.
///
/// The directory is held open and files are opened relative to it with RESOLVE_BENEATH, so neither a path nor a symbolic
/// link leads outside, whatever is renamed meanwhile.
package final class StaticFiles: Sendable {
    /// Larger files are sent piece by piece.
    private static let largestWhole = 1024 * 1024

    private let directory: Int32

    /// Opens the directory.
    package init(root: String) throws {
        directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw ServerError("open \(root)") }
    }

    deinit { close(directory) }

    /// The answer to GET or HEAD of a file; nil for any other method and if there is no such file.
    package func respond(path: String, request: Request) -> Response? {
        guard request.head.method == .get || request.head.method == .head else { return nil }
        guard let file = openFile(path) else { return nil }
        var fields = Self.fields(of: file)
        if file.isUnchanged(for: request.head.headerFields) {
            fields[.contentType] = nil
            return Response(head: HTTPResponse(status: .notModified, headerFields: fields))
        }
        fields[.contentLength] = String(file.size)
        let head = HTTPResponse(status: .ok, headerFields: fields)
        if request.head.method == .head { return Response(head: head) }
        if file.size <= Self.largestWhole { return file.readWhole().map { Response(head: head, body: .bytes($0)) } }
        return Response(head: head, body: .stream { writer in try await file.copy(to: writer) })
    }

    /// Whether a path names a file: for telling 405 from 404.
    package func contains(path: String) -> Bool { openFile(path) != nil }

    private static func fields(of file: StaticFile) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = ContentType.ofFile(named: file.name)
        fields[.eTag] = file.entityTag
        fields[.lastModified] = file.modified.text
        // The browser asks every time, and is told 304: an update of the program shows at once.
        fields[.cacheControl] = "no-cache"
        fields.setBrowserDefences()
        return fields
    }

    private func openFile(_ path: String) -> StaticFile? {
        guard let name = Self.relativeName(of: path) else { return nil }
        let descriptor = cnio_open_beneath(directory, name)
        guard descriptor >= 0 else { return nil }
        return StaticFile(descriptor: descriptor, name: name)
    }

    /// The file's name below the root; nil if a path has any segment that a page's files do not need: empty, hidden, `.`
    /// or `..`, or with a separator or a control character behind its percent-encoding.
    private static func relativeName(of path: String) -> String? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { PercentEncoding.decode($0) }
        if segments.last == [] { segments[segments.count - 1] = Array("index.html".utf8) }
        for segment in segments {
            guard let first = segment.first, first != UInt8(ascii: ".") else { return nil }
            guard !segment.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F || $0 == 0x5C }) else { return nil }
        }
        return String(validating: segments.joined(separator: [UInt8(ascii: "/")]), as: UTF8.self)
    }
}
