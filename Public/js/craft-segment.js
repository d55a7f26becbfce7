// A segment that is being made by hand: what its octets are, what is against the rules in it, and what to ask the service
// for. Pure.

import { additionOf, octetsOfAddress } from "./checksum.js";
import { hexOctet, octetsOfHex } from "./format.js";

/** The flags from the left, as the header has them. */
export const flagNames = ["AE", "CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"];

/** A draft with nothing set: `""` is "let the service choose". */
export function emptyDraft() {
    return {
        remote: "127.0.0.1:6666", local: "", connection: "", sourcePort: "", destinationPort: "", sequence: "",
        acknowledgment: "", dataOffset: "", reserved: "", flags: new Set(["SYN"]), window: "", checksum: "", urgentPointer: "",
        options: "", payload: "", payloadAs: "text", ttl: "", guard: "", repeat: "",
    };
}

/** The number that a field of the draft stands for: what was typed, or else what the service would take. */
function numberOf(text, fallback) {
    const trimmed = String(text).trim();
    if (trimmed === "") return fallback;
    const number = Number(trimmed);
    return Number.isInteger(number) && number >= 0 ? number : NaN;
}

const endpointPattern = /^\[?([^\]]*?)\]?:(\d+)$/;

/** Address and port of `127.0.0.1:80`, `[::1]:80` or a bare port. */
export function endpointOf(text) {
    const [, address = "", port = text] = text.trim().match(endpointPattern) ?? [];
    return { address, port: Number(port) || 0 };
}

/** The fields' numbers; `connection` is the one that the segment pretends to be of, or null. */
export function numbersOf(draft, connection) {
    const remote = connection ? connection.remote : endpointOf(draft.remote);
    const local = connection ? connection.local : endpointOf(draft.local);
    const options = optionOctets(draft);
    return {
        local: { address: local.address || (remote.address.startsWith("127.") ? "127.0.0.1" : ""), port: local.port },
        remote,
        sequence: numberOf(draft.sequence, connection?.send.nxt ?? 0),
        acknowledgment: numberOf(draft.acknowledgment, draft.flags.has("ACK") ? (connection?.receive.nxt ?? 0) : 0),
        dataOffset: numberOf(draft.dataOffset, 5 + Math.ceil(options.length / 4)),
        reserved: numberOf(draft.reserved, 0),
        window: numberOf(draft.window, 65535),
        urgentPointer: numberOf(draft.urgentPointer, 0),
        options,
        payload: payloadOctets(draft),
    };
}

function optionOctets({ options }) {
    return /^[\da-f\s]*$/i.test(options) ? octetsOfHex(options) : new Uint8Array();
}

function payloadOctets({ payload, payloadAs }) {
    return payloadAs === "hex" ? octetsOfHex(payload) : new TextEncoder().encode(payload);
}

/** Header, options and payload, with the checksum that was typed or the right one; `addition` is null where addresses are unknown. */
export function octetsOf(draft, connection) {
    const fields = numbersOf(draft, connection);
    const padded = Math.ceil(fields.options.length / 4) * 4;
    const octets = new Uint8Array(20 + padded + fields.payload.length);
    const view = new DataView(octets.buffer);
    const put = (number) => (Number.isNaN(number) ? 0 : number);
    const bits = flagNames.reduce((sum, name, index) => sum | (draft.flags.has(name) ? 1 << (8 - index) : 0), 0);
    view.setUint16(0, put(fields.local.port));
    view.setUint16(2, put(fields.remote.port));
    view.setUint32(4, put(fields.sequence));
    view.setUint32(8, put(fields.acknowledgment));
    view.setUint16(12, ((put(fields.dataOffset) & 15) << 12) | ((put(fields.reserved) & 7) << 9) | bits);
    view.setUint16(14, put(fields.window));
    view.setUint16(18, put(fields.urgentPointer));
    octets.set(fields.options, 20);
    octets.set(fields.payload, 20 + padded);
    const source = octetsOfAddress(fields.local.address);
    const destination = octetsOfAddress(fields.remote.address);
    const addition = source && destination ? additionOf(source, destination, octets) : null;
    const typed = numberOf(draft.checksum, null);
    view.setUint16(16, Number.isNaN(typed) ? 0 : (typed ?? addition?.value ?? 0));
    return { octets, fields, addition, headerLength: 20 + padded };
}

