// The Internet checksum (RFC 1071) as an addition that can be looked at, step by step. Pure.

/** Adds 16-bit words, an odd last octet padded with zero, onto `sum`. */
function addWords(octets, sum = 0) {
    let total = sum;
    for (let index = 0; index < octets.length; index += 2) total += (octets[index] << 8) | (octets[index + 1] ?? 0);
    return total;
}

/** Folds the carries back in until 16 bits are left. */
function fold(sum) {
    let folded = sum;
    while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
    return folded;
}

/**
 * The addition for a TCP segment: `source` and `destination` are the addresses' octets, `segment` header and payload; the
 * checksum field counts as zero. `steps` are `{ label, words, sum }`, `value` the checksum.
 */
export function additionOf(source, destination, segment) {
    const steps = [];
    let sum = 0;
    const add = (label, octets) => {
        sum = addWords(octets, sum);
        steps.push({ label, words: wordsOf(octets), sum });
    };
    const { length } = segment;
    const headerLength = Math.min(length, Math.max(20, (segment[12] >> 4) * 4));
    add("source address", source);
    add("destination address", destination);
    add("protocol 6", [0, 6]);
    add(`TCP length ${length}`, [(length >> 8) & 255, length & 255]);
    const header = Uint8Array.from(segment.subarray(0, headerLength));
    header.fill(0, 16, 18);
    add("header, checksum field as zero", header);
    if (length > headerLength) add("payload", segment.subarray(headerLength));
    const folded = fold(sum);
    return { steps, sum, folded, value: folded ^ 0xffff };
}

function wordsOf(octets) {
    return Array.from({ length: Math.ceil(octets.length / 2) }, (_, index) => (octets[2 * index] << 8) | (octets[2 * index + 1] ?? 0));
}

/** A word with its four digits: `0xbeef`. */
export function hexWord(word) {
    return `0x${word.toString(16).padStart(4, "0")}`;
}

/** The octets of an address; null where it is none. IPv6 addresses may be shortened; a zone behind `%` is not on the wire. */
export function octetsOfAddress(text) {
    if (/^\d+(\.\d+){3}$/.test(text)) {
        const parts = text.split(".").map(Number);
        return parts.every((part) => part < 256) ? Uint8Array.from(parts) : null;
    }
    if (!text.includes(":")) return null;
    const [head, tail] = text.split("%")[0].split("::").map((half) => half.split(":").filter(Boolean));
    const missing = 8 - head.length - (tail?.length ?? 0);
    const groups = tail ? [...head, ...Array(Math.max(0, missing)).fill("0"), ...tail] : head;
    if (groups.length !== 8) return null;
    return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
}

/** The checksum of an IPv4 header whose own field is still 0. */
export function headerChecksum(header) {
    return fold(addWords(header)) ^ 0xffff;
}
