// Numbers, times and octets as people read them.

/** A duration in seconds with a unit that suits it: `31 µs`, `1.250 s`. */
export function duration(seconds) {
    if (seconds === null || seconds === undefined) return "–";
    if (seconds === 0) return "0 s";
    const size = Math.abs(seconds);
    if (size >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
    if (size >= 1) return `${seconds.toFixed(3)} s`;
    if (size >= 1e-3) return `${(seconds * 1e3).toFixed(size >= 0.1 ? 0 : 2)} ms`;
    return `${(seconds * 1e6).toFixed(size >= 1e-4 ? 0 : 1)} µs`;
}

/** A number of octets: `9 B`, `1.5 KiB`. */
export function octets(count) {
    if (count < 1024) return `${count} B`;
    const units = ["KiB", "MiB", "GiB", "TiB"];
    let size = count / 1024;
    let unit = 0;
    while (size >= 1023.5 && unit < units.length - 1) {
        size /= 1024;
        unit += 1;
    }
    return `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

const grouping = new Intl.NumberFormat("en");

/** A whole number with its thousands apart: `19,890,602`. */
export function grouped(number) {
    return grouping.format(number);
}

/** `127.0.0.1:6666`, `[::1]:6666`. */
export function endpoint({ address, port }) {
    return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The octets of a hexadecimal text; blanks don't count. */
export function octetsOfHex(text) {
    const digits = text.replace(/\s+/g, "");
    const octetAt = (index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16);
    return Uint8Array.from({ length: digits.length >> 1 }, (_, index) => octetAt(index));
}

/** The octets of a Base64 text. */
export function octetsOfBase64(text) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Two hexadecimal digits. */
export function hexOctet(octet) {
    return octet.toString(16).padStart(2, "0");
}

/** An octet as a dump's right column shows it. */
export function printable(octet) {
    return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "·";
}

/**
 * Octets as text: line feeds, tabs and what UTF-8 calls letters, marks, numbers, punctuation, symbols and blanks as
 * themselves; everything else, control and direction-changing characters above all, as `\xNN`.
 */
export function readable(bytes) {
    let text = "";
    for (let index = 0; index < bytes.length; ) {
        const octet = bytes[index];
        if (octet === 0x0a || octet === 0x09 || (octet >= 0x20 && octet < 0x7f)) {
            text += String.fromCharCode(octet);
            index += 1;
            continue;
        }
        const { character, length } = decoded(bytes, index);
        text += character ?? `\\x${hexOctet(octet)}`;
        index += length;
    }
    return text;
}

const shown = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]$/u;
/** The least code point of each length of a UTF-8 sequence: a longer one for less is ill-formed. */
const least = [0, 0, 0x80, 0x800, 0x10000];

/** The character of the UTF-8 sequence at `index`, null where there is none or none to be shown. */
function decoded(bytes, index) {
    const lead = bytes[index];
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    let point = lead & (0x7f >> length);
    for (let next = index + 1; next < index + length; next += 1) {
        // Not by TextDecoder: an exception for each stray octet takes seconds for a page of noise.
        if ((bytes[next] & 0xc0) !== 0x80) return { character: null, length: 1 };
        point = (point << 6) | (bytes[next] & 0x3f);
    }
    const isScalar = length > 1 && point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    const character = isScalar ? String.fromCodePoint(point) : "";
    return shown.test(character) ? { character, length } : { character: null, length: 1 };
}

/** Octets as a dump: position, sixteen in hexadecimal, the same as characters. */
export function dump(bytes, start = 0) {
    const lines = [];
    for (let row = 0; row < bytes.length; row += 16) {
        const part = Array.from(bytes.subarray(row, row + 16));
        const hex = part.map(hexOctet).join(" ").padEnd(47);
        lines.push(`${(start + row).toString(16).padStart(6, "0")}  ${hex}  ${part.map(printable).join("")}`);
    }
    return lines.join("\n");
}
