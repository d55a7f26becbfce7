import CNIO
import Foundation
import Synchronization

/// A network of a test's own, with nothing in it but its loopback device. It belongs to a thread; sockets that are opened
/// and processes that are started on that thread are in it. It is nameless, so that it cannot outlive its last user.
package final class NetworkNamespace: Sendable {
    /// The jobs of the thread, kept apart so that the thread does not keep the namespace alive.
    private final class Mailbox: Sendable {
        /// A job; nil ends the thread.
        let jobs = Mutex<[(@Sendable () -> Void)?]>([])
        let arrived = DispatchSemaphore(value: 0)

        func post(_ job: (@Sendable () -> Void)?) {
            jobs.withLock { $0.append(job) }
            arrived.signal()
        }

        func work() {
            while true {
                arrived.wait()
                guard let job = jobs.withLock({ $0.removeFirst() }) else { return }
                job()
            }
        }
    }

    private let mailbox = Mailbox()

    /// Makes the namespace and brings its loopback up. Needs CAP_SYS_ADMIN.
    package init() throws {
        Thread.detachNewThread { [mailbox] in mailbox.work() }
        try perform { Result { try Self.enter() } }.get()
    }

    /// Moves the calling thread into a new one.
    static func enter() throws {
        guard cnio_enter_network_namespace() == 0 else { throw HarnessError.system("entering a network namespace") }
    }

    deinit { mailbox.post(nil) }

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let arrived = DispatchSemaphore(value: 0)
    }

    /// Runs the job on the namespace's thread and waits for what it returns.
    package func perform<Value: Sendable>(_ job: @escaping @Sendable () -> Value) -> Value {
        let answer = Answer<Value>()
        mailbox.post {
            let value = job()
            answer.value.withLock { $0 = value }
            answer.arrived.signal()
        }
        while true {
            answer.arrived.wait()
            if let value = answer.value.withLock({ $0 }) { return value }
        }
    }

    /// How many RSTs the kernel has sent in this namespace.
    package func kernelResets() throws -> Int {
        let text = try perform { Result { try String(contentsOfFile: "/proc/thread-self/net/snmp", encoding: .utf8) } }
            .get()
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("Tcp:") }.map { $0.split(separator: " ") }
        guard rows.count == 2, let column = rows[0].firstIndex(of: "OutRsts"), let count = Int(rows[1][column]) else {
            throw HarnessError("no OutRsts in /proc/net/snmp")
        }
        return count
    }
}

extension NetworkNamespace? {
    /// Runs the job in the namespace, or in the tests' own network if there is none.
    package func perform<Value: Sendable>(_ job: @escaping @Sendable () throws -> Value) throws -> Value {
        guard let self else { return try job() }
        return try self.perform { Result { try job() } }.get()
    }
}
