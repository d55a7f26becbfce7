import CNIO

/// Why TLS could not begin, in OpenSSL's words.
package struct TLSFailure: Error, CustomStringConvertible {
    package var description: String
}

/// OpenSSL's settings for sessions that begin.
///
/// `@unchecked Sendable`: not changed after it was made, and OpenSSL counts its references atomically.
final class TLSContext: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    /// A server's.
    init(certificate: String, key: String) throws(TLSFailure) {
        var message = [CChar](repeating: 0, count: 512)
        guard let pointer = cnio_open_tls_context(certificate, key, &message, message.count) else {
            throw TLSFailure(description: String(message))
        }
        self.pointer = pointer
    }

    /// A client's, which trusts the authorities in a PEM file; nil: the system's.
    init(authorities: String?) throws(TLSFailure) {
        var message = [CChar](repeating: 0, count: 512)
        guard let pointer = cnio_open_tls_trust(authorities, &message, message.count) else {
            throw TLSFailure(description: String(message))
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

    /// A server's, which awaits the client's hello; nil without memory.
    init?(_ context: TLSContext) {
        guard let pointer = cnio_open_tls_session(context.pointer) else { return nil }
        self.pointer = pointer
    }

    /// A client's, which expects a certificate for `host`, a name or a numeric address; nil without memory.
    init?(_ trust: TLSContext, calling host: String) {
        guard let pointer = cnio_call_tls(trust.pointer, host) else { return nil }
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

    /// Drives the handshake: true when it is over, false when more must be fed first.
    func shakeHands() throws(TLSFailure) -> Bool {
        var message = [CChar](repeating: 0, count: 512)
        let outcome = cnio_shake_tls(pointer, &message, message.count)
        if outcome == CNIO_TLS_FAILED || outcome == CNIO_TLS_ENDED {
            throw TLSFailure(description: String(message))
        }
        return outcome > 0
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

extension String {
    /// What a C function has written.
    fileprivate init(_ message: [CChar]) {
        self.init(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
