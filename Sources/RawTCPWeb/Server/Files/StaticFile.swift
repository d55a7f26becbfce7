import HTTPTypes

/// One regular file as it is served: a small one with its content, a larger one open for reading.
final class StaticFile: Sendable {
    private enum Content: Sendable {
        case whole([UInt8])
        case open(OpenFile)
    }

    /// A file whose last change is younger than this may change again without showing: kernels stamp changes by their
    /// tick, and file systems store as little as whole seconds (FAT: every other one).
    static let settling = Duration.seconds(2)
    /// Longer files are sent piece by piece.
    private static let largestAnswer = 1024 * 1024

    /// Its name below the directory.
    let name: String
    let state: FileState
    /// Its content is here, and any later change of the file will show in its state.
    let mayBeKept: Bool
    /// The fields of an answer with all of it.
    private let fields: HTTPFields
    private let content: Content

    /// A file that has just been opened; nil if it is a small one that cannot be read.
    init?(_ file: OpenFile, name: String, settling: Duration) {
        guard let content = Self.content(of: file) else { return nil }
        self.name = name
        self.content = content
        state = file.state
        let isSettled = state.changed + settling.nanoseconds <= ServerClock.realtime
        if case .whole = content { mayBeKept = isSettled } else { mayBeKept = false }
        var fields = HTTPFields()
        fields[.contentType] = ContentType.ofFile(named: name)
        // The browser asks every time, and is told 304: an update of the program shows at once.
        fields[.cacheControl] = "no-cache"
        fields.setBrowserDefences()
        self.fields = fields
    }

    /// The content of a small file, which is closed then; a larger one stays open. Nil if reading fails or the file has
    /// become shorter.
    private static func content(of file: OpenFile) -> Content? {
        guard file.state.size <= FileMemory.largestFile else { return .open(file) }
        let octets = file.read(0..<file.state.size)
        return octets.count == file.state.size ? .whole(octets) : nil
    }

    /// The answer to GET or HEAD.
    func respond(to request: HTTPRequest) throws(SelectionFailure) -> Response {
        try state.validators.answer(request, fields: fields, content: octets)
    }

    /// Octets as an answer sends them.
    private func octets(_ range: Range<Int>) -> ResponseBody {
        switch content {
        case .whole(let octets): return .bytes(range.count == octets.count ? octets : Array(octets[range]))
        case .open(let file):
            let octets = range.count <= Self.largestAnswer ? file.read(range) : []
            // One that has become shorter is sent as far as it goes, and then cut.
            return octets.count == range.count ? .bytes(octets) : file.content(range)
        }
    }
}
