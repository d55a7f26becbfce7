// A segment that is being made by hand: what its octets are, and what to ask the service for. Pure.

import { hexOctet, octetsOfBase64, octetsOfHex } from "../elements/format.js";
import { payloadOf } from "../service/api.js";
import { additionOf, headerChecksum, octetsOfAddress } from "./checksum.js";

/** The flags from the left, as the header has them. */
export const flagNames = ["AE", "CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"];

/** The members that are numbers, beside the default that they have where nothing else is known. */
const numbers = {
    sequence: 0, acknowledgment: 0, reserved: 0, window: 65535, urgentPointer: 0,
    "ip.ttl": 64, "ip.dscp": 0, "ip.ecn": 0, "ip.id": 0, "ip.fragmentSize": 0, "ip.fragmentOverlap": 0, repeat: 1,
};
/** The members that are sent as they were typed. */
const words = ["pairs", "guard", "hold"];

/** A draft in which nothing is said: `""` is "as it would be". */
export function emptyDraft(flags = ["SYN"]) {
    const names = [...Object.keys(numbers), ...words, "remote", "local", "connection", "dataOffset", "checksum", "options", "payload", "ip.dontFragment"];
    const draft = Object.fromEntries(names.map((name) => [name, ""]));
    return { ...draft, flags: new Set(flags), payloadAs: "text", isRelative: false, answerReplies: false };
}

/** The number that was typed, or else the one that it stands for; NaN where it is none. */
export function numberOf(text, fallback) {
    const trimmed = String(text).trim();
    if (trimmed === "") return fallback;
    const number = Number(trimmed);
    return Number.isInteger(number) && number >= 0 ? number : NaN;
}

const endpointPattern = /^\[?([^\]]*?)\]?:(\d+)$/;

/** Address and port of `127.0.0.1:80`, `[::1]:80` or a bare port. */
function endpointOf(text) {
    const [, address = "", port = text] = text.trim().match(endpointPattern) ?? [];
    return { address, port: Number(port) || 0 };
}

const nothing = new Uint8Array();

/** What a draft stands on that is sent alone: the ends that were typed. */
export function baseOfEnds({ remote, local }) {
    const [far, near] = [endpointOf(remote), endpointOf(local)];
    const guess = far.address.startsWith("127.") ? "127.0.0.1" : far.address === "::1" ? "::1" : "";
    return { remote: far, local: { address: near.address || guess, port: near.port }, numbers, origins: null, options: nothing, payload: nothing };
}

/** What a draft stands on that pretends to be of a connection: its ends and its next numbers. */
export function baseOfConnection({ local, remote, send, receive, options }, hasAck) {
    // Of one that is observed the numbers are null until it has been heard, the first ones if its beginning never was.
    const own = { sequence: send.nxt ?? 0, acknowledgment: hasAck ? (receive.nxt ?? 0) : 0, "ip.ttl": options?.ttl ?? 64 };
    const origins = send.iss === null || receive.irs === null ? null : { sequence: send.iss, acknowledgment: receive.irs };
    return { remote, local, numbers: { ...numbers, ...own }, origins, options: nothing, payload: nothing };
}

/** What the change of a segment stands on: the segment as it is, with its `octets`. */
export function baseOfRecord({ ip, tcp }, octets) {
    const start = ip.version === 6 ? 40 : (octets[0] & 15) * 4;
    const end = start + tcp.dataOffset * 4;
    const own = {
        sequence: tcp.sequence, acknowledgment: tcp.acknowledgment, reserved: tcp.reserved >> 1, window: tcp.window,
        urgentPointer: tcp.urgentPointer, "ip.ttl": ip.ttl, "ip.dscp": ip.dscp, "ip.ecn": ip.ecn, "ip.id": ip.id ?? 0,
    };
    const isKnown = Number.isInteger(tcp.relativeSequence) && Number.isInteger(tcp.relativeAcknowledgment);
    return {
        local: { address: ip.source, port: tcp.sourcePort },
        remote: { address: ip.destination, port: tcp.destinationPort },
        numbers: { ...numbers, ...own },
        origins: isKnown ? { sequence: tcp.sequence - tcp.relativeSequence, acknowledgment: tcp.acknowledgment - tcp.relativeAcknowledgment } : null,
        options: octets.slice(start + 20, end),
        payload: octets.slice(end),
    };
}

/** The octets of hexadecimal digits; none where something else was typed. */
function octetsIfHex(text) {
    return /^[\da-f\s]*$/i.test(text) ? octetsOfHex(text) : nothing;
}

function payloadOctets({ payload, payloadAs }) {
    if (payloadAs === "text") return new TextEncoder().encode(payload);
    if (payloadAs === "hex") return octetsIfHex(payload);
    try {
        return octetsOfBase64(payload);
    } catch {
        return nothing;
    }
}

/** The fields' numbers, as they would stand in the headers. */
function fieldsOf(draft, base) {
    const fields = Object.fromEntries(Object.keys(numbers).map((name) => [name, numberOf(draft[name], base.numbers[name])]));
    for (const name of ["sequence", "acknowledgment"]) {
        if (draft.isRelative && draft[name] !== "" && base.origins) fields[name] = (base.origins[name] + fields[name]) % 2 ** 32;
    }
    const options = draft.options.trim() === "" ? base.options : octetsIfHex(draft.options);
    const payload = draft.payload === "" ? base.payload : payloadOctets(draft);
    const isWhole = draft["ip.fragmentSize"] === "";
    const dontFragment = draft["ip.dontFragment"] === "" ? isWhole : draft["ip.dontFragment"] === "true";
    const dataOffset = numberOf(draft.dataOffset, 5 + Math.ceil(options.length / 4));
    return { ...fields, dataOffset, options, payload, dontFragment, local: base.local, remote: base.remote };
}

