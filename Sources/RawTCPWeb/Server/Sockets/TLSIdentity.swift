import Synchronization

/// The certificate and key that the server shows, which can be exchanged while it serves.
package final class TLSIdentity: Sendable {
    private let certificate: String
    private let key: String
    // A lock, because connections of every thread begin with whatever is in force; it is held for one reference count.
    private let current: Mutex<TLSContext>

    /// Reads both files, in PEM; the certificate's may hold its chain. Throws if they cannot be read, or do not belong together.
    package init(certificate: String, key: String) throws(TLSFailure) {
        self.certificate = certificate
        self.key = key
        current = Mutex(try TLSContext(certificate: certificate, key: key))
    }

    /// Reads the files again. Connections that stand keep what they began with; if the files cannot be used, everybody does.
    package func reload() throws(TLSFailure) {
        let next = try TLSContext(certificate: certificate, key: key)
        current.withLock { $0 = next }
    }

    /// A session with the identity in force; nil without memory.
    func makeSession() -> TLSSession? { TLSSession(current.withLock { $0 }) }
}
