import Glibc

/// What tells one state of a regular file from every other: which file it is, how long, and when it was last changed.
package struct FileState: Hashable, Sendable {
    private let device: UInt
    private let inode: UInt
    /// In octets.
    package let size: Int
    /// When the content was last changed, in nanoseconds since 1970. Whoever owns the file may set it to anything.
    package let modified: Int64
    /// When anything of the file was last changed, in nanoseconds since 1970. Only the kernel sets it.
    package let changed: Int64

    /// Of an open file; nil unless it is a regular one.
    package init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of what a name leads to below a directory, wherever that is: a link may lead outside, and then it is the state of
    /// another file. Nil unless there is a regular file.
    package init?(of name: String, below directory: Int32) {
        self.init(name, directory, flags: 0)
    }

    /// Of what a path leads to; nil unless that is a regular file and no link to one.
    package init?(linklessAt path: String) {
        self.init(path, AT_FDCWD, flags: AT_SYMLINK_NOFOLLOW)
    }

    private init?(_ name: String, _ directory: Int32, flags: Int32) {
        var status = stat()
        guard fstatat(directory, name, &status, flags) == 0 else { return nil }
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

    /// What tells this state from others in HTTP: the tag has the time to the nanosecond.
    package var validators: Validators {
        Validators(
            entityTag: "\"\(String(size, radix: 16))-\(String(modified, radix: 16))\"",
            lastModified: HTTPDate(seconds: Int(modified / 1_000_000_000)), size: size)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
