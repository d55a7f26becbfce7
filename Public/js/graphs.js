// The graphs of the chosen connection, linked: one cursor, one span of time, one ruler for all of them.

import { Chart, shortTime } from "./chart.js";
import { h, setText } from "./dom.js";
import { grouped, octets } from "./format.js";
import { History } from "./history.js";
import { loadDygraphs } from "./library.js";
import { sackPlotter, segmentPlotter } from "./plotters.js";
import { sequenceSeries, throughputSeries } from "./series.js";

/** Least time between two drawings while segments keep coming, in milliseconds. */
const spacing = 400;

/** Draws `trace` and the connection's history. */
export class Graphs {
    constructor(element, { trace, feed, selection }) {
        Object.assign(this, { trace, feed, selection, element });
        this.place = element.querySelector(".graphs-place");
        this.history = new History(feed);
        this.isInbound = false;
        this.ruler = [];
        this.notice = h("div", { class: "empty" });
        this.told = h("p", { class: "ruler-told", role: "status" });
        this.side = this.sideSwitch();
        const reset = h("button", { type: "button", class: "quiet", on: { click: () => selection.set({ range: null }) } }, "All");
        this.rulerButton = h("button", { type: "button", class: "quiet", "aria-pressed": "false", title: "Measure between two clicks" }, "Ruler");
        this.rulerButton.addEventListener("click", () => this.toggleRuler());
        this.tools = h("div", { class: "tools", hidden: true }, this.side, h("span", { class: "zoom" }, reset, this.rulerButton), this.told);
        const label = "Graphs; plus and minus zoom, the arrow keys move, 0 shows everything";
        this.grid = h("div", { class: "charts", tabindex: "0", role: "group", "aria-label": label });
        this.grid.addEventListener("keydown", (event) => this.pressed(event));
        element.prepend(this.tools);
        this.place.append(this.notice, this.grid);
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
            if (detail.has("connection")) this.measure([]);
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
        const [sequence, times, windows, throughput] = this.charts;
        sequence.show(rows, span);
        times.show(known.map(([time, srtt, rto]) => [time, srtt, rto]), span);
        windows.show(known.map((row) => [row[0], ...row.slice(3)]), span);
        throughput.show(throughputSeries(trace), span);
        this.mark();
    }

    say(Dygraph, count) {
        const isReady = Dygraph !== null && count > 0;
        this.notice.hidden = isReady;
        this.grid.hidden = this.tools.hidden = !isReady;
        if (isReady) return;
        const words = Dygraph
            ? ["Nothing to draw yet.", "Choose a connection, or open one and send something: its course in time appears here."]
            : ["The graphs need dygraphs.", "Install it with: apt install libjs-dygraphs; elsewhere, start the service with --library dygraphs=DIR."];
        this.notice.replaceChildren(h("p", {}, h("strong", {}, words[0])), h("p", {}, words[1]));
    }

    build(Dygraph) {
        const barOf = (index) => this.bars[index];
        const line = (name, colour, more = {}) => ({ name, colour, ...more });
        const charts = [
            new Chart(Dygraph, {
                title: "Sequence numbers",
                format: (value) => grouped(Math.round(value)),
                series: [
                    line("Data", "handshake", { plotter: segmentPlotter(barOf) }),
                    line("Repeats", "repeat", { plotter: segmentPlotter(barOf) }),
                    line("Acknowledged", "data", { isStep: true }),
                    line("Window", "control", { isStep: true, isDashed: true }),
                    line("SACK", "finish", { plotter: sackPlotter(barOf) }),
                ],
            }),
            new Chart(Dygraph, {
                title: "Round-trip time and RTO",
                format: shortTime,
                isLogarithmic: true,
                series: [line("Smoothed RTT", "handshake", { isStep: true }), line("RTO", "repeat", { isStep: true, isDashed: true })],
            }),
            new Chart(Dygraph, {
                title: "Congestion window",
                format: (value) => octets(Math.round(value)),
                series: [
                    line("Window", "handshake", { isStep: true }),
                    line("Threshold", "finish", { isStep: true, isDashed: true }),
                    line("In flight", "data", { isStep: true }),
                    line("Peer's window", "control", { isStep: true, isDashed: true }),
                ],
            }),
            new Chart(Dygraph, {
                title: "Throughput",
                format: (value) => `${octets(Math.round(value))}/s`,
                series: [line("Sent", "handshake"), line("Received", "data")],
            }),
        ];
        for (const chart of charts) this.link(chart, charts);
        this.grid.replaceChildren(...charts.map(({ element }) => element));
        return charts;
    }

    link(chart, charts) {
        chart.addEventListener("point", ({ detail }) => {
            for (const other of charts) other.pointAt(detail);
        });
        chart.addEventListener("zoom", ({ detail }) => {
            this.selection.set({ range: detail === null ? null : detail.map((time) => Number(time.toPrecision(9))).join("~") });
            this.refresh(0);
        });
        chart.addEventListener("pick", ({ detail }) => {
            if (this.isMeasuring) return this.measure([...this.ruler.slice(-1), { ...detail, chart }].slice(-2));
            const number = chart === charts[0] ? this.bars[detail.index]?.number : null;
            if (number) this.selection.set({ segment: number });
        });
    }

    /** Zooms round the middle and moves, by keys. */
    pressed(event) {
        const factor = { "+": 0.5, "=": 0.5, "-": 2, ArrowLeft: 1, ArrowRight: 1, 0: Infinity }[event.key];
        if (!factor || !this.charts || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const [first, last] = this.charts[0].whole;
        const [from, to] = this.selection.span ?? [first, last];
        const move = ({ ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key] ?? 0) * (to - from);
        const half = ((to - from) / 2) * factor;
        const middle = (from + to) / 2 + move;
        const span = [Math.max(0, middle - half), middle + half];
        const isAll = span[0] <= first && span[1] >= last;
        this.selection.set({ range: isAll ? null : span.map((time) => Number(time.toPrecision(9))).join("~") });
    }

    toggleRuler() {
        this.isMeasuring = !this.isMeasuring;
        this.rulerButton.setAttribute("aria-pressed", this.isMeasuring);
        this.measure([]);
        setText(this.told, this.isMeasuring ? "Click at two places." : "");
    }

    /** The ruler's ends, as far as they are set. */
    measure(ends) {
        this.ruler = ends;
        if (ends.length === 2) {
            const [from, to] = ends;
            const height = from.chart === to.chart ? `, ${to.chart.title.toLowerCase()} ${to.chart.format(Math.abs(to.value - from.value))}` : "";
            setText(this.told, `Δ ${shortTime(Math.abs(to.time - from.time))}${height}`);
        }
        this.mark();
    }

    mark() {
        const { selection, trace } = this;
        const marks = this.ruler.map(({ time }) => ({ time, name: "ruler" }));
        const index = trace.indexOf(selection.segment ?? -1);
        if (index !== null) marks.push({ time: trace.store.elapsedAt(trace.position(index)), name: "chosen" });
        this.charts?.forEach((chart) => chart.mark(marks));
    }
}
