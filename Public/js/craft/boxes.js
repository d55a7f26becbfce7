// The boxes of the headers that can be typed into: `name` of the draft's member, label, first bit, bits. Without `name` a box
// only shows `shows`, which is computed; `flag` and `toggle` are single bits to click. Pure.

import { flagNames } from "./draft.js";

const shown = (label, start, bits, shows) => ({ label, start, bits, shows });
const typed = (name, label, start, bits) => ({ name, label, start, bits });

/** RFC 9293 §3.1. */
export const tcpBoxes = [
    shown("Source Port", 0, 16, ({ fields }) => fields.local.port || "chosen"),
    shown("Destination Port", 16, 16, ({ fields }) => fields.remote.port),
    typed("sequence", "Sequence Number", 32, 32),
    typed("acknowledgment", "Acknowledgment Number", 64, 32),
    typed("dataOffset", "DOff", 96, 4),
    typed("reserved", "Rsrvd", 100, 3),
    ...flagNames.map((flag, index) => ({ flag, label: flag, start: 103 + index, bits: 1 })),
    typed("window", "Window", 112, 16),
    typed("checksum", "Checksum", 128, 16),
    typed("urgentPointer", "Urgent Pointer", 144, 16),
];

/** RFC 791 §3.1. */
const version4 = [
    shown("Ver", 0, 4, () => 4),
    shown("IHL", 4, 4, () => 5),
    typed("ip.dscp", "DSCP", 8, 6),
    typed("ip.ecn", "ECN", 14, 2),
    shown("Total Length", 16, 16, ({ octets }) => octets.length),
    typed("ip.id", "Identification", 32, 16),
    shown("–", 48, 1),
    { toggle: "ip.dontFragment", label: "DF", start: 49, bits: 1 },
    shown("MF", 50, 1),
    shown("Fragment Offset", 51, 13, () => 0),
    typed("ip.ttl", "Time to Live", 64, 8),
    shown("Protocol", 72, 8, () => 6),
    shown("Header Checksum", 80, 16, ({ octets }) => `0x${((octets[10] << 8) | octets[11]).toString(16).padStart(4, "0")}`),
    shown("Source Address", 96, 32, ({ fields }) => fields.local.address || "chosen"),
    shown("Destination Address", 128, 32, ({ fields }) => fields.remote.address),
];

/** RFC 8200 §3. */
const version6 = [
    shown("Ver", 0, 4, () => 6),
    typed("ip.dscp", "DSCP", 4, 6),
    typed("ip.ecn", "ECN", 10, 2),
    shown("Flow Label", 12, 20, () => 0),
    shown("Payload Length", 32, 16, ({ octets }) => octets.length - 40),
    shown("Next Header", 48, 8, () => 6),
    typed("ip.ttl", "Hop Limit", 56, 8),
    ...[0, 1, 2, 3].map((word) => shown(word === 0 ? "Source Address" : "", 64 + 32 * word, 32, ({ fields }) => (word === 0 ? fields.local.address : ""))),
    ...[0, 1, 2, 3].map((word) => shown(word === 0 ? "Destination Address" : "", 192 + 32 * word, 32, ({ fields }) => (word === 0 ? fields.remote.address : ""))),
];

/** The boxes of the IP header of a version. */
export function ipBoxes(version) {
    return version === 6 ? version6 : version4;
}
