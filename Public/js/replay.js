// The time slider: shows every view as it was when one of the connection's segments had just come or gone.

import { h, oncePerFrame, setText } from "./elements/dom.js";
import { duration, grouped } from "./elements/format.js";

/** While it plays, distances between segments are kept to these bounds, in milliseconds, so that it neither flashes nor stalls. */
const pace = { least: 180, most: 1200 };

/** Moves `selection.at` along `trace`, the view of all segments of the chosen connection. */
export class Replay {
    constructor(element, { trace, selection }) {
        Object.assign(this, { trace, selection, element });
        // Its own view of the whole connection: the others' ends where the slider stands.
        this.range = h("input", { type: "range", min: "0", max: "0", step: "1", "aria-label": "Moment of the connection" });
        this.label = h("output", { class: "replay-label" });
        const button = (name, label, title, action) =>
            h("button", { type: "button", class: `quiet ${name}`, title, "aria-label": title, on: { click: action } }, label);
        this.play = button("replay-play", "▶", "Replay the connection", () => this.toggle());
        this.live = button("replay-live", "Live", "Back to the present", () => this.show(null));
        element.append(
            this.play,
            button("replay-back", "‹", "One segment back", () => this.step(-1)),
            button("replay-on", "›", "One segment on", () => this.step(1)),
            this.range,
            this.label,
            this.live,
        );
        this.range.addEventListener("input", () => this.showIndex(Number(this.range.value)));
        this.refresh = oncePerFrame(() => this.draw());
        trace.store.addEventListener("append", this.refresh);
        trace.store.addEventListener("clear", this.refresh);
        selection.addEventListener("change", ({ detail }) => {
            if (detail.has("connection")) this.stop();
            this.refresh();
        });
        this.draw();
    }

    /** The row that is shown last. */
    get index() {
        const { trace, selection } = this;
        return (selection.at === null ? trace.total : trace.countUpTo(selection.at)) - 1;
    }

    show(number) {
        if (number === null) this.stop();
        this.selection.set(number === null ? { at: null } : { at: number, segment: number });
    }

    showIndex(index) {
        const { trace } = this;
        if (index >= 0 && index < trace.total) this.show(trace.store.numberAt(trace.position(index)));
    }

    step(distance) {
        this.stop();
        this.trace.update();
        this.showIndex(Math.max(0, Math.min(this.trace.total - 1, this.index + distance)));
    }

    /** Plays from where it stands, or from the beginning; or stops. */
    toggle() {
        if (this.timer) return this.stop();
        const isAtEnd = this.index >= this.trace.total - 1;
        this.playFrom(isAtEnd ? 0 : this.index + 1);
    }

    playFrom(index) {
        this.showIndex(index);
        const { trace } = this;
        if (index + 1 >= trace.total) return this.stop();
        const at = (row) => trace.store.elapsedAt(trace.position(row));
        const distance = (at(index + 1) - at(index)) * 1000;
        const wait = Math.max(pace.least, Math.min(pace.most, distance || 0));
        this.timer = setTimeout(() => this.playFrom(index + 1), wait);
        this.drawPlay();
    }

    stop() {
        clearTimeout(this.timer);
        this.timer = null;
        this.drawPlay();
    }

    drawPlay() {
        setText(this.play, this.timer ? "❚❚" : "▶");
        this.play.title = this.timer ? "Pause the replay" : "Replay the connection";
        this.play.setAttribute("aria-label", this.play.title);
    }

    draw() {
        const { trace, selection, range } = this;
        trace.update();
        const isEmpty = selection.connection === null || trace.total === 0;
        for (const control of this.element.querySelectorAll("button, input")) control.disabled = isEmpty;
        range.max = Math.max(0, trace.total - 1);
        range.value = Math.max(0, this.index);
        this.live.setAttribute("aria-pressed", selection.at === null);
        this.element.classList.toggle("replaying", selection.at !== null);
        setText(this.label, isEmpty ? "" : this.words);
        range.setAttribute("aria-valuetext", this.label.textContent);
    }

    get words() {
        const { trace, selection, index } = this;
        const count = `${grouped(index + 1)} of ${grouped(trace.total)}`;
        if (selection.at === null) return count;
        const row = trace.row(index);
        return `${count} · ${duration(row.elapsed)} · ${row.after ?? "–"}`;
    }
}
