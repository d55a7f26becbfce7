import Glibc

/// The directory of the capture files. Names that are asked for are only ever compared with names that are there, never
/// made into a path as they come.
package struct CaptureDirectory: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// One capture file, as the directory lists it.
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let size: Int
        /// The last change, in nanoseconds since 1970.
        package let modified: Int64
    }

    /// What every name ends in.
    static let suffix = ".pcapng"

    /// The capture files, oldest first: their names begin with the time at which they were begun.
    package func entries() -> [Entry] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let item = readdir(directory) {
            let name = withUnsafeBytes(of: item.pointee.d_name) { octets in
                String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if Self.isCaptureName(name), let entry = entry(name) { entries.append(entry) }
        }
        return entries.sorted { $0.name < $1.name }
    }

    /// The file of this name, opened; nil unless the directory lists exactly this name and it is a regular file.
    package func open(_ name: String) -> OpenFile? {
        guard let entry = entries().first(where: { $0.name == name }) else { return nil }
        let descriptor = Glibc.open(path + "/" + entry.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        return descriptor < 0 ? nil : OpenFile(descriptor: descriptor)
    }

    /// `TIME-RUN-NUMBER.pcapng`: letters, digits and hyphens, nothing that a path could be made of.
    static func isCaptureName(_ name: String) -> Bool {
        guard name.hasSuffix(suffix), name.utf8.count <= 64 else { return false }
        let stem = name.dropLast(suffix.count)
        return stem.split(separator: "-", omittingEmptySubsequences: false).count == 3
            && stem.utf8.allSatisfy { octet in
                octet == UInt8(ascii: "-") || (0x30...0x39).contains(octet) || (0x41...0x5a).contains(octet)
                    || (0x61...0x7a).contains(octet)
            }
    }

    private func entry(_ name: String) -> Entry? {
        FileState(linklessAt: path + "/" + name).map { Entry(name: name, size: $0.size, modified: $0.modified) }
    }
}
