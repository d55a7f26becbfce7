// Which columns the segment table shows.

import { h } from "../elements/dom.js";
import { remember, remembered } from "../elements/memory.js";
import { columns } from "./columns.js";

const key = "columns";

/** A dialog with a tick for each column; the choice is remembered in this browser. */
export class ColumnChooser {
    constructor(table) {
        this.table = table;
        this.ticks = columns.map(({ name, label, title }) => {
            const tick = h("input", { type: "checkbox", name });
            return h("label", {}, tick, ` ${title ?? label}`);
        });
        const fit = h("button", { type: "button", on: { click: () => this.choose(null) } }, "As many as fit");
        this.dialog = h(
            "dialog",
            { "aria-labelledby": "columns-title" },
            h(
                "form",
                { method: "dialog" },
                h("h2", { id: "columns-title" }, "Columns"),
                h("div", { class: "ticks" }, this.ticks),
                h("div", { class: "dialog-end" }, fit, h("button", { class: "primary", autofocus: true }, "Close")),
            ),
        );
        this.dialog.addEventListener("change", () => this.choose(this.ticked));
        document.body.append(this.dialog);
        table.showColumns(remembered(key));
    }

    get ticked() {
        return this.ticks.map((label) => label.firstChild).filter((tick) => tick.checked).map((tick) => tick.name);
    }

    open() {
        const shown = this.table.columns.map(({ name }) => name);
        for (const { firstChild: tick } of this.ticks) tick.checked = shown.includes(tick.name);
        this.dialog.showModal();
    }

    choose(names) {
        // A table without columns says nothing: the last one stays.
        if (names?.length === 0) return this.open();
        remember(key, names);
        this.table.showColumns(names);
        if (names === null) this.dialog.close();
    }
}
