import Glibc

/// The files that decide who may call, read at start.
enum Secrets {
    /// The token in a file, without the line's end; nil without a file.
    static func token(at path: String?) throws -> AccessToken? {
        guard let path else { return nil }
        guard let octets = TextFile.octets(at: path) else {
            let reason = String(cString: strerror(errno))
            throw Failure(status: EX_NOINPUT, message: "--token-file \(path): \(reason)").exit
        }
        let text = String(decoding: octets, as: UTF8.self).trimmingPrefix { $0.isWhitespace }
        let line = text.prefix { !$0.isNewline }.trimmingWhitespace()
        guard let token = AccessToken(line), text.dropFirst(line.count).allSatisfy(\.isWhitespace) else {
            let message = """
                --token-file \(path): it must hold one line of 1 to \(AccessToken.longest) printable characters without \
                spaces. Make one with: openssl rand -hex 32
                """
            throw Failure(status: EX_CONFIG, message: message).exit
        }
        return token
    }

    /// The server's certificate and key; nil without them.
    static func identity(certificate: String?, key: String?) throws -> TLSIdentity? {
        guard let certificate, let key else { return nil }
        do throws(TLSFailure) {
            return try TLSIdentity(certificate: certificate, key: key)
        } catch {
            throw Failure(status: EX_NOINPUT, message: "TLS: \(error)").exit
        }
    }
}
