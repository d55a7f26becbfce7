import Engine
import HTTPTypes

/// What an Authorization field presents (RFC 9110 §11.4: "credentials = auth-scheme [ 1*SP ( token68 / … ) ]").
enum Credentials {
    /// The token of "Bearer TOKEN" (RFC 6750 §2.1); the scheme is written in any case.
    static func bearer(_ field: String) -> String? { value(of: field, scheme: "bearer") }

    /// The password of "Basic BASE64(user:password)" (RFC 7617 §2); the user may be anybody.
    static func basicPassword(_ field: String) -> String? {
        guard let encoded = value(of: field, scheme: "basic"), let octets = Base64.decode(encoded),
            let colon = octets.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(validating: octets[(colon + 1)...], as: UTF8.self)
    }

    private static func value(of field: String, scheme: String) -> String? {
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == scheme else { return nil }
        return String(parts[1])
    }
}

/// The cookie that stands for a session (RFC 6265).
enum SessionCookie {
    /// RFC 6265bis §4.1.3.2: over TLS the prefix binds the cookie to this very host.
    static func name(isSecure: Bool) -> String { isSecure ? "__Host-rawtcpweb" : "rawtcpweb" }

    /// 256 random bits, as hexadecimal digits.
    static func makeValue() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(hex: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// What the request's cookie holds.
    static func value(in request: Request) -> String? {
        let prefix = name(isSecure: request.isSecure) + "="
        for field in request.head.headerFields[values: .cookie] {
            for pair in field.split(separator: ";").map({ $0.trimmingWhitespace() }) where pair.hasPrefix(prefix) {
                return String(pair.dropFirst(prefix.count))
            }
        }
        return nil
    }

    /// The Set-Cookie field that has a browser keep `value`, or forget it.
    static func field(_ value: String?, isSecure: Bool) -> String {
        let age = value == nil ? 0 : Access.sessionLifetime.components.seconds
        return "\(name(isSecure: isSecure))=\(value ?? ""); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }
}
