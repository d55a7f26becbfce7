import CNIO
import Engine
import Glibc

/// Two network namespaces with a veth pair between them: the contestants' own, which the calling thread moves into, and
/// that of a far host. Both end with the process.
struct BenchmarkNetwork: Sendable {
    /// The far host, on the same link.
    let farAddress = IPAddress(v4: 0x0a4d_0002)
    /// A network of addresses that are all the far host's.
    let farNetwork = IPAddress(v4: 0x0a4e_0000)
    /// Everything that the engine must be allowed to reach.
    let targets = [0x0a4d_0000, 0x0a4e_0000, 0x0a4f_0000].map { TargetRule(network: IPAddress(v4: $0), prefix: 16) }
    /// The far host behind a link with delay, while there is one; and what its network's addresses begin with.
    let delayedAddress = IPAddress(v4: 0x0a4f_0002)
    let delayedNetwork = "10.79.0."
    let far: Namespace

    /// The `number`th address of the far network.
    func farAddress(_ number: Int) -> IPAddress { IPAddress(v4: 0x0a4e_0001 + UInt32(number)) }

    init() throws(BenchmarkError) {
        guard geteuid() == 0 else { throw BenchmarkError("network namespaces and raw sockets need root") }
        try check("unshare", cnio_enter_network_namespace())
        try Self.settle()
        far = try Namespace()
        try run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", far.path)
        try configure("near", "10.77.0.1/16")
        try run("ip", "route", "add", "10.78.0.0/16", "via", "10.77.0.2")
        try far.perform { () throws(BenchmarkError) in
            try Self.settle()
            try configure("far", "10.77.0.2/16")
            try run("ip", "route", "add", "local", "10.78.0.0/16", "dev", "lo")
        }
    }

    /// The namespace behind an address: nil is the contestants' own.
    func namespace(of address: IPAddress) -> Namespace? { address.isLoopback ? nil : far }

    /// Room for everybody who waits to be accepted.
    private static func settle() throws(BenchmarkError) {
        try write("16384", to: "/proc/sys/net/core/somaxconn")
        try write("16384", to: "/proc/sys/net/ipv4/tcp_max_syn_backlog")
    }
}

/// Gives a device its address, and switches its offloads off.
func configure(_ device: String, _ network: String) throws(BenchmarkError) {
    try run("ip", "addr", "add", network, "dev", device)
    try run("ip", "link", "set", device, "mtu", "1500", "up")
    try run("ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off")
}

/// A network namespace other than the process's.
final class Namespace: Sendable {
    private let descriptor: Int32

    /// Makes an empty one, with its loopback up.
    init() throws(BenchmarkError) {
        descriptor = try onThread { () throws(BenchmarkError) in
            try check("unshare", cnio_enter_network_namespace())
            return try check("/proc/thread-self/ns/net", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
        }
    }

    deinit { close(descriptor) }

    /// Where programs find it.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Moves the calling thread into it.
    func enter() throws(BenchmarkError) { try check("setns", cnio_join_network_namespace(descriptor)) }

    /// Runs `body` inside it, on a thread of its own.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable () throws(BenchmarkError) -> Result
    ) throws(BenchmarkError) -> Result {
        try onThread { () throws(BenchmarkError) in
            try self.enter()
            return try body()
        }
    }
}

/// Runs a program of the host in the calling thread's namespace.
func run(_ arguments: String...) throws(BenchmarkError) {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    // The tools of the administrator are not in everybody's path.
    setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1)
    // ethtool tells what else it had to change.
    var silence = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&silence)
    defer { posix_spawn_file_actions_destroy(&silence) }
    posix_spawn_file_actions_addopen(&silence, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var child: pid_t = 0
    let failure = posix_spawnp(&child, arguments[0], &silence, nil, words, environ)
    guard failure == 0 else { throw BenchmarkError("\(arguments[0]): \(String(cString: strerror(failure)))") }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    guard status == 0 else { throw BenchmarkError("\(arguments.joined(separator: " ")) failed") }
}

private func write(_ text: String, to path: String) throws(BenchmarkError) {
    let descriptor = try check(path, open(path, O_WRONLY | O_CLOEXEC))
    defer { close(descriptor) }
    try check(path, Int32(Glibc.write(descriptor, text, text.utf8.count)))
}
