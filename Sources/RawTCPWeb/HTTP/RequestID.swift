package import HTTPTypes

/// The identity of an exchange, by which logs and clients speak of it.
package enum RequestID {
    /// The client's own Request-Id, if it sent exactly one that is 1 to 64 letters, digits, dots, underscores and dashes.
    package static func own(of head: HTTPRequest) -> String? {
        guard let id = head.headerFields[HTTPField.Name.requestID], 1...64 ~= id.utf8.count else { return nil }
        return id.utf8.allSatisfy(isAllowed) ? id : nil
    }

    private static func isAllowed(_ octet: UInt8) -> Bool {
        octet.isDigit || octet.lowercased &- 0x61 < 26 || [0x2D, 0x2E, 0x5F].contains(octet)
    }
}

extension HTTPField.Name {
    /// `Request-Id`.
    package static let requestID: Self = {
        guard let name = Self("Request-Id") else { preconditionFailure("Request-Id is a token") }
        return name
    }()
}
