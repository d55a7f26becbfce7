import DequeModule
import Synchronization

/// Small files that were asked for lately, by the paths that asked for them. What came first goes first.
///
/// It spares opening and reading a file, never looking at it: who takes one from here compares its state with the file's
/// own, so that a changed file is served changed.
final class FileMemory: Sendable {
    /// Longer files are read each time: they are few, and reading them costs less than sending them.
    static let largestFile = 64 * 1024
    /// More than the page has. The same file under two spellings of its path counts twice.
    static let mostFiles = 256
    /// Of content, all together.
    static let mostOctets = 8 * 1024 * 1024

    private struct State {
        var files: [String: StaticFile] = [:]
        /// In the order in which they came.
        var paths = Deque<String>()
        var octets = 0

        mutating func forget(_ path: String) {
            guard let file = files.removeValue(forKey: path) else { return }
            octets -= file.state.size
            paths.removeAll { $0 == path }
        }
    }

    private let state = Mutex(State())

    /// How many files are kept, and how many octets they have.
    var extent: (files: Int, octets: Int) { state.withLock { ($0.files.count, $0.octets) } }

    /// The file that this path led to.
    func file(at path: String) -> StaticFile? { state.withLock { $0.files[path] } }

    /// Keeps a file, in the place of the one that the path led to before.
    func keep(_ file: StaticFile, at path: String) {
        state.withLock { state in
            state.forget(path)
            state.files[path] = file
            state.paths.append(path)
            state.octets += file.state.size
            while state.paths.count > Self.mostFiles || state.octets > Self.mostOctets, let first = state.paths.first {
                state.forget(first)
            }
        }
    }

    /// Forgets what this path led to.
    func forget(_ path: String) { state.withLock { $0.forget(path) } }
}
