// What the RFCs have against a segment made by hand. Pure.

import { numberOf } from "./draft.js";

/** Fields beside the numbers that they stay below; a fragment's overlap has no such bound. */
const limits = {
    sequence: 2 ** 32, acknowledgment: 2 ** 32, dataOffset: 16, reserved: 8, window: 65536, urgentPointer: 65536,
    "ip.ttl": 256, "ip.dscp": 64, "ip.ecn": 4, "ip.id": 65536,
};

/** `[{ field, text }]`. The segment may be sent all the same. */
export function faultsOf(draft, packet) {
    return [...numberFaults(packet.fields), ...flagFaults(draft, packet.fields), ...headerFaults(draft, packet), ...fragmentFaults(packet)];
}

function numberFaults(fields) {
    return Object.entries(limits)
        .filter(([name, limit]) => !(fields[name] < limit))
        .map(([field, limit]) => ({ field, text: `must be a whole number below ${limit}` }));
}

function flagFaults({ flags }, fields) {
    const has = (...names) => names.every((name) => flags.has(name));
    const isBare = !has("ACK") && !has("SYN") && !has("RST");
    return listOf([
        [has("SYN", "FIN"), "flags", "SYN and FIN together begin and end at once"],
        [has("SYN", "RST"), "flags", "SYN and RST together make no sense"],
        [flags.size === 0, "flags", "a segment without any flag is no answer to anything (§3.10.7)"],
        [isBare && flags.size > 0, "flags", "ACK must be set once a connection is established (§3.1)"],
        [!has("ACK") && fields.acknowledgment > 0, "acknowledgment", "counts only with ACK"],
        [!has("URG") && fields.urgentPointer > 0, "urgentPointer", "counts only with URG"],
        [fields.reserved > 0, "reserved", "must be zero when sent (§3.1)"],
    ]);
}

function headerFaults(draft, { fields, addition }) {
    const { dataOffset, options } = fields;
    const checksum = numberOf(draft.checksum, null);
    const isWord = checksum === null || checksum <= 0xffff;
    const isHex = (text) => /^([\da-f]{2}\s*)*$/i.test(text.trim());
    return listOf([
        [dataOffset < 5, "dataOffset", "is shorter than the header itself (5 words)"],
        [dataOffset >= 5 && dataOffset !== 5 + Math.ceil(options.length / 4), "dataOffset", "is not where the options end"],
        [options.length > 40, "options", `take ${options.length} octets; a header has room for 40`],
        [!isHex(draft.options), "options", "must be pairs of hexadecimal digits"],
        [draft.payloadAs === "hex" && !isHex(draft.payload), "payload", "must be pairs of hexadecimal digits"],
        [!isWord, "checksum", "must be four hexadecimal digits, such as 0xbeef"],
        [isWord && checksum !== null && addition !== null && checksum !== addition?.value, "checksum", "is wrong"],
        [fields["ip.ttl"] === 0, "ip.ttl", "of 0 lets nobody forward it"],
    ]);
}

function fragmentFaults({ fields }) {
    const { "ip.fragmentSize": size, "ip.fragmentOverlap": overlap, dontFragment } = fields;
    const isCut = size > 0 || Number.isNaN(size);
    return listOf([
        [isCut && size % 8 !== 0, "ip.fragmentSize", "must be a multiple of 8: offsets count in units of 8 octets (RFC 791 §3.1)"],
        [isCut && dontFragment, "ip.dontFragment", "is set, and yet it is fragmented"],
        [overlap > 0 && !isCut, "ip.fragmentOverlap", "counts only with a fragment size"],
        [overlap > 0 && isCut && overlap >= size, "ip.fragmentOverlap", "leaves a fragment nothing new"],
        [overlap > 0 && overlap % 8 !== 0, "ip.fragmentOverlap", "must be a multiple of 8"],
        [overlap > 0, "ip.fragmentOverlap", "repeats octets; a receiver may discard the datagram (RFC 5722 for IPv6)"],
    ]);
}

function listOf(entries) {
    return entries.filter(([applies]) => applies).map(([, field, text]) => ({ field, text }));
}
