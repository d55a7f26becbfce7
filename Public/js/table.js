// The segment table. However many rows there are, only those in sight exist as elements; scrolling moves and refills
// them.

import { duration, grouped } from "./format.js";
import { h, oncePerFrame } from "./dom.js";
import { SegmentView } from "./store.js";

/** Rows kept ready above and below what is in sight. */
const overscan = 8;

/**
 * The columns in order; the stylesheet gives each its width and lets the lesser ones go in narrow windows. What may not
 * fit hints at its whole text.
 */
const columns = [
    { name: "number", label: "No.", text: (row) => String(row.number) },
    { name: "elapsed", label: "Time", title: "Since the connection's first segment", text: clock },
    { name: "connection", label: "Conn.", title: "Connection", text: (row) => row.connection ?? "–" },
    { name: "direction", label: "Dir.", title: "Direction", text: (row) => (row.inbound ? "← in" : "→ out") },
    { name: "flags", label: "Flags", text: (row) => row.flags.join(" ") || "none" },
    { name: "sequence", label: "Seq", hints: true, text: sequence },
    { name: "acknowledgment", label: "Ack", hints: true, text: acknowledgment },
    { name: "window", label: "Win", title: "Window in octets, scaled", text: (row) => grouped(row.window) },
    { name: "length", label: "Len", title: "Octets of payload", text: (row) => grouped(row.length) },
    { name: "cause", label: "Cause", title: "Why sent, or what became of it", hints: true, text: (row) => row.cause },
    { name: "note", label: "Note", hints: true, text: note },
];

function clock({ elapsed }) {
    if (Number.isNaN(elapsed)) return "";
    return elapsed < 1 ? duration(elapsed) : `${elapsed.toFixed(4)} s`;
}

function sequence(row, absolute) {
    return grouped(absolute || Number.isNaN(row.relativeSequence) ? row.sequence : row.relativeSequence);
}

function acknowledgment(row, absolute) {
    if (!row.flags.includes("ACK")) return "·";
    const { relativeAcknowledgment: relative } = row;
    return grouped(absolute || Number.isNaN(relative) ? row.acknowledgment : relative);
}

function note(row) {
    const words = [];
    if (row.entered) words.push(row.entered);
    if (row.retransmits > 0) words.push(`repeats #${row.retransmits}`);
    if (row.because > 0) words.push(`because of #${row.because}`);
    if (row.answers > 0) words.push(`answers #${row.answers}`);
    return words.join(" · ");
}

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
        const cell = ({ name, label, title }) =>
            h("div", { class: `cell ${name}`, role: "columnheader", title }, label);
        this.body = h("div", { class: "rows", role: "rowgroup" });
        this.headRow = h("div", { class: "row", role: "row", "aria-rowindex": "1" }, columns.map(cell));
        this.scroller = h(
            "div",
            {
                class: "grid",
                role: "grid",
                tabindex: "0",
                "aria-label": "Segments",
                "aria-describedby": "segments-hint",
            },
            h("div", { class: "head", role: "rowgroup" }, this.headRow),
            this.body,
        );
        this.body.addEventListener("click", (event) => this.clicked(event));
        this.element = this.scroller;
    }

    /** Shows one connection's rows, or all (null). */
    show(connection) {
        this.view.choose(connection);
        this.evicted = this.view.dropped;
        this.forget();
        this.setFollows(true);
        this.refresh();
    }

    showAbsolute(absolute) {
        this.absolute = absolute;
        this.scroller.classList.toggle("absolute", absolute);
        this.forget();
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
        const index = Math.max(0, Math.min(count - 1, from + distance));
        this.announce(this.store.numberAt(this.view.position(index)));
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
        body.style.height = `${view.length * this.rowHeight}px`;
        scroller.setAttribute("aria-rowcount", view.length + 1);
        this.keepPlace();
        const first = Math.max(0, Math.floor(scroller.scrollTop / this.rowHeight) - overscan);
        const wanted = Math.ceil(this.room / this.rowHeight) + 2 * overscan;
        const last = Math.min(view.length, first + wanted);
        while (this.pool.length < wanted) this.addRow();
        // Row i always uses element i modulo the pool, so that scrolling by one row refills one element.
        for (let slot = 0; slot < this.pool.length; slot += 1) this.pool[slot].wanted = false;
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
        const cells = columns.map(({ name }) => h("div", { class: `cell ${name}`, role: "gridcell" }));
        const row = h("div", { class: "row", role: "row" }, cells);
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
        if (row.shown === position) return;
        row.shown = position;
        const record = this.store.row(position);
        row.number = record.number;
        row.id = `segment-${record.number}`;
        row.setAttribute("aria-rowindex", index + 2);
        row.className = `row kind-${record.kind} ${record.inbound ? "inbound" : "outbound"}`;
        columns.forEach(({ text, hints }, column) => {
            const cell = row.children[column];
            cell.textContent = text(record, this.absolute);
            if (hints) cell.title = cell.textContent;
        });
    }

    markActive() {
        const active = this.pool.find((row) => row.wanted && row.chosen);
        if (active) this.scroller.setAttribute("aria-activedescendant", active.id);
        else this.scroller.removeAttribute("aria-activedescendant");
    }
}
