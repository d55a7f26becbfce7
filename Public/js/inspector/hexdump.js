// The captured octets, sixteen a row, each tied to the field that it belongs to.

import { h } from "../elements/dom.js";
import { hexOctet, printable } from "../elements/format.js";

const perRow = 16;

/** Draws the dump of `packet`; its cells register with `link`. */
export function hexdump(packet, link) {
    const owners = packet.ownersOfOctets;
    const rows = [];
    for (let start = 0; start < packet.octets.length; start += perRow) rows.push(dumpRow(packet, owners, start, link));
    return h("div", { class: "dump", role: "group", "aria-label": "Octets in hexadecimal" }, rows);
}

function dumpRow(packet, owners, start, link) {
    const hex = h("span", { class: "dump-hex" });
    const text = h("span", { class: "dump-text", "aria-hidden": "true" });
    for (let index = start; index < Math.min(start + perRow, packet.octets.length); index += 1) {
        hex.append(cell(hexOctet(packet.octets[index]), index, packet, owners, link));
        text.append(cell(printable(packet.octets[index]), index, packet, owners, link));
    }
    const offset = h("span", { class: "dump-offset" }, start.toString(16).padStart(4, "0"));
    return h("div", { class: "dump-row" }, offset, hex, text);
}

function cell(text, index, packet, owners, link) {
    const fields = owners[index];
    const element = h("span", { class: `octet layer-${packet.layerAt(index * 8)}` }, text);
    if (fields.length > 0) element.dataset.field = packet.fields[fields[0]].name;
    for (const field of fields) link.register(field, element);
    return element;
}
