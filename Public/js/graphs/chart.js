// One graph: dygraphs inside, and around it a heading, a legend of our own, a cursor and a ruler.

import { h, setText, svg } from "../elements/dom.js";
import { watchTouch } from "../elements/touch.js";

/** How many times as high a line beside the point may rise before the scale leaves it out. */
const tolerance = 1.6;

/**
 * A chart that others can be linked to. Dispatches `point` (detail: a time, or null) when the pointer moves, `zoom`
 * (detail: `[from, to]` or null) and `pick` (detail: `{ time, value, index }`) at a click.
 */
export class Chart extends EventTarget {
    /** `series`: `[{ name, colour, plotter, isStep, isDashed, isAside }]`; `format(value)` writes a value of its axis. */
    constructor(Dygraph, { title, series, format, isLogarithmic = false }) {
        super();
        Object.assign(this, { Dygraph, series, format, title, isLogarithmic });
        this.values = series.map(() => h("span", { class: "legend-value" }));
        const item = ({ name, colour, isDashed }, index) => h("li", {}, swatch(colour, isDashed), name, " ", this.values[index]);
        this.legend = h("ul", { class: "chart-legend", "aria-label": `${title}: what its lines are` }, series.map(item));
        this.place = h("div", { class: "chart-place" });
        this.cursor = h("div", { class: "chart-cursor", hidden: true });
        this.marks = h("div", { class: "chart-marks" });
        const label = `${title}; drag to zoom, double-click to see all`;
        this.box = h("div", { class: "chart-box", role: "img", "aria-label": label }, this.place, this.cursor, this.marks);
        this.element = h("section", { class: "chart" }, h("header", {}, h("h3", {}, title), this.legend), this.box);
        this.rows = [];
        watchTouch(this.box, { shown: () => this.shown, onSpan: ([from, to]) => this.zoomed(from, to) });
    }

    /** The span of time that is shown, and where on the screen. */
    get shown() {
        const { x, w } = this.graph.getArea();
        // Drawing comes later than fingers.
        return { span: this.asked ?? this.graph.xAxisRange(), left: this.place.getBoundingClientRect().left + x, width: w };
    }

    /** Shows rows `[time, …values]`; `whole` is all of the time that the linked graphs have, `span` its zoomed part, null for all. */
    show(rows, whole, span) {
        Object.assign(this, { rows, whole });
        this.element.classList.toggle("bare", rows.length === 0);
        if (rows.length === 0 || this.place.clientWidth === 0) return;
        const dateWindow = (this.dateWindow = span ?? whole);
        this.isShowing = true;
        this.asked = null;
        const valueRange = this.rangeOf(rows);
        if (this.graph) this.graph.updateOptions({ file: rows, dateWindow, ...(valueRange ? { valueRange } : {}) });
        else this.graph = new this.Dygraph(this.place, rows, { ...this.options(dateWindow), valueRange });
        this.isShowing = false;
        this.drawMarks();
    }

    /** From 0 to a little above the series that count for the scale, where another one would dwarf them; else null. */
    rangeOf(rows) {
        const top = (wanted) => Math.max(0, ...rows.map((row) => Math.max(...this.series.map((one, index) => (wanted(one) ? (row[index + 1] ?? 0) : 0)))));
        const main = top(({ isAside }) => !isAside);
        return main > 0 && top(({ isAside }) => isAside) > main * tolerance ? [0, main * 1.25] : null;
    }

