// The fields of a segment in words: name, value, meaning, and where the RFC says so.

import { h } from "../elements/dom.js";
import { layerLabels, meaningOf, valueOf } from "./labels.js";

const steps = {
    ArrowDown: "nextElementSibling",
    ArrowUp: "previousElementSibling",
    j: "nextElementSibling",
    k: "previousElementSibling",
};

/** The list as a table; its rows register with `link` and can be walked with the arrow keys. */
export function fieldTable(packet, link) {
    const names = ["Field", "Value", "Meaning", "Defined in"];
    const head = h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)));
    const body = h("tbody", { on: { keydown: walk } });
    let layer = null;
    packet.fields.forEach((field, index) => {
        if (field.layer !== layer) body.append(heading((layer = field.layer)));
        body.append(fieldRow(field, index, link));
    });
    return h("table", { class: "fields" }, h("thead", {}, head), body);
}

function heading(layer) {
    const name = h("th", { colspan: "4", scope: "rowgroup" }, layerLabels[layer]);
    return h("tr", { class: `layer-row layer-${layer}` }, name);
}

function fieldRow(field, index, link) {
    const row = h(
        "tr",
        { class: `field-row layer-${field.layer}`, tabindex: "0", "data-field": field.name },
        h("th", { scope: "row" }, field.name),
        h("td", { class: "value" }, valueOf(field)),
        h("td", {}, meaningOf(field)),
        h("td", { class: "rfc" }, reference(field.rfc)),
    );
    link.register(index, row);
    return row;
}

/** `RFC 9293 §3.1` without a line break between its parts. */
function reference(rfc) {
    return (rfc ?? "").replaceAll(" ", "\u00a0");
}

function walk(event) {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    let row = event.target.closest("tr")[step];
    if (row?.classList.contains("layer-row")) row = row[step];
    row?.focus();
    event.preventDefault();
    event.stopPropagation();
}
