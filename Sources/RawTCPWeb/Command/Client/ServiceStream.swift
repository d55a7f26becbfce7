import Glibc
import Synchronization

/// The octets of one connection to a service, in the clear or through TLS. One thread may read while another writes: a peer
/// that waits for us to read must not keep us from reading.
final class ServiceStream: Sendable {
    private let descriptor: Int32
    private let isSecure: Bool
    /// nil: in the clear. Locked while OpenSSL works, and never while the socket is waited for.
    private let session: Mutex<TLSSession?>

    /// Takes over a connected socket, which it closes in the end. `trust`: TLS, for a certificate of `host`.
    init(_ descriptor: Int32, trust: TLSContext?, host: String) throws(TLSFailure) {
        self.descriptor = descriptor
        isSecure = trust != nil
        guard let trust else {
            session = Mutex(nil)
            return
        }
        guard let session = TLSSession(trust, calling: host) else { throw TLSFailure(description: "no memory") }
        try Self.shakeHands(session, descriptor)
        self.session = Mutex(session)
    }

    deinit { close(descriptor) }

    private static func shakeHands(_ session: TLSSession, _ descriptor: Int32) throws(TLSFailure) {
        while true {
            let isOver: Bool
            do throws(TLSFailure) {
                isOver = try session.shakeHands()
            } catch {
                // The alert that tells the service why.
                send(session.take(atMost: .max)[...], to: descriptor)
                throw error
            }
            send(session.take(atMost: .max)[...], to: descriptor)
            if isOver { return }
            guard let octets = receive(from: descriptor), !octets.isEmpty else {
                throw TLSFailure(description: "it ended the connection in the handshake; does it speak https?")
            }
            guard octets.withUnsafeBufferPointer(session.feed) else { throw TLSFailure(description: "no memory") }
        }
    }

    /// The octets that come next. Empty at the end, nil if the connection broke.
    func read() -> [UInt8]? {
        guard isSecure else { return Self.receive(from: descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch session.withLock({ session in buffer.withUnsafeMutableBytes { session?.read(into: $0) } }) {
            case .octets(let count): return Array(buffer[..<count])
            case .end: return []
            case .failed, nil: return nil
            case .wantsInput: break
            }
            // An end that TLS does not announce may be an attacker's.
            guard let octets = Self.receive(from: descriptor), !octets.isEmpty,
                session.withLock({ session in octets.withUnsafeBufferPointer { session?.feed($0) } }) == true
            else { return nil }
        }
    }

    /// Writes all octets; false if the service is gone. For one thread at a time.
    @discardableResult func write(_ octets: ArraySlice<UInt8>) -> Bool {
        guard isSecure else { return Self.send(octets, to: descriptor) }
        var rest = octets
        while !rest.isEmpty {
            let (count, encrypted) = session.withLock { session in
                let count = rest.withUnsafeBytes { session?.write($0) }
                return (count, session?.take(atMost: .max) ?? [])
            }
            guard let count, Self.send(encrypted[...], to: descriptor) else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Ends our direction; what comes can still be read.
    func endWriting() {
        let farewell = session.withLock { session in
            session?.end()
            return session?.take(atMost: .max) ?? []
        }
        Self.send(farewell[...], to: descriptor)
        shutdown(descriptor, Int32(SHUT_WR))
    }

    // MARK: The socket

    private static func receive(from descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    @discardableResult private static func send(_ octets: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
