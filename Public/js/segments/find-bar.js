// Search in the table: the next row whose cells have these words.

import { h, setText } from "../elements/dom.js";

/** Rows that are looked at between two frames, so that a long search holds nothing up. */
const slice = 4000;

/** Dispatches `find` with the number of the segment found. */
export class FindBar extends EventTarget {
    constructor(table) {
        super();
        this.table = table;
        this.input = h("input", { id: "find", type: "search", "aria-label": "Find in the table; Enter goes on, Shift Enter back", placeholder: "Find", spellcheck: "false" });
        this.told = h("span", { class: "find-told", role: "status" });
        this.element = h("div", { class: "find" }, this.input, this.told);
        this.input.addEventListener("keydown", (event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            this.find(event.shiftKey ? -1 : 1);
        });
        this.input.addEventListener("input", () => setText(this.told, ""));
    }

    /** Goes to the next row in a direction, round the end. */
    async find(direction) {
        const words = this.input.value.trim().toLowerCase();
        const { view, chosen } = this.table;
        view.update();
        const count = view.length;
        if (words === "" || count === 0) return;
        const search = (this.search = Symbol("search"));
        const start = chosen === null ? (direction > 0 ? -1 : count) : (view.indexOf(chosen) ?? -1);
        for (let step = 1; step <= count; step += 1) {
            const index = (((start + direction * step) % count) + count) % count;
            if (this.has(index, words)) return this.found(index);
            if (step % slice === 0) await new Promise((resolve) => setTimeout(resolve));
            if (search !== this.search) return;
        }
        setText(this.told, "nothing");
    }

    has(index, words) {
        const record = this.table.view.row(index);
        if (record.isGap) return false;
        const context = { absolute: this.table.absolute, above: null };
        return this.table.columns.some(({ text }) => text(record, context).toLowerCase().includes(words));
    }

    found(index) {
        setText(this.told, "");
        const { number } = this.table.view.row(index);
        this.dispatchEvent(new CustomEvent("find", { detail: number }));
    }
}
