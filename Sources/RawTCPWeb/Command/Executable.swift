import Glibc

/// Where the running program lies.
enum Executable {
    /// Its path, with all links resolved.
    static var path: String {
        guard let path = realpath("/proc/self/exe", nil) else { return CommandLine.arguments[0] }
        defer { free(path) }
        return String(cString: path)
    }

    /// The directories above it, the nearest first.
    static var ancestors: [String] {
        var parts = path.split(separator: "/").dropLast()
        var directories: [String] = []
        while !parts.isEmpty {
            directories.append("/" + parts.joined(separator: "/"))
            parts = parts.dropLast()
        }
        return directories
    }
}

/// Small files that are read once.
enum TextFile {
    /// All octets of a file; nil and `errno` if it cannot be read.
    static func octets(at path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { octets += buffer[..<count] }
        return octets
    }
}
