// A decoded segment as geometry: which field owns which bits, in rows of 32 as the RFCs draw them. Pure.

import { octetsOfHex } from "../elements/format.js";
import { partsOfOption } from "./options.js";

/** Bits in a row of the picture. */
export const rowBits = 32;
/** Rows of payload that the picture shows; the dump shows all of it. */
const payloadRows = 8;

/** The captured octets of one segment, with its fields in order and the layer each belongs to. */
export class Packet {
    constructor({ hex, fields }) {
        this.octets = octetsOfHex(hex ?? "");
        this.layers = layersOf(this.octets);
        this.fields = withPayload(fields ?? [], this.bitCount)
            .map((field) => ({ ...field, end: field.bitOffset + field.bitLength }))
            .map((field) => ({ ...field, layer: this.layerAt(field.bitOffset) }))
            .sort((a, b) => a.bitOffset - b.bitOffset || b.bitLength - a.bitLength);
    }

    get bitCount() {
        return this.octets.length * 8;
    }

    bit(index) {
        return (this.octets[index >> 3] >> (7 - (index & 7))) & 1;
    }

    /** The bits `start ..< end` as a number, up to 53 of them. */
    number(start, end) {
        let number = 0;
        for (let index = start; index < end; index += 1) number = number * 2 + this.bit(index);
        return number;
    }

    /** `ip`, `tcp`, `options` or `payload`. */
    layerAt(bit) {
        return this.layers.find(({ end }) => bit < end)?.name ?? "payload";
    }

    /** Indexes of the fields that lie within `field`, itself included: to light one up is to light up its parts. */
    within(field) {
        const inside = (other) => other.bitOffset >= field.bitOffset && other.end <= field.end;
        return this.fields.flatMap((other, index) => (other === field || inside(other) ? [index] : []));
    }

    /** The fields that are not made of smaller ones: they tile the picture. */
    get leaves() {
        const isPart = (inner, outer) =>
            inner.bitLength > 0 &&
            inner.bitLength < outer.bitLength &&
            inner.bitOffset >= outer.bitOffset &&
            inner.end <= outer.end;
        return this.fields.filter((field) => field.bitLength > 0 && !this.fields.some((other) => isPart(other, field)));
    }

    /**
     * The picture's boxes, from left to right and top to bottom, each within one row. `part` is set where an option's
     * field is drawn as kind, length and contents; `field` is null for bits that nobody has explained.
     */
    get boxes() {
        const limit = Math.min(this.bitCount, this.pictureEnd);
        const boxes = [];
        let drawn = 0;
        for (const field of this.leaves) {
            if (field.bitOffset >= limit) break;
            boxes.push(...this.cut(drawn, field.bitOffset));
            for (const part of field.layer === "options" ? partsOfOption(field) : [null]) {
                const { start, end } = part ?? { start: field.bitOffset, end: field.end };
                boxes.push(...this.cut(Math.max(drawn, start), Math.min(end, limit), field, part));
            }
            drawn = Math.max(drawn, field.end);
        }
        return [...boxes, ...this.cut(drawn, limit)];
    }

    /** The boxes of the bits `start ..< end`, cut at the ends of rows. */
    cut(start, end, field = null, part = null) {
        const boxes = [];
        for (let at = start; at < end; at = boxes.at(-1).end) {
            const stop = Math.min(end, (Math.floor(at / rowBits) + 1) * rowBits);
            boxes.push({ field, part, start: at, end: stop, layer: this.layerAt(at), isFirst: at === start });
        }
        return boxes;
    }

    /** The bit at which the picture ends: behind the headers and the first rows of payload. */
    get pictureEnd() {
        return (Math.ceil(this.layers.at(-1).end / rowBits) + payloadRows) * rowBits;
    }

    /** Octets that the picture leaves to the dump. */
    get octetsBeyondPicture() {
        return Math.max(0, this.octets.length - this.pictureEnd / 8);
    }

    /** For each octet the indexes of the leaves that have bits in it: what a dump's cell belongs to. */
    get ownersOfOctets() {
        const owners = Array.from(this.octets, () => []);
        for (const field of this.leaves) {
            const index = this.fields.indexOf(field);
            const last = Math.min(owners.length, (field.end + 7) >> 3);
            for (let octet = field.bitOffset >> 3; octet < last; octet += 1) owners[octet].push(index);
        }
        return owners;
    }
}

/** The fields and, as one more, what follows the last of them: a payload is no header's field, but lights up, too. */
function withPayload(fields, bitCount) {
    const end = Math.max(0, ...fields.map(({ bitOffset, bitLength }) => bitOffset + bitLength));
    if (end === 0 || end >= bitCount) return fields;
    const bitLength = bitCount - end;
    const text = "what the segment carries, as far as it was captured";
    return [...fields, { name: "payload", bitOffset: end, bitLength, value: `${bitLength / 8} octets`, text, rfc: "" }];
}

/** Where each layer ends, in bits. It trusts the packet's own lengths only as far as the octets go. */
function layersOf(octets) {
    const bits = octets.length * 8;
    const isVersion6 = octets[0] >> 4 === 6;
    const ip = Math.min(bits, isVersion6 ? 320 : Math.max(20, (octets[0] & 0x0f) * 4) * 8);
    const words = octets[ip / 8 + 12] >> 4;
    return [
        { name: "ip", end: ip },
        { name: "tcp", end: Math.min(bits, ip + 160) },
        { name: "options", end: Math.min(bits, ip + Math.max(5, words) * 32) },
    ];
}
