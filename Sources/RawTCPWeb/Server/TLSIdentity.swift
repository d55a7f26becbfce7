import CNIO
import Synchronization

/// The certificate and key that the server shows, which can be exchanged while it serves.
package final class TLSIdentity: Sendable {
    /// The files could not be read, or do not belong together.
    package struct Unusable: Error, CustomStringConvertible {
        package var description: String
    }

    private let certificate: String
    private let key: String
    // A lock, because connections of every thread begin with whatever is in force; it is held for one reference count.
    private let current: Mutex<TLSContext>

    /// Reads both files, in PEM; the certificate's may hold its chain.
    package init(certificate: String, key: String) throws(Unusable) {
        self.certificate = certificate
        self.key = key
        current = Mutex(try TLSContext(certificate: certificate, key: key))
    }

    /// Reads the files again. Connections that stand keep what they began with; if the files cannot be used, everybody does.
    package func reload() throws(Unusable) {
        let next = try TLSContext(certificate: certificate, key: key)
        current.withLock { $0 = next }
    }

    /// A session with the identity in force; nil without memory.
    func makeSession() -> TLSSession? { TLSSession(current.withLock { $0 }) }
}

/// OpenSSL's settings for sessions that begin. Not changed after it was made, and OpenSSL counts its references atomically:
/// so it may be shared.
final class TLSContext: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    fileprivate init(certificate: String, key: String) throws(TLSIdentity.Unusable) {
        var message = [CChar](repeating: 0, count: 512)
        guard let pointer = cnio_open_tls_context(certificate, key, &message, message.count) else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw TLSIdentity.Unusable(description: String(decoding: text, as: UTF8.self))
        }
        self.pointer = pointer
    }

    deinit { cnio_close_tls_context(pointer) }
}

/// One connection's TLS: octets of the network on one side, octets of HTTP on the other.
final class TLSSession {
    /// What one reading came to.
    enum Reading {
        case octets(Int)
        case end
        case wantsInput
        case failed
    }

    private let pointer: OpaquePointer

    fileprivate init?(_ context: TLSContext) {
        guard let pointer = cnio_open_tls_session(context.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit { cnio_close_tls_session(pointer) }

    /// Octets that wait to go to the network.
    var pending: Int { cnio_count_tls(pointer) }

    /// Takes octets that came from the network; false without memory.
    func feed(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        cnio_feed_tls(pointer, octets.baseAddress, octets.count) == 0
    }

    /// Gives octets that are to go to the network.
    func take(atMost limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: min(limit, pending)) { buffer, filled in
            filled = cnio_take_tls(pointer, buffer.baseAddress, buffer.count)
        }
    }

    /// Reads decrypted octets into `space`.
    func read(into space: UnsafeMutableRawBufferPointer) -> Reading {
        let count = cnio_read_tls(pointer, space.baseAddress, space.count)
        if count > 0 { return .octets(count) }
        return count == CNIO_TLS_ENDED ? .end : count == CNIO_TLS_WANTS_INPUT ? .wantsInput : .failed
    }

    /// Encrypts octets. Returns how many were taken, nil if the session is over.
    func write(_ octets: UnsafeRawBufferPointer) -> Int? {
        let count = cnio_write_tls(pointer, octets.baseAddress, octets.count)
        return count > 0 ? count : nil
    }

    /// Says that nothing more will be sent.
    func end() { cnio_end_tls(pointer) }
}