    options(dateWindow) {
        const colour = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`).trim();
        const bySeries = ({ name, plotter, isStep, isDashed }) => [
            name,
            { ...(plotter ? { plotter } : {}), stepPlot: Boolean(isStep), ...(isDashed ? { strokePattern: [5, 4] } : {}) },
        ];
        return {
            labels: ["Time", ...this.series.map(({ name }) => name)],
            colors: this.series.map((one) => colour(one.colour)),
            series: Object.fromEntries(this.series.map(bySeries)),
            dateWindow,
            connectSeparatedPoints: true,
            logscale: this.isLogarithmic,
            axisLineColor: colour("line-strong"),
            gridLineColor: colour("line"),
            axisLabelFontSize: 11,
            strokeWidth: 1.6,
            highlightCircleSize: 3,
            yRangePad: 6,
            axes: {
                x: { axisLabelFormatter: (time) => shortTime(time), pixelsPerLabel: 84, axisLabelWidth: 76 },
                y: { axisLabelFormatter: (value) => this.format(value), axisLabelWidth: 66, includeZero: !this.isLogarithmic },
            },
            highlightCallback: (_, time) => this.dispatchEvent(new CustomEvent("point", { detail: time })),
            unhighlightCallback: () => this.dispatchEvent(new CustomEvent("point", { detail: null })),
            zoomCallback: (from, to) => this.zoomed(from, to),
            clickCallback: (event, time) => this.clicked(event, time),
            drawCallback: () => this.drawn(),
            interactionModel: this.interactions,
        };
    }

    /** The library's own ways with a mouse; its ways with fingers tell nobody, so that they are ours. */
    get interactions() {
        const { touchstart, touchmove, touchend, ...model } = this.Dygraph.defaultInteractionModel;
        return model;
    }

    /** After a drawing: where the user has moved the time, with Shift and the mouse, the others follow. */
    drawn() {
        this.drawMarks();
        if (this.isShowing || !this.graph) return;
        const [from, to] = this.graph.xAxisRange();
        const isMoved = Math.abs(from - this.dateWindow[0]) + Math.abs(to - this.dateWindow[1]) > (to - from) * 1e-6;
        if (isMoved) this.zoomed(from, to);
    }

    zoomed(from, to) {
        if (this.isShowing) return;
        this.asked = [from, to];
        const [first, last] = this.whole;
        const isAll = from <= Math.max(0, first) && to >= last;
        this.dispatchEvent(new CustomEvent("zoom", { detail: isAll ? null : [Math.max(0, from), to] }));
    }

    clicked(event, time) {
        const box = this.place.getBoundingClientRect();
        const value = this.graph.toDataYCoord(event.clientY - box.top);
        this.dispatchEvent(new CustomEvent("pick", { detail: { time, value, index: this.nearest(time) } }));
    }

    /** What a click there would pick: a time, and the first series' value at it. */
    placeAt(time) {
        const index = this.nearest(time);
        return { time, index, value: this.valueNear(index, 1) ?? 0, chart: this };
    }

    /** The row whose time is nearest. */
    nearest(time) {
        let low = 0;
        let high = this.rows.length - 1;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.rows[middle][0] < time) low = middle + 1;
            else high = middle;
        }
        return low > 0 && time - this.rows[low - 1][0] < this.rows[low][0] - time ? low - 1 : low;
    }

    /** Puts the cursor at a time, and the values there into the legend; null takes it away. */
    pointAt(time) {
        const left = time === null || !this.graph ? null : this.leftOf(time);
        this.cursor.hidden = left === null;
        if (this.cursor.hidden) return this.values.forEach((value) => setText(value, ""));
        this.cursor.style.transform = `translateX(${left}px)`;
        const index = this.nearest(time);
        this.values.forEach((element, place) => {
            const value = this.valueNear(index, place + 1);
            setText(element, value === null ? "" : this.format(value));
        });
    }

    /** A series' value at a row, or the last one before it. */
    valueNear(index, column) {
        for (let row = index; row >= Math.max(0, index - 200); row -= 1) {
            const value = this.rows[row]?.[column];
            if (value !== null && value !== undefined && !Number.isNaN(value)) return value;
        }
        return null;
    }

    /** Where a time is, in pixels from the left; null where it is not in sight. */
    leftOf(time) {
        const { x, w } = this.graph.getArea();
        const left = this.graph.toDomXCoord(time);
        return left < x || left > x + w ? null : left;
    }

    /** Vertical marks, `[{ time, name }]`: the moment that is replayed, the ends of the ruler. */
    mark(marks) {
        this.wanted = marks;
        this.drawMarks();
    }

    drawMarks() {
        if (!this.graph || !this.wanted) return;
        const element = ({ time, name }) => {
            const left = this.leftOf(time);
            if (left === null) return null;
            const line = h("div", { class: `chart-mark ${name}` });
            line.style.transform = `translateX(${left}px)`;
            return line;
        };
        this.marks.replaceChildren(...this.wanted.map(element).filter(Boolean));
    }

    resize() {
        if (this.place.clientWidth > 0) this.graph?.resize();
    }

    destroy() {
        this.graph?.destroy();
        this.graph = null;
    }
}

function swatch(colour, isDashed) {
    const picture = svg("svg", { class: `legend-line ink-${colour}`, viewBox: "0 0 16 6", width: 16, height: 6, "aria-hidden": "true" });
    picture.append(svg("path", { class: "stroke", d: "M0 3H16", "stroke-width": 3, "stroke-dasharray": isDashed ? "4 2" : null }));
    return picture;
}

/** A time on the axis: `1.5 s`, `250 ms`, `31 µs`. */
export function shortTime(seconds) {
    const size = Math.abs(seconds);
    if (size === 0) return "0";
    if (size >= 1) return `${Number(seconds.toFixed(3))} s`;
    if (size >= 1e-3) return `${Number((seconds * 1e3).toFixed(2))} ms`;
    return `${Number((seconds * 1e6).toFixed(1))} µs`;
}