/** What RFC 9293 has against the draft: `[{ field, text }]`. It may be sent all the same. */
export function faultsOf(draft, { fields, addition }) {
    const faults = [];
    const fault = (field, text) => faults.push({ field, text });
    const limits = { sequence: 2 ** 32, acknowledgment: 2 ** 32, dataOffset: 16, reserved: 8, window: 65536, urgentPointer: 65536 };
    for (const [name, limit] of Object.entries(limits)) {
        if (!(fields[name] < limit)) fault(name, `must be a whole number below ${limit}`);
    }
    const { flags } = draft;
    const has = (...names) => names.every((name) => flags.has(name));
    if (has("SYN", "FIN")) fault("flags", "SYN and FIN together begin and end at once");
    if (has("SYN", "RST")) fault("flags", "SYN and RST together make no sense");
    if (flags.size === 0) fault("flags", "a segment without any flag is no answer to anything (§3.10.7)");
    if (!has("ACK") && !has("SYN") && !has("RST") && flags.size > 0) fault("flags", "ACK must be set once a connection is established (§3.1)");
    if (!has("ACK") && fields.acknowledgment > 0) fault("acknowledgment", "counts only with ACK");
    if (!has("URG") && fields.urgentPointer > 0) fault("urgentPointer", "counts only with URG");
    if (fields.dataOffset < 5) fault("dataOffset", "is shorter than the header itself (5 words)");
    else if (fields.dataOffset !== 5 + Math.ceil(fields.options.length / 4)) fault("dataOffset", "is not where the options end");
    if (fields.reserved > 0) fault("reserved", "must be zero when sent (§3.1)");
    if (fields.options.length > 40) fault("options", `take ${fields.options.length} octets; a header has room for 40`);
    if (!/^([\da-f]{2}\s*)*$/i.test(draft.options.trim())) fault("options", "must be pairs of hexadecimal digits");
    if (draft.payloadAs === "hex" && !/^([\da-f]{2}\s*)*$/i.test(draft.payload.trim())) fault("payload", "must be pairs of hexadecimal digits");
    const checksum = numberOf(draft.checksum, null);
    if (Number.isNaN(checksum) || checksum > 0xffff) fault("checksum", "must be four hexadecimal digits, such as 0xbeef");
    else if (checksum !== null && addition && checksum !== addition.value) fault("checksum", "is wrong");
    return faults;
}

/** The body of `POST /v1/segments`: only what differs from the service's own choice. */
export function requestOf(draft) {
    const request = {};
    if (draft.connection !== "") request.connection = draft.connection;
    else request.remote = draft.remote.trim();
    if (draft.connection === "" && draft.local.trim() !== "") request.local = draft.local.trim();
    for (const name of ["sequence", "acknowledgment", "dataOffset", "window", "urgentPointer", "repeat"]) {
        if (draft[name] !== "") request[name] = asNumber(draft[name]);
    }
    // The service counts the flag AE as the lowest of four reserved bits.
    if (draft.reserved !== "") request.reserved = asNumber(draft.reserved) * 2;
    request.flags = flagNames.filter((name) => draft.flags.has(name)).reverse();
    if (draft.checksum !== "") request.checksum = checksumText(draft.checksum);
    if (draft.options.trim() !== "") request.options = optionsOf(draft);
    if (draft.payload !== "") request.payload = { [draft.payloadAs]: draft.payloadAs === "hex" ? draft.payload.replace(/\s/g, "") : draft.payload };
    if (draft.ttl !== "") request.ip = { ttl: asNumber(draft.ttl) };
    if (draft.guard !== "") request.guard = draft.guard;
    return request;
}

/** What is no number is sent as it stands: the service says what is wrong with it. */
function asNumber(text) {
    const number = Number(text);
    return Number.isInteger(number) ? number : text;
}

function checksumText(text) {
    const number = Number(text);
    return Number.isInteger(number) ? `0x${number.toString(16).padStart(4, "0")}` : text;
}

/** The options as a list of kinds; what does not add up to one is sent as it is. */
function optionsOf(draft) {
    const octets = optionOctets(draft);
    const options = [];
    for (let index = 0; index < octets.length; ) {
        const kind = octets[index];
        const length = kind < 2 ? 1 : octets[index + 1];
        if (!(length >= 1) || (kind >= 2 && length < 2) || index + length > octets.length) return [{ raw: hexOf(octets) }];
        options.push(kind < 2 ? { kind } : { kind, hex: hexOf(octets.subarray(index + 2, index + length)) });
        index += length;
    }
    return options;
}

function hexOf(octets) {
    return Array.from(octets, hexOctet).join("");
}
