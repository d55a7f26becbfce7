/// The names that scripts give to ICMP types and codes (RFC 792, RFC 1812 §5.2.7, RFC 4443).
enum ICMPNames {
    /// Type and code for these names; nil if there are none such.
    static func numbers(type: String, code: String?, v6: Bool) -> (UInt8, UInt8)? {
        guard let number = numbered(type, "type_") ?? (v6 ? typesV6 : typesV4)[type] ?? typesV6[type] else {
            return nil
        }
        guard let code else { return (number, 0) }
        if let value = numbered(code, "code_") { return (number, value) }
        let isV6 = v6 || typesV4[type] == nil
        return (isV6 ? codesV6 : codesV4)[type]?[code].map { (number, $0) }
    }

    private static func numbered(_ name: String, _ prefix: String) -> UInt8? {
        name.hasPrefix(prefix) ? UInt8(name.dropFirst(prefix.utf8.count)) : nil
    }

    private static let typesV4: [String: UInt8] = [
        "echo_reply": 0, "unreachable": 3, "source_quench": 4, "redirect": 5, "echo_request": 8, "time_exceeded": 11,
        "parameter_problem": 12, "timestamp_request": 13, "timestamp_reply": 14, "information_request": 15,
        "information_reply": 16, "address_mask_request": 17, "address_mask_reply": 18,
    ]

    private static let typesV6: [String: UInt8] = [
        "unreachable": 1, "packet_too_big": 2, "time_exceeded": 3, "parameter_problem": 4, "echo_request": 128,
        "echo_reply": 129,
    ]

    private static let codesV4: [String: [String: UInt8]] = [
        "unreachable": unreachableV4,
        "time_exceeded": ["ttl_exceeded_in_transit": 0, "frag_reass_exceeded": 1],
    ]

    private static let codesV6: [String: [String: UInt8]] = [
        "unreachable": unreachableV6,
        "time_exceeded": ["exceeded_hop_limit": 0, "exceeded_frag_time": 1],
        "parameter_problem": ["header_field": 0, "unknown_next_header": 1, "unknown_option": 2],
    ]

    private static let unreachableV4: [String: UInt8] = [
        "net_unreachable": 0, "host_unreachable": 1, "protocol_unreachable": 2, "port_unreachable": 3,
        "frag_needed": 4, "source_route_failed": 5, "net_unknown": 6, "host_unknown": 7, "source_host_isolated": 8,
        "net_prohibited": 9, "host_prohibited": 10, "net_unreachable_for_tos": 11, "host_unreachable_for_tos": 12,
        "packet_filtered": 13, "precedence_violation": 14, "precedence_cutoff": 15,
    ]

    private static let unreachableV6: [String: UInt8] = [
        "no_route": 0, "admin_prohibited": 1, "not_neighbour": 2, "address_unreachable": 3, "port_unreachable": 4,
        "policy_failed": 5, "reject_route": 6,
    ]
}
