/// What the program calls itself: in `--version`, in the `Server` field, in `/v1/engine` and in `openapi.json`.
package enum Version {
    package static let number = "0.1.0"
    /// As a product token (RFC 9110 §10.2.4).
    package static let product = "rawtcpweb/\(number)"
}
