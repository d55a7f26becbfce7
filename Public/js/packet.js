// A decoded segment as geometry: which field owns which bits, in rows of 32 as the RFCs draw them. Pure.

import { octetsOfHex } from "./format.js";

/** Bits in a row of the picture. */
export const rowBits = 32;
/** Rows of payload that the picture shows; the dump shows all of it. */
const payloadRows = 8;

/** The captured octets of one segment, with its fields in order and the layer each belongs to. */
export class Packet {
    constructor({ hex, fields }) {
        this.octets = octetsOfHex(hex ?? "");
        this.fields = (fields ?? [])
            .map((field) => ({ ...field, end: field.bitOffset + field.bitLength }))
            .sort((a, b) => a.bitOffset - b.bitOffset || b.bitLength - a.bitLength);
        this.layers = layersOf(this.octets);
        for (const field of this.fields) field.layer = this.layerAt(field.bitOffset);
    }

    get bitCount() {
        return this.octets.length * 8;
    }

    bit(index) {
        return (this.octets[index >> 3] >> (7 - (index & 7))) & 1;
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
        const contains = (outer, inner) =>
            inner.bitOffset >= outer.bitOffset && inner.end <= outer.end && inner.bitLength < outer.bitLength && inner.bitLength > 0;
        return this.fields.filter((field) => field.bitLength > 0 && !this.fields.some((other) => contains(field, other)));
    }

    /** The picture's boxes, from left to right and top to bottom: `{ field, start, end, isFirst, layer }`, each within one row. */
    get boxes() {
        const boxes = [];
        const cut = (start, end, field) => {
            for (let at = start; at < end; ) {
                const stop = Math.min(end, (Math.floor(at / rowBits) + 1) * rowBits);
                boxes.push({ field, start: at, end: stop, isFirst: at === start, layer: field?.layer ?? this.layerAt(at) });
                at = stop;
            }
        };
        const limit = Math.min(this.bitCount, this.pictureEnd);
        let drawn = 0;
        for (const field of this.leaves) {
            if (field.bitOffset >= limit) break;
            if (field.bitOffset > drawn) cut(drawn, field.bitOffset, null);
            if (field.end > drawn) cut(Math.max(drawn, field.bitOffset), Math.min(field.end, limit), field);
            drawn = Math.max(drawn, field.end);
        }
        if (drawn < limit) cut(drawn, limit, null);
        return boxes;
    }

    /** The bit at which the picture ends: behind the headers and the first rows of payload. */
    get pictureEnd() {
        const headers = this.layers.at(-1)?.end ?? 0;
        return (Math.ceil(headers / rowBits) + payloadRows) * rowBits;
    }

    /** Octets that the picture leaves to the dump. */
    get octetsBeyondPicture() {
        return Math.max(0, this.octets.length - this.pictureEnd / 8);
    }

    /** The leaf that owns each octet's first bit, by octet: what a dump's cell belongs to. */
    get ownerOfOctet() {
        const owners = new Array(this.octets.length).fill(null);
        for (const field of this.leaves) {
            for (let octet = field.bitOffset >> 3; octet < Math.min(owners.length, (field.end + 7) >> 3); octet += 1) {
                (owners[octet] ??= []).push(this.fields.indexOf(field));
            }
        }
        return owners;
    }
}

/** Where each layer ends, in bits. It trusts the packet's own lengths only as far as the octets go. */
function layersOf(octets) {
    const bits = octets.length * 8;
    const isVersion6 = octets[0] >> 4 === 6;
    const ip = Math.min(bits, isVersion6 ? 320 : Math.max(20, (octets[0] & 0x0f) * 4) * 8);
    const header = Math.min(bits, ip + 160);
    const words = octets.length * 8 >= ip + 104 ? octets[ip / 8 + 12] >> 4 : 5;
    const options = Math.min(bits, ip + Math.max(5, words) * 32);
    return [
        { name: "ip", end: ip },
        { name: "tcp", end: header },
        { name: "options", end: options },
    ];
}
