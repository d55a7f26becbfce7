import Foundation
import TestSupport

/// A directory that vanishes with its object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/rawtcpweb.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessError.system("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    /// Makes a certificate for localhost, whose subject is `name`, with its key; the paths of both.
    func makeCertificate(
        _ name: String = "localhost", for hosts: String = "DNS:localhost,IP:127.0.0.1", as file: String = "tls"
    ) throws -> (
        certificate: String, key: String
    ) {
        let pair = (certificate: "\(path)/\(file).pem", key: "\(path)/\(file).key")
        try ChildProcess.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(hosts)", "-keyout", pair.key,
            "-out", pair.certificate,
        ])
        return pair
    }
}
