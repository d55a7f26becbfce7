// The segment table. However many rows there are, only those in sight exist as elements; scrolling moves and refills
// them.

import { h, oncePerFrame } from "../elements/dom.js";
import { SegmentView } from "../log/view.js";
import { shownColumns, template, widthOf } from "./columns.js";
import { headCell, makeRow, writeRow } from "./row.js";

/** Rows kept ready above and below what is in sight. */
const overscan = 8;

/**
 * A grid in the sense of ARIA: it holds the focus and names its active row. Dispatches `choose` with a segment's
 * number, `follow` when it begins or ceases to follow the newest row, and `draw`.
 */
export class SegmentTable extends EventTarget {
    constructor(store) {
        super();
        this.store = store;
        this.view = new SegmentView(store);
        this.chosen = null;
        this.absolute = false;
        /** The names of the columns that the user wants; null for those that fit. */
        this.wanted = null;
        /** True while the newest row stays in sight by itself. */
        this.follows = true;
        this.pool = [];
        this.evicted = 0;
        this.refresh = oncePerFrame(() => this.draw());
        this.build();
        store.addEventListener("append", this.refresh);
        store.addEventListener("clear", () => this.show(null));
        this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
        new ResizeObserver(() => this.resized()).observe(this.scroller);
    }

    build() {
        this.body = h("div", { class: "rows", role: "rowgroup" });
        this.headRow = h("div", { class: "row", role: "row", "aria-rowindex": "1" });
        const traits = { class: "grid", role: "grid", tabindex: "0", "aria-label": "Segments", "aria-describedby": "segments-hint" };
        this.scroller = h("div", traits, h("div", { class: "head", role: "rowgroup" }, this.headRow), this.body);
        this.body.addEventListener("click", (event) => this.clicked(event));
        this.element = this.scroller;
        this.arrange();
    }

    /** Lays out the columns that fit, or that are wanted, and makes every row anew. */
    arrange() {
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        const room = this.scroller.clientWidth / rem - 1;
        const shown = shownColumns(this.wanted, room, this.absolute);
        const widths = template(shown, this.absolute);
        if (widths === this.widths) return;
        this.widths = widths;
        this.columns = shown;
        const least = shown.reduce((sum, column) => sum + widthOf(column, this.absolute), 0);
        this.scroller.style.setProperty("--columns", widths);
        this.scroller.style.setProperty("--least", `${least + 0.6}rem`);
        this.scroller.setAttribute("aria-colcount", shown.length);
        this.headRow.replaceChildren(...shown.map(headCell));
        this.body.replaceChildren();
        this.pool = [];
    }

    /** Shows one connection's rows, or all (null). */
    show(connection) {
        this.view.choose(connection);
        this.begin();
    }

    /** Shows only what a matcher lets through; null lifts it. */
    filter(matcher) {
        this.view.filter(matcher);
        this.begin();
    }

    /** Shows what there was when segment `until` came; null for all there is. */
    replay(until) {
        this.view.until = until;
        this.setFollows(until === null || this.follows);
        this.refresh();
    }

    begin() {
        this.evicted = this.view.dropped;
        this.forget();
        this.refresh();
    }

    showAbsolute(absolute) {
        this.absolute = absolute;
        this.arrange();
        this.forget();
        this.refresh();
    }

    /** Shows the columns of these names; null for those that fit. */
    showColumns(names) {
        this.wanted = names;
        this.arrange();
        this.refresh();
    }

    /** Makes every row fill itself anew. */
    forget() {
        for (const row of this.pool) row.shown = null;
    }

    /** Marks a segment as chosen and brings it into sight. */
    choose(number, { reveal = true } = {}) {
        this.chosen = number;
        this.view.update();
        const index = number === null ? null : this.view.indexOf(number);
        if (index !== null && reveal) this.reveal(index);
        this.refresh();
    }

    /** Moves the choice by rows: ±1, ±a page, or to an end with ±Infinity. */
    move(distance) {
        this.view.update();
        const count = this.view.length;
        if (count === 0) return;
        const current = this.chosen === null ? null : this.view.indexOf(this.chosen);
        const from = current ?? (distance > 0 ? -1 : count);
        const step = Math.sign(distance);
        let index = Math.max(0, Math.min(count - 1, from + distance));
        // What stands for missing segments cannot be looked into.
        while (this.store.isGapAt(this.view.position(index)) && index + step >= 0 && index + step < count) index += step;
        if (!this.store.isGapAt(this.view.position(index))) this.announce(this.store.numberAt(this.view.position(index)));
    }

