// How a datagram is cut into fragments, or a payload into two segments, as bars above each other.

import { h, svg } from "../elements/dom.js";

/** Bars that are drawn; the rest is counted. */
const shown = 12;

/** Parts `[{ from, to, words }]` of `length` octets. */
function bars(parts, length, label) {
    const traits = { class: "fragment-bar ink-lab", viewBox: `0 0 ${length} 10`, preserveAspectRatio: "none", "aria-hidden": "true" };
    const shape = ({ from, to }) => svg("rect", { class: "fill", x: from, y: 1, width: to - from, height: 8 });
    const bar = (part) => h("li", {}, svg("svg", traits, shape(part)), h("span", {}, part.words));
    const more = parts.length > shown ? h("li", { class: "hint" }, `… and ${parts.length - shown} more`) : null;
    return h("ol", { class: "fragments", "aria-label": label }, parts.slice(0, shown).map(bar), more);
}

/** The fragments of a packet; null where it leaves in one piece. */
export function fragmentBars({ octets, ipLength, fields }) {
    const size = fields["ip.fragmentSize"];
    const length = octets.length - ipLength;
    if (!(size >= 8) || size >= length) return null;
    const step = Math.max(8, size - (fields["ip.fragmentOverlap"] || 0));
    const parts = [];
    for (let from = 0; parts.at(-1)?.to !== length; from += step) {
        const to = Math.min(length, from + size);
        parts.push({ from, to, words: `offset ${from / 8}, octets ${from}–${to - 1}${to < length ? ", MF" : ""}` });
    }
    return bars(parts, length, "Its fragments");
}

/** The two segments that a payload is cut into; null where it stays whole. */
export function pairBars({ fields: { payload } }, pairs) {
    const { length } = payload;
    if (pairs === "" || length < 2) return null;
    const middle = length >> 1;
    const shared = pairs === "overlap" ? Math.max(1, middle >> 1) : 0;
    const part = (from, to) => ({ from, to, words: `octets ${from}–${to - 1}` });
    const [first, second] = [part(0, middle + shared), part(middle, length)];
    const whole = part(0, length);
    const parts = { overlap: [first, second], "out-of-order": [second, first], duplicate: [whole, whole] }[pairs];
    return bars(parts, length, "Its segments, in the order in which they are sent");
}
