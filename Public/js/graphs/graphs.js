// The graphs of the chosen connection, linked: one cursor, one span of time, one ruler for all of them.

import { h } from "../elements/dom.js";
import { calls } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { Chart } from "./chart.js";
import { fieldNames, History } from "./history.js";
import { chartKinds } from "./kinds.js";
import { loadDygraphs } from "./library.js";
import { Ruler } from "./ruler.js";
import { sequenceSeries, throughputSeries, wholeOf } from "./series.js";

/** Least time between two drawings while segments keep coming, in milliseconds. */
const spacing = 400;

/** Draws `trace` and the connection's history. */
export class Graphs {
    constructor(element, { trace, feed, selection }) {
        Object.assign(this, { trace, feed, selection, element });
        this.place = element.querySelector(".graphs-place");
        this.history = new History(feed);
        this.isInbound = false;
        /** The time at which all graphs' cursors stand; null for nowhere. */
        this.cursor = null;
        this.ruler = new Ruler(() => this.mark());
        this.notice = h("div", { class: "empty" });
        this.side = this.sideSwitch();
        const reset = h("button", { type: "button", class: "quiet", on: { click: () => selection.set({ range: null }) } }, "All");
        this.tools = h("div", { class: "tools", hidden: true }, this.side, h("span", { class: "zoom" }, reset, this.ruler.button), this.ruler.told);
        const label = "Graphs; plus and minus zoom, the arrow keys move, with Shift the cursor, r measures, 0 shows everything";
        this.grid = h("div", { class: "charts", tabindex: "0", role: "group", "aria-label": label });
        this.grid.addEventListener("keydown", (event) => this.pressed(event));
        element.prepend(this.tools);
        this.curl = new CurlLine();
        this.curl.follow(null, "The numbers behind the graphs", () => calls.history(selection.connection, { fields: fieldNames.join(",") }));
        this.foot = h("footer", { class: "panel-foot", hidden: true }, this.curl.element);
        this.place.append(this.notice, this.grid);
        this.place.after(this.foot);
        this.listen();
    }

    sideSwitch() {
        const option = (value, label) =>
            h("label", {}, h("input", { type: "radio", name: "graph-side", value, checked: value === "out" }), h("span", {}, label));
        const legend = h("legend", { class: "visually-hidden" }, "Octets that were");
        const side = h("fieldset", { class: "switch" }, legend, option("out", "Sent"), option("in", "Received"));
        side.addEventListener("change", ({ target }) => {
            this.isInbound = target.value === "in";
            this.refresh();
        });
        return side;
    }

    listen() {
        const { trace, selection, history } = this;
        trace.store.addEventListener("append", () => this.refresh());
        trace.store.addEventListener("clear", () => this.refresh());
        history.addEventListener("change", () => this.refresh());
        selection.addEventListener("change", ({ detail }) => {
            if (detail.has("connection")) {
                this.ruler.clear();
                this.cursor = null;
            }
            if (["connection", "range", "at", "segment"].some((name) => detail.has(name))) this.refresh(0);
        });
        new ResizeObserver(() => this.charts?.forEach((chart) => chart.resize())).observe(this.grid);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
    }

    /** Draws soon; while segments keep coming, now and then. */
    refresh(wait = spacing) {
        if (this.element.clientHeight === 0 || this.timer) return;
        const since = performance.now() - (this.drawnAt ?? -Infinity);
        this.timer = setTimeout(() => {
            this.timer = null;
            this.draw();
        }, Math.max(0, wait - since));
    }

    rebuild() {
        this.charts?.forEach((chart) => chart.destroy());
        this.charts = null;
        this.grid.replaceChildren();
        this.refresh(0);
    }

