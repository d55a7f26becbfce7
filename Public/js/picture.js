// The segment as its RFC draws it: 32 bits a row, every field a box with its name, its value and its bits.

import { h } from "./dom.js";
import { labelOf, layerLabels, valueOf } from "./labels.js";
import { rowBits } from "./packet.js";

/** Least bits of a box that has room for the value beside the name. */
const roomForValue = 8;

/** Draws `packet`; its boxes register with `link`. */
export function picture(packet, link) {
    const grid = h("div", { class: "bits" }, scale(), ...rows(packet).flatMap((row) => drawRow(row, packet, link)));
    const beyond = packet.octetsBeyondPicture;
    return h(
        "div",
        { class: "picture", role: "img", "aria-label": "The packet in rows of 32 bits; the table of fields says the same in words" },
        grid,
        beyond > 0 ? h("p", { class: "beyond" }, `${beyond} more octets of payload, in the dump below`) : null,
    );
}

/** The ruler over the rows: tens above, units below, as in the RFC. */
function scale() {
    const numbers = Array.from({ length: rowBits }, (_, bit) =>
        h("span", { class: bit % 8 === 0 ? "tick octet" : "tick" }, h("span", {}, bit % 10 === 0 ? bit / 10 : ""), h("span", {}, bit % 10)));
    return h("div", { class: "scale", "aria-hidden": "true" }, numbers);
}

function rows(packet) {
    const rows = [];
    for (const box of packet.boxes) (rows[Math.floor(box.start / rowBits)] ??= []).push(box);
    return rows;
}

function drawRow(boxes, packet, link) {
    const start = Math.floor(boxes[0].start / rowBits) * rowBits;
    const layer = boxes[0].layer;
    const opens = start === 0 || packet.layerAt(start - 1) !== layer;
    const heading = opens ? h("div", { class: `layer-name layer-${layer}` }, layerLabels[layer]) : null;
    const row = h("div", { class: "bit-row" }, h("span", { class: "row-offset", "aria-hidden": "true" }, start / 8));
    for (const box of boxes) row.append(drawBox(box, packet, link));
    return [heading, row].filter(Boolean);
}

function drawBox({ field, start, end, isFirst, layer }, packet, link) {
    const digits = Array.from({ length: end - start }, (_, bit) => h("span", { class: "bit" }, packet.bit(start + bit)));
    const isFlag = field?.bitLength === 1;
    const box = h("div", { class: `box layer-${layer}${isFlag ? " flag" : ""}${end - start < 16 ? " short" : ""}${isFirst ? "" : " continued"}` });
    box.style.gridColumn = `${(start % rowBits) + 2} / span ${end - start}`;
    if (isFlag && packet.bit(start) === 1) box.classList.add("set");
    if (field === null) box.classList.add("unnamed");
    else mark(box, field, packet, link);
    box.append(h("span", { class: "box-name" }, isFirst ? caption(field, end - start) : ""), h("span", { class: "box-bits" }, digits));
    return box;
}

function mark(box, field, packet, link) {
    box.dataset.field = field.name;
    box.title = `${field.name} = ${valueOf(field)}${field.text ? ` (${field.text})` : ""}`;
    link.register(packet.fields.indexOf(field), box);
}

function caption(field, bits) {
    if (field === null) return [];
    const name = h("span", { class: "name" }, labelOf(field));
    return bits < roomForValue ? [name] : [name, h("span", { class: "value" }, valueOf(field))];
}
