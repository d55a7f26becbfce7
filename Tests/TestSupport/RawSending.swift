import Foundation

/// Sends octets by a raw socket of the kernel's: what follows the IP header, or a whole datagram where the protocol is
/// IPPROTO_RAW. Needs CAP_NET_RAW.
package func sendRaw(_ octets: [UInt8], protocol number: Int, to address: String) throws {
    let family = address.contains(":") ? AF_INET6 : AF_INET
    let descriptor = socket(family, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(number))
    guard descriptor >= 0 else { throw HarnessError.system("a raw socket") }
    defer { close(descriptor) }
    let sent = try withSocketAddress(address, 0) { sendto(descriptor, octets, octets.count, 0, $0, $1) }
    guard sent == octets.count else { throw HarnessError.system("sendto \(address)") }
}

/// Sends an ICMP message to an IPv4 address, its checksum filled in.
package func sendICMP(_ message: [UInt8], to address: String = "127.0.0.1") throws {
    var message = message
    let sum = internetChecksum(message)
    message[2] = UInt8(sum >> 8)
    message[3] = UInt8(truncatingIfNeeded: sum)
    try sendRaw(message, protocol: IPPROTO_ICMP, to: address)
}

/// RFC 1071, octet by octet; not the engine's own, which must not vouch for itself.
package func internetChecksum(_ octets: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for (index, octet) in octets.enumerated() { sum += index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
    while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
    return ~UInt16(sum)
}
