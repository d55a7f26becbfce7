import Foundation
import Synchronization

/// How a process ended.
package enum Ending: Hashable, Sendable {
    case exited(Int32)
    case killed(Int32)

    init(status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
    }
}

/// A program that a test started; whatever happens to the test, it ends with this object.
package final class ChildProcess: Sendable {
    /// How the process ended, once it has; set by a thread that waits for it.
    private final class Fate: Sendable {
        let ending = Mutex<Ending?>(nil)
        let decided = DispatchSemaphore(value: 0)

        init(of pid: pid_t) {
            Thread.detachNewThread { [self] in
                // Looked at first and reaped under the lock, so that no signal meets another process of the same number.
                var information = siginfo_t()
                while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
                ending.withLock {
                    var status: Int32 = 0
                    waitpid(pid, &status, 0)
                    $0 = Ending(status: status)
                }
                decided.signal()
            }
        }
    }

    /// Held from the making of a pipe until it is closed to other children, and while one of them starts: whoever inherited
    /// another's pipe would keep it open.
    private static let starting = Mutex(())

    package let pid: Int32
    /// What it wrote on its standard output.
    package let output: CollectedOutput
    /// What it wrote on its standard error.
    package let errors: CollectedOutput
    private let command: String
    private let fate: Fate

    /// Starts the program, found on PATH, in the package's root. It inherits the network of the calling thread. Of longer output
    /// than the capacity the end is kept.
    package init(_ arguments: [String], keeping capacity: Int = CollectedOutput.usualCapacity) throws {
        command = arguments.joined(separator: " ")
        let (outputPipe, errorPipe) = (try Self.makePipe(), try Self.makePipe())
        defer {
            close(outputPipe.writing)
            close(errorPipe.writing)
        }
        output = CollectedOutput(reading: outputPipe.reading, keeping: capacity)
        errors = CollectedOutput(reading: errorPipe.reading)
        pid = try Self.starting.withLock { _ in
            try Self.spawn(arguments, output: outputPipe.writing, errors: errorPipe.writing)
        }
        fate = Fate(of: pid)
    }

    /// A pipe that no child inherits by itself.
    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        try starting.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw HarnessError.system("pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }

    deinit { signal(SIGKILL) }

    private static func spawn(_ arguments: [String], output: Int32, errors: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)

        var environment = ProcessInfo.processInfo.environment
        environment["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
        // The C library's own way to a working directory is not in Swift's Glibc; env replaces itself by the program.
        var words = (["env", "-C", Checkout.root.path()] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, "env", &actions, nil, &words, &variables)
        guard failure == 0 else { throw HarnessError.system("starting \(arguments[0])", errno: failure) }
        return pid
    }

    /// Sends a signal, unless the process has ended.
    package func signal(_ number: Int32) {
        fate.ending.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// Waits for the end of the process.
    @discardableResult
    package func wait(within patience: Duration) throws -> Ending {
        let deadline = DispatchTime(after: patience)
        while true {
            if let ending = fate.ending.withLock({ $0 }) { return ending }
            if fate.decided.wait(timeout: deadline) == .timedOut {
                throw HarnessError("did not end within \(patience): \(diagnosis)")
            }
        }
    }

    /// What there is to know when it did not do what it should have.
    package var diagnosis: String {
        "\(command)\n--- its output:\n\(output.text.suffix(2_000))\n--- its errors:\n\(errors.text.suffix(4_000))"
    }

    /// Runs a program to its end and returns its output; throws unless it exits with 0.
    @discardableResult
    package static func run(
        _ arguments: [String], within patience: Duration = .patience,
        keeping capacity: Int = CollectedOutput.usualCapacity
    ) throws -> String {
        let process = try ChildProcess(arguments, keeping: capacity)
        guard try process.wait(within: patience) == .exited(0), process.output.waitForEnd(within: patience) else {
            throw HarnessError(process.diagnosis)
        }
        return process.output.text
    }
}