    async draw() {
        const { selection, trace, history } = this;
        history.choose(selection.connection);
        const Dygraph = await loadDygraphs();
        this.drawnAt = performance.now();
        trace.update();
        this.say(Dygraph, trace.length);
        if (!Dygraph || trace.length === 0) return;
        this.charts ??= this.build(Dygraph);
        const span = selection.span;
        const { rows, bars } = sequenceSeries(trace, this.isInbound);
        this.bars = bars;
        const until = selection.at === null ? Infinity : trace.store.elapsedAt(trace.position(trace.length - 1));
        const known = history.rows.filter(([time]) => time <= until);
        const times = known.map(([time, srtt, rto]) => [time, srtt, rto]);
        const windows = known.map((row) => [row[0], ...row.slice(3)]);
        const shown = [rows, times, windows, throughputSeries(trace)];
        // Of all graphs, not of each: what stands below each other happened at the same time.
        this.whole = wholeOf(shown);
        this.charts.forEach((chart, index) => chart.show(shown[index], this.whole, span));
        this.pointAt(this.cursor);
        this.mark();
    }

    say(Dygraph, count) {
        const isReady = Dygraph !== null && count > 0;
        this.notice.hidden = isReady;
        this.grid.hidden = this.tools.hidden = this.foot.hidden = !isReady;
        if (isReady) return this.curl.update();
        const words = Dygraph
            ? ["Nothing to draw yet.", "Choose a connection, or open one and send something: its course in time appears here."]
            : ["The graphs need dygraphs.", "Install it with: apt install libjs-dygraphs; elsewhere, start the service with --library dygraphs=DIR."];
        this.notice.replaceChildren(h("p", {}, h("strong", {}, words[0])), h("p", {}, words[1]));
    }

    build(Dygraph) {
        const charts = chartKinds((index) => this.bars[index]).map((kind) => new Chart(Dygraph, kind));
        for (const chart of charts) this.link(chart, charts);
        this.grid.replaceChildren(...charts.map(({ element }) => element));
        return charts;
    }

    link(chart, charts) {
        chart.addEventListener("point", ({ detail }) => this.pointAt(detail));
        chart.addEventListener("zoom", ({ detail }) => this.zoom(detail));
        chart.addEventListener("pick", ({ detail }) => {
            if (this.ruler.isMeasuring) return this.ruler.put({ ...detail, chart });
            const number = chart === charts[0] ? this.bars[detail.index]?.number : null;
            if (number) this.selection.set({ segment: number });
        });
    }

    /** Puts the cursor of all graphs at a time; null takes it away. */
    pointAt(time) {
        this.cursor = time;
        for (const chart of this.charts) chart.pointAt(time);
    }

    /** Shows a span of the time in all graphs, and in the address; null for all of it. */
    zoom(span) {
        this.selection.set({ range: span === null ? null : span.map((time) => Number(time.toPrecision(9))).join("~") });
        this.refresh(0);
    }

    /** What the keys do: zoom and move, or with Shift move the cursor; measure between two places of it. */
    pressed(event) {
        if (!this.charts || !this.whole || event.ctrlKey || event.metaKey || event.altKey) return;
        const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
        const factor = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
        if (move && event.shiftKey) this.moveCursor(move);
        else if (move || factor) this.moveSpan(move * 0.2, factor ?? 1);
        else if (event.key === "0") this.zoom(null);
        else if (event.key === "r") this.ruler.toggle();
        else if (event.key === "Enter" && this.ruler.isMeasuring) this.ruler.put(this.charts[0].placeAt(this.cursor ?? this.span[0]));
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    /** The span that is shown. */
    get span() {
        return this.selection.span ?? this.whole;
    }

    moveCursor(direction) {
        const [from, to] = this.span;
        const next = (this.cursor ?? (from + to) / 2) + direction * (to - from) * 0.02;
        this.pointAt(Math.max(from, Math.min(to, next)));
    }

    moveSpan(share, factor) {
        const [first, last] = this.whole;
        const [from, to] = this.span;
        const middle = (from + to) / 2 + share * (to - from);
        const half = ((to - from) / 2) * factor;
        const span = [Math.max(0, middle - half), middle + half];
        this.zoom(span[0] <= Math.max(0, first) && span[1] >= last ? null : span);
    }

    mark() {
        const { selection, trace } = this;
        const marks = this.ruler.ends.map(({ time }) => ({ time, name: "ruler" }));
        const index = trace.indexOf(selection.segment ?? -1);
        if (index !== null) marks.push({ time: trace.store.elapsedAt(trace.position(index)), name: "chosen" });
        this.charts?.forEach((chart) => chart.mark(marks));
    }
}
