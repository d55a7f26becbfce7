import Glibc

/// What the kernel tells of this process.
enum ProcessFacts {
    /// Resident memory in octets, open descriptors, and CPU time in seconds.
    static var now: (memory: Int, descriptors: Int, seconds: Double) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
        return (residentMemory, openDescriptors, seconds[0] + seconds[1])
    }

    private static var residentMemory: Int {
        let text = String(decoding: TextFile.octets(at: "/proc/self/statm") ?? [], as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openDescriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_type == UInt8(DT_LNK) { count += 1 }
        }
        return max(0, count - 1)  // the directory itself
    }
}
