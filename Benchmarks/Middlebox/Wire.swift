import CNIO
import Engine
import Glibc

/// Why a middlebox could not be built.
public struct MiddleboxError: Error, CustomStringConvertible {
    public let description: String

    static func system(_ call: String, _ device: String) -> Self {
        Self(description: "\(call) on \(device): \(String(cString: strerror(errno)))")
    }
}

/// All frames that come in at a device of the calling thread's network namespace, and a way to send some.
final class Wire: Sendable {
    /// Of `linux/if_ether.h`, in network order: frames of every protocol.
    private static let everyProtocol = UInt16(0x0003).bigEndian
    /// Of `linux/if_packet.h`: PACKET_IGNORE_OUTGOING, what we send ourselves is not shown to us.
    private static let ignoreOutgoing: Int32 = 23
    private static let socketLevel: Int32 = 263
    /// A burst of a whole window may wait while the thread is not running.
    private static let buffer: Int32 = 8 << 20

    /// `struct sockaddr_ll`, which is in no module of Swift's.
    private struct Address {
        var family = UInt16(AF_PACKET)
        var ethertype = Wire.everyProtocol
        var device: Int32
        var hardware: UInt16 = 0
        var kind: UInt8 = 0
        var length: UInt8 = 0
        var octets: (UInt32, UInt32) = (0, 0)
    }

    let descriptor: Int32

    init(_ device: String) throws(MiddleboxError) {
        let kind = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        // Of no protocol until it is bound, so that nothing slips in from other devices.
        descriptor = socket(AF_PACKET, kind, 0)
        guard descriptor >= 0 else { throw .system("a packet socket", device) }
        var one: Int32 = 1
        var room = Self.buffer
        let size = socklen_t(MemoryLayout<Int32>.size)
        var address = Address(device: Int32(if_nametoindex(device)))
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard setsockopt(descriptor, Self.socketLevel, Self.ignoreOutgoing, &one, size) == 0,
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, size) == 0, bound == 0
        else {
            let error = MiddleboxError.system("bind", device)
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// The next frame that has come in; nil: none.
    func receive(_ buffer: inout [UInt8]) -> [UInt8]? {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Sends a frame; one that the device does not take is lost, as on any wire.
    func send(_ frame: [UInt8]) { _ = Glibc.send(descriptor, frame, frame.count, 0) }
}

/// Sleeps until a frame has come in, or a time has passed; to the microsecond, which `poll` is not.
final class Poll: Sendable {
    private let descriptor: Int32

    init(_ wires: [Wire]) throws(MiddleboxError) {
        descriptor = cnio_create_poll()
        guard descriptor >= 0 else { throw .system("epoll", "nothing") }
        for wire in wires where cnio_watch_descriptor(descriptor, wire.descriptor, 0, 1) < 0 {
            throw .system("epoll", "a device")
        }
    }

    deinit { close(descriptor) }

    func wait(_ time: Interval) {
        var events = [cnio_event](repeating: cnio_event(), count: 2)
        cnio_wait_events(descriptor, &events, Int32(events.count), max(time, .zero).nanoseconds)
    }
}
