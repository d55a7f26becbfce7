// Measuring in the graphs: the time between two places, and the height where both are in the same graph.

import { h, setText } from "../elements/dom.js";
import { shortTime } from "./chart.js";

/** Places are `{ time, value, chart }`; `onChange` is called when one was put or taken away. */
export class Ruler {
    ends = [];
    isMeasuring = false;

    constructor(onChange) {
        this.onChange = onChange;
        this.told = h("p", { class: "ruler-told", role: "status" });
        const title = "Measure between two clicks, or with Enter between two places of the cursor";
        this.button = h("button", { type: "button", class: "quiet ruler", "aria-pressed": "false", title, on: { click: () => this.toggle() } }, "Ruler");
    }

    toggle() {
        this.isMeasuring = !this.isMeasuring;
        this.button.setAttribute("aria-pressed", this.isMeasuring);
        this.clear();
        setText(this.told, this.isMeasuring ? "Click at two places." : "");
    }

    clear() {
        this.ends = [];
        this.onChange();
    }

    /** Puts the next end; a third place begins with the second one. */
    put(place) {
        this.ends = [...this.ends.slice(-1), place];
        if (this.ends.length === 2) setText(this.told, this.words);
        this.onChange();
    }

    get words() {
        const [from, to] = this.ends;
        const height = from.chart === to.chart ? `, ${to.chart.title.toLowerCase()} ${to.chart.format(Math.abs(to.value - from.value))}` : "";
        return `Δ ${shortTime(Math.abs(to.time - from.time))}${height}`;
    }
}
