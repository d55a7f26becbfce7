package import HTTPTypes

extension HTTPFields {
    /// The content security policy of every answer: our own scripts, styles and connections, no inline code, no frames.
    package static let contentSecurityPolicy =
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

    private static let browserDefences = [
        HTTPField(name: .contentSecurityPolicy, value: contentSecurityPolicy),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: .crossOriginResourcePolicy, value: "same-origin"),
        HTTPField(name: .referrerPolicy, value: "no-referrer"),
    ]

    /// Adds what tells a browser to distrust other origins, unless it is there: to every answer, whatever its status. No
    /// handler sets one of them alone.
    package mutating func setBrowserDefences() {
        guard !contains(.contentSecurityPolicy) else { return }
        for field in Self.browserDefences { append(field) }
    }
}

extension HTTPField.Name {
    /// `Referrer-Policy`.
    fileprivate static let referrerPolicy: Self = {
        guard let name = Self("Referrer-Policy") else { preconditionFailure("Referrer-Policy is a token") }
        return name
    }()
}
