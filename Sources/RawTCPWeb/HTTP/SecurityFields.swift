package import HTTPTypes

extension HTTPFields {
    /// The content security policy of every answer: our own scripts, styles and connections, no inline code, no frames.
    package static let contentSecurityPolicy =
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

    /// Sets what tells a browser to distrust other origins: for every answer, whatever its status.
    package mutating func setBrowserDefences() {
        self[.contentSecurityPolicy] = Self.contentSecurityPolicy
        self[.xContentTypeOptions] = "nosniff"
        self[.crossOriginResourcePolicy] = "same-origin"
        self[.referrerPolicy] = "no-referrer"
    }
}

extension HTTPField.Name {
    /// `Referrer-Policy`.
    fileprivate static let referrerPolicy: Self = {
        guard let name = Self("Referrer-Policy") else { preconditionFailure("Referrer-Policy is a token") }
        return name
    }()
}
