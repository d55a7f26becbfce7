// The TCP header as the RFC draws it, before there is a segment to fill it: what the inspector shows at first.

import { tcpBoxes } from "../craft/boxes.js";
import { h } from "../elements/dom.js";

/** What each field is for, in a few words. */
const purposes = {
    "Source Port": "which program sends",
    "Destination Port": "which program it is for",
    "Sequence Number": "where its first octet stands in the stream",
    "Acknowledgment Number": "the next octet expected from the other side",
    DOff: "where the data begin, in words of 32 bits",
    Window: "how many octets more may come",
    Checksum: "whether all of it came as it was sent",
    "Urgent Pointer": "where urgent data end",
};

/** The picture, without values. */
export function blankHeader() {
    const row = (number) => tcpBoxes.filter(({ start }) => start >> 5 === number).map(box);
    const rows = [0, 1, 2, 3, 4].map((number) => h("div", { class: "bit-row" }, h("span", { class: "row-offset" }, number * 4), row(number)));
    return h("div", { class: "bits blank", role: "img", "aria-label": "The TCP header of RFC 9293, section 3.1, without values" }, rows);
}

function box({ label, start, bits }) {
    const purpose = bits >= 16 ? h("span", { class: "purpose" }, purposes[label]) : null;
    const name = h("span", { class: "box-name" }, h("span", { class: "name" }, bits === 1 ? label.slice(0, 3) : label), purpose);
    const element = h("div", { class: `box layer-tcp${bits === 1 ? " flag" : ""}`, title: purposes[label] ?? null }, name);
    element.style.gridColumn = `${(start % 32) + 2} / span ${bits}`;
    return element;
}