/**
 * The packet of a draft: `octets` with the IP header in front of them, the `fields` that they stand for, where the layers
 * begin, and the checksum's `addition`, which is null where an address is unknown.
 */
export function packetOf(draft, base) {
    const fields = fieldsOf(draft, base);
    const source = octetsOfAddress(fields.local.address);
    const destination = octetsOfAddress(fields.remote.address);
    const segment = segmentOctets(draft, fields);
    const addition = source && destination ? additionOf(source, destination, segment) : null;
    const typed = numberOf(draft.checksum, addition?.value ?? 0);
    new DataView(segment.buffer).setUint16(16, known(typed));
    const ip = destination?.length === 16 ? headerOfVersion6(fields, segment.length, source, destination) : headerOfVersion4(fields, segment.length, source, destination);
    const octets = new Uint8Array(ip.length + segment.length);
    octets.set(ip);
    octets.set(segment, ip.length);
    return { octets, fields, addition, ipLength: ip.length, headerLength: 20 + Math.ceil(fields.options.length / 4) * 4 };
}

function known(number) {
    return Number.isNaN(number) ? 0 : number;
}

/** Header, options and payload; the checksum is still 0. */
function segmentOctets({ flags }, fields) {
    const padded = Math.ceil(fields.options.length / 4) * 4;
    const octets = new Uint8Array(20 + padded + fields.payload.length);
    const view = new DataView(octets.buffer);
    const bits = flagNames.reduce((sum, name, index) => sum | (flags.has(name) ? 1 << (8 - index) : 0), 0);
    view.setUint16(0, known(fields.local.port));
    view.setUint16(2, known(fields.remote.port));
    view.setUint32(4, known(fields.sequence));
    view.setUint32(8, known(fields.acknowledgment));
    view.setUint16(12, ((known(fields.dataOffset) & 15) << 12) | ((known(fields.reserved) & 7) << 9) | bits);
    view.setUint16(14, known(fields.window));
    view.setUint16(18, known(fields.urgentPointer));
    octets.set(fields.options, 20);
    octets.set(fields.payload, 20 + padded);
    return octets;
}

function headerOfVersion4(fields, length, source, destination) {
    const octets = new Uint8Array(20);
    const view = new DataView(octets.buffer);
    view.setUint16(0, 0x4500 | ((known(fields["ip.dscp"]) & 63) << 2) | (known(fields["ip.ecn"]) & 3));
    view.setUint16(2, 20 + length);
    view.setUint16(4, known(fields["ip.id"]));
    view.setUint16(6, fields.dontFragment ? 0x4000 : 0);
    view.setUint16(8, ((known(fields["ip.ttl"]) & 255) << 8) | 6);
    if (source?.length === 4) octets.set(source, 12);
    if (destination) octets.set(destination, 16);
    view.setUint16(10, headerChecksum(octets));
    return octets;
}

function headerOfVersion6(fields, length, source, destination) {
    const octets = new Uint8Array(40);
    const view = new DataView(octets.buffer);
    const trafficClass = ((known(fields["ip.dscp"]) & 63) << 2) | (known(fields["ip.ecn"]) & 3);
    view.setUint32(0, (6 * 2 ** 28 + trafficClass * 2 ** 20) >>> 0);
    view.setUint16(4, length);
    view.setUint16(6, (6 << 8) | (known(fields["ip.ttl"]) & 255));
    if (source?.length === 16) octets.set(source, 8);
    octets.set(destination, 24);
    return octets;
}

/** The members that say how the segment differs from what it stands on, in the contract's words. */
export function membersOf(draft) {
    const members = {};
    for (const name of Object.keys(numbers)) {
        if (draft[name] === "") continue;
        // The service counts the flag AE as the lowest of four reserved bits.
        const value = name === "reserved" ? asNumber(draft[name]) * 2 : asNumber(draft[name]);
        if (name.startsWith("ip.")) members.ip = { ...members.ip, [name.slice(3)]: value };
        else members[draft.isRelative && name in relative ? relative[name] : name] = value;
    }
    if (draft["ip.dontFragment"] !== "") members.ip = { ...members.ip, dontFragment: draft["ip.dontFragment"] === "true" };
    if (draft.dataOffset !== "") members.dataOffset = asNumber(draft.dataOffset);
    if (draft.checksum !== "") members.checksum = checksumText(draft.checksum);
    if (draft.options.trim() !== "") members.options = optionsOf(draft.options);
    if (draft.payload !== "") members.payload = payloadOf(draft.payloadAs, draft.payload);
    for (const name of words) if (draft[name] !== "") members[name] = draft[name];
    if (draft.answerReplies) members.answerReplies = true;
    return members;
}

const relative = { sequence: "relativeSequence", acknowledgment: "relativeAcknowledgment" };

/** The flags as the contract lists them. */
export function flagsOf({ flags }) {
    return flagNames.filter((name) => flags.has(name)).reverse();
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
function optionsOf(text) {
    const octets = octetsIfHex(text);
    if (octets.length === 0) return [{ raw: text.trim() }];
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
