import CNIO
import Glibc

/// What the process may use of the host.
package enum Limits {
    /// Descriptors asked for: with half of them for guards, more than there are ports.
    private static let wanted: rlim_t = 1 << 20

    /// Raises RLIMIT_NOFILE as far as the process may: to `wanted` with CAP_SYS_RESOURCE, else to the hard limit.
    /// Returns the limit that holds now.
    @discardableResult package static func raiseFileDescriptors() -> Int {
        var limit = read()
        guard limit.rlim_cur < wanted else { return fileDescriptors }
        var raised = rlimit(rlim_cur: wanted, rlim_max: max(wanted, limit.rlim_max))
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) != 0 {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return fileDescriptors
    }

    /// Freed memory that the process keeps. By default the allocator gives 128 KiB and more back at once, and buffers that
    /// come and go are then fetched anew page by page: 6 % of a bulk transfer's time.
    private static let keptMemory: Int32 = 16 << 20

    /// Makes the allocator keep freed memory for what comes next.
    package static func keepFreedMemory() { cnio_keep_freed_memory(keptMemory) }

    /// Descriptors that the process may have open.
    package static var fileDescriptors: Int { Int(clamping: read().rlim_cur) }

    /// The lowest port that needs no CAP_NET_BIND_SERVICE; 1,024 unless the host says otherwise.
    package static var unprivilegedPortStart: Int {
        (try? ProcFile.numbers("/proc/sys/net/ipv4/ip_unprivileged_port_start").first) ?? 1_024
    }

    private static func read() -> rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}
