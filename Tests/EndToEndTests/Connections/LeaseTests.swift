import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a script made goes by itself when the script dies.
    @Suite struct Leases {
        private func expiry(_ json: JSON) -> String? { json["lease"]["expiresAt"].string }

        @Test func aConnectionThatIsNotRenewedIsAborted() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort, ["lease": "1s"])
                let peer = try listener.accepted()
                let closed = try service.get("\(connection)?wait=closed&timeout=10s").json
                #expect(closed["closeReason"] == "lease-expired")
                #expect(closed["lease"] == .null)
                #expect(throws: HarnessError.self) { _ = try peer.read() }
            }
        }

        @Test func aRenewedLeaseLastsAndOneThatIsTakenAwayForEver() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort, ["lease": "60s"])
                let first = try #require(expiry(try service.get(connection).json))
                let patch = { (json: JSON) throws -> JSON in
                    try service.client.send(
                        "PATCH", connection, fields: ["Content-Type": "application/json"], body: json.octets()
                    ).json
                }
                let renewed = try #require(expiry(try patch(["lease": "1h"])))
                #expect(renewed > first)
                #expect(try patch(["lease": .null])["lease"] == .null)
                #expect(try patch(["nagle": true])["lease"] == .null)
            }
        }

        @Test func listenersAndImpairmentsGoToo() throws {
            try Service.run { service in
                let listener = try service.post("/v1/listeners", ["local": 0, "lease": "100ms"])
                #expect(expiry(listener.json) != nil, "\(listener)")
                let impairment = try service.post(
                    "/v1/impairments", ["name": "rain", "type": "loss", "lease": "100ms"])
                #expect(expiry(impairment.json) != nil, "\(impairment)")
                let location = listener.fields["location"] ?? ""
                let areGone = try service.waits {
                    try [location, "/v1/impairments/rain"].allSatisfy { try service.get($0).status == 404 }
                }
                #expect(areGone)
            }
        }
    }
}
