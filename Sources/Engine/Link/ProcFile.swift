import Glibc

/// What the kernel tells in files under /proc and /sys.
package enum ProcFile {
    /// The file's text; `.system` if it cannot be read.
    package static func read(_ path: String) throws(LinkError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw .system(call: "read \(path)", errno: errno) }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }

    /// Where a symbolic link leads.
    package static func link(_ path: String) throws(LinkError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw .system(call: "readlink \(path)", errno: errno) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The numbers in a file of one line: a sysctl, a device's attribute.
    package static func numbers(_ path: String) throws(LinkError) -> [Int] {
        try read(path).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    /// The ranges in a file that lists numbers and ranges of them: `8080,20000-29999`.
    package static func ranges(_ path: String) throws(LinkError) -> [ClosedRange<Int>] {
        try read(path).split(whereSeparator: { $0 == "," || $0.isWhitespace }).compactMap { part in
            let bounds = part.split(separator: "-").compactMap { Int($0) }
            guard let first = bounds.first, let last = bounds.last, first <= last else { return nil }
            return first...last
        }
    }

    /// OutRsts: RSTs that the kernel has sent in the calling thread's network namespace.
    package static func outgoingResets() throws(LinkError) -> UInt64 {
        let path = "/proc/thread-self/net/snmp"
        guard let count = counter("OutRsts", of: "Tcp:", in: try read(path)) else {
            throw .system(call: "OutRsts in \(path)", errno: ENOENT)
        }
        return count
    }

    /// A counter of `/proc/net/snmp`: each protocol has a line of names, then one of values.
    package static func counter(_ name: String, of group: Substring, in text: String) -> UInt64? {
        let rows = text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.first == group }
        guard rows.count == 2, let column = rows[0].firstIndex(of: Substring(name)), column < rows[1].count else {
            return nil
        }
        return UInt64(rows[1][column])
    }

    /// CapEff of the calling process: one bit for each capability it has.
    package static func effectiveCapabilities() throws(LinkError) -> Capabilities {
        let path = "/proc/self/status"
        guard let capabilities = Capabilities(status: try read(path)) else {
            throw .system(call: "CapEff in \(path)", errno: ENOENT)
        }
        return capabilities
    }
}

/// Capabilities of a process, bit by bit as in linux/capability.h; those that the engine has a use for are named.
package struct Capabilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// CAP_NET_BIND_SERVICE: ports below `ip_unprivileged_port_start`.
    package static let netBindService = Capabilities(rawValue: 1 << 10)
    /// CAP_NET_RAW: raw sockets.
    package static let netRaw = Capabilities(rawValue: 1 << 13)

    /// Reads the line `CapEff:` of `/proc/self/status`.
    package init?(status: String) {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let word = line.split(whereSeparator: \.isWhitespace).last, let bits = UInt64(word, radix: 16)
        else { return nil }
        rawValue = bits
    }
}