    get pageLength() {
        return Math.max(1, Math.floor(this.room / this.rowHeight) - 1);
    }

    announce(number) {
        this.dispatchEvent(new CustomEvent("choose", { detail: number }));
    }

    clicked(event) {
        const row = event.target.closest(".row");
        if (row?.number) this.announce(row.number);
    }

    /** The height left for rows below the sticky head. */
    get room() {
        return this.scroller.clientHeight - this.rowHeight;
    }

    reveal(index) {
        const top = index * this.rowHeight;
        const lowest = top + this.rowHeight - this.room;
        if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
        else if (lowest > this.scroller.scrollTop) this.scroller.scrollTop = lowest;
    }

    setFollows(follows) {
        if (follows === this.follows) return;
        this.follows = follows;
        this.dispatchEvent(new Event("follow"));
        if (follows) this.refresh();
    }

    scrolled() {
        const { scrollTop, clientHeight, scrollHeight } = this.scroller;
        const atEnd = scrollTop + clientHeight >= scrollHeight - this.rowHeight / 2;
        // A scroll that the table did itself always ends at the end; only the user's own can leave it.
        if (!this.growing) this.setFollows(atEnd);
        this.growing = false;
        this.refresh();
    }

    resized() {
        this.arrange();
        // Not from a bounding box: far down, its coordinates have lost the fractions that all those rows add up.
        const rowHeight = parseFloat(getComputedStyle(this.headRow).height);
        if (rowHeight > 0 && rowHeight !== this.rowHeight) {
            this.rowHeight = rowHeight;
            for (const row of this.pool) row.index = null;
        }
        this.refresh();
    }

    draw() {
        const { view, scroller, body } = this;
        if (!this.rowHeight || scroller.clientHeight === 0) return;
        view.update();
        const count = view.length;
        body.style.height = `${count * this.rowHeight}px`;
        scroller.setAttribute("aria-rowcount", count + 1);
        this.keepPlace();
        const first = Math.max(0, Math.floor(scroller.scrollTop / this.rowHeight) - overscan);
        const wanted = Math.ceil(this.room / this.rowHeight) + 2 * overscan;
        const last = Math.min(count, first + wanted);
        while (this.pool.length < wanted) this.addRow();
        // Row i always uses element i modulo the pool, so that scrolling by one row refills one element.
        for (const row of this.pool) row.wanted = false;
        for (let index = first; index < last; index += 1) this.fill(this.pool[index % this.pool.length], index);
        for (const row of this.pool) row.hidden = !row.wanted;
        this.markActive();
        this.dispatchEvent(new Event("draw"));
    }

    /** Stays at the end where it follows; else undoes the shift when old rows have gone at the top. */
    keepPlace() {
        const { scroller } = this;
        const gone = this.view.dropped - this.evicted;
        this.evicted = this.view.dropped;
        if (!this.follows && gone <= 0) return;
        const before = scroller.scrollTop;
        scroller.scrollTop = this.follows ? scroller.scrollHeight : before - gone * this.rowHeight;
        if (scroller.scrollTop !== before) this.growing = true;
    }

    addRow() {
        const row = makeRow(this.columns);
        this.pool.push(row);
        this.body.append(row);
        // The modulus has changed, so every element may serve another row now.
        this.forget();
    }

    fill(row, index) {
        const position = this.view.position(index);
        const chosen = this.store.numberAt(position) === this.chosen;
        row.wanted = true;
        if (row.index !== index) row.style.transform = `translateY(${index * this.rowHeight}px)`;
        row.index = index;
        if (row.chosen !== chosen) row.setAttribute("aria-selected", chosen);
        row.chosen = chosen;
        const rule = this.store.ruleAt(position);
        const lost = this.view.proofAt(index);
        if (row.shown === position && row.rule === rule && row.lost === lost) return;
        Object.assign(row, { shown: position, lost, rule });
        row.setAttribute("aria-rowindex", index + 2);
        this.write(row, index);
    }

    write(row, index) {
        const above = index > 0 ? this.store.elapsedAt(this.view.position(index - 1)) : null;
        writeRow(row, this.view.row(index), this.columns, { absolute: this.absolute, above });
    }

    markActive() {
        const active = this.pool.find((row) => row.wanted && row.chosen);
        if (active) this.scroller.setAttribute("aria-activedescendant", active.id);
        else this.scroller.removeAttribute("aria-activedescendant");
    }
}
