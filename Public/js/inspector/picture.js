// The segment as its RFC draws it: 32 bits a row, every field a box with its name, its value and its bits.

import { h } from "../elements/dom.js";
import { labelOf, layerLabels, valueOf } from "./labels.js";
import { rowBits } from "./packet.js";

/** Least bits of a box that has room for the value beside the name. */
const roomForValue = 8;
/** Least bits of a box that keeps it in a narrow window, too. */
const roomForBoth = 16;

/** Draws `packet`; its boxes register with `link`. */
export function picture(packet, link) {
    const grid = h("div", { class: "bits" }, scale(), ...rows(packet).flatMap((row) => drawRow(row, packet, link)));
    const beyond = packet.octetsBeyondPicture;
    const label = "The packet in rows of 32 bits; the list of fields says it in words";
    return h(
        "div",
        { class: "picture", role: "img", "aria-label": label },
        grid,
        beyond > 0 ? h("p", { class: "beyond" }, `${beyond} more octets of payload, in the dump below`) : null,
    );
}

/** The ruler over the rows: tens above, units below, as in the RFC. */
function scale() {
    const tick = (bit) =>
        h("span", { class: "tick" }, h("span", {}, bit % 10 === 0 ? bit / 10 : ""), h("span", {}, bit % 10));
    return h("div", { class: "scale", "aria-hidden": "true" }, Array.from({ length: rowBits }, (_, bit) => tick(bit)));
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

function drawBox({ field, part, start, end, isFirst, layer }, packet, link) {
    const bits = end - start;
    const isFlag = field?.bitLength === 1;
    const traits = {
        flag: isFlag,
        set: isFlag && packet.bit(start) === 1,
        short: bits < roomForBoth,
        unnamed: field === null,
    };
    const classes = Object.keys(traits).filter((name) => traits[name]);
    const digits = Array.from({ length: bits }, (_, bit) => h("span", { class: "bit" }, packet.bit(start + bit)));
    const words = isFirst && field !== null ? captionOf(field, part, packet) : [];
    const box = h(
        "div",
        { class: ["box", `layer-${layer}`, ...classes].join(" ") },
        h("span", { class: "box-name" }, caption(words, bits)),
        h("span", { class: "box-bits" }, digits),
    );
    box.style.gridColumn = `${(start % rowBits) + 2} / span ${bits}`;
    if (field !== null) mark(box, field, packet, link);
    return box;
}

function mark(box, field, packet, link) {
    box.dataset.field = field.name;
    link.register(packet.fields.indexOf(field), box);
}

/** Name and value of a box. */
function captionOf(field, part, packet) {
    if (part === null) return [labelOf(field), valueOf(field)];
    return [part.name, part.isNumber ? packet.number(part.start, part.end) : ""];
}

function caption([name = "", value = ""], bits) {
    return [
        h("span", { class: "name" }, name),
        bits < roomForValue ? null : h("span", { class: "value" }, value),
    ].filter(Boolean);
}
