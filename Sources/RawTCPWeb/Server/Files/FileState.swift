import Glibc

/// What tells one state of a regular file from every other: which file it is, how long, and when it was last changed.
struct FileState: Hashable, Sendable {
    private let device: UInt
    private let inode: UInt
    let size: Int
    /// When the content was last changed, in nanoseconds since 1970. Whoever owns the file may set it to anything.
    let modified: Int64
    /// When anything of the file was last changed, in nanoseconds since 1970. Only the kernel sets it.
    let changed: Int64

    /// Of an open file; nil unless it is a regular one.
    init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of what a name leads to below a directory, wherever that is: a link may lead outside, and then it is the state of
    /// another file. Nil unless there is a regular file.
    init?(of name: String, below directory: Int32) {
        var status = stat()
        guard fstatat(directory, name, &status, 0) == 0 else { return nil }
        self.init(status)
    }

    private init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = status.st_dev
        inode = status.st_ino
        size = status.st_size
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
