// A table of the lab: it scrolls sideways where a window is too narrow, by the keyboard as well.

import { h } from "../elements/dom.js";

/** `heads` over `rows`, which are `tr` elements; `label` is what a screen reader calls it. */
export function scrollingTable(label, heads, rows) {
    const head = h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)));
    const table = h("table", { class: "lab-table", "aria-label": label }, h("thead", {}, head), h("tbody", {}, rows));
    return h("div", { class: "table-place", tabindex: "0", role: "region", "aria-label": label }, table);
}
