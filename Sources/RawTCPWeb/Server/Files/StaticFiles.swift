import CNIO
import Glibc
import HTTPTypes

/// Serves the files below one directory, and nothing else.
///
/// The directory is held open and files are opened relative to it with RESOLVE_BENEATH, so neither a path nor a symbolic
/// link leads outside, whatever is renamed meanwhile. Small ones are kept in memory (`FileMemory`), and looked at on disk
/// for each request.
package final class StaticFiles: Sendable {
    private let directory: Int32
    private let memory = FileMemory()
    private let settling: Duration

    /// Opens the directory. Files are kept in memory once their last change is as old as `settling`; nil: what is safe on
    /// every file system.
    package init(root: String, settling: Duration? = nil) throws {
        self.settling = settling ?? StaticFile.settling
        directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw ServerError("open \(root)") }
    }

    deinit { close(directory) }

    /// The answer to GET or HEAD of a file; nil for any other method and if there is no such file.
    package func respond(path: String, request: Request) throws(SelectionFailure) -> Response? {
        guard request.head.method == .get || request.head.method == .head else { return nil }
        return try file(at: path)?.respond(to: request.head)
    }

    /// Whether a path names a file: for telling 405 from 404.
    package func contains(path: String) -> Bool { file(at: path) != nil }

    /// How many files are kept in memory, and how many octets they have.
    package var kept: (files: Int, octets: Int) { memory.extent }

    /// The file that a path leads to, as it is now. One that is kept is good while the path leads to a file in the same
    /// state: then its content is what opening and reading it again would give.
    private func file(at path: String) -> StaticFile? {
        if let kept = memory.file(at: path) {
            if FileState(of: kept.name, below: directory) == kept.state { return kept }
            memory.forget(path)
        }
        guard let file = openFile(path) else { return nil }
        if file.mayBeKept { memory.keep(file, at: path) }
        return file
    }

    private func openFile(_ path: String) -> StaticFile? {
        guard let name = Self.relativeName(of: path) else { return nil }
        let descriptor = cnio_open_beneath(directory, name)
        guard descriptor >= 0, let file = OpenFile(descriptor: descriptor) else { return nil }
        return StaticFile(file, name: name, settling: settling)
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
