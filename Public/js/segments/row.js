// One row of the segment table: an element that serves one segment after another.

import { h } from "../elements/dom.js";
import { gapText } from "./columns.js";

/** The head of a column. */
export function headCell({ name, label, title }) {
    return h("div", { class: `cell ${name}`, role: "columnheader", title }, label);
}

/** An empty row with a cell for each column. */
export function makeRow(columns) {
    const cells = columns.map(({ name }) => h("div", { class: `cell ${name}`, role: "gridcell" }));
    return h("div", { class: "row", role: "row" }, cells);
}

/** Fills a row with a record; `context` is what its columns need to know beside it. */
export function writeRow(row, record, columns, context) {
    const { isGap } = record;
    row.number = isGap ? null : record.number;
    row.id = `${isGap ? "gap" : "segment"}-${record.number}`;
    const direction = record.inbound ? "inbound" : "outbound";
    const rule = record.rule > 0 ? ` rule-${record.rule}` : "";
    row.className = isGap ? "row gap" : `row kind-${record.kind} ${direction}${rule}`;
    columns.forEach(({ text, hints }, column) => {
        const cell = row.children[column];
        cell.textContent = isGap ? (column === 0 ? gapText(record) : "") : text(record, context);
        if (hints) cell.title = cell.textContent;
    });
}
