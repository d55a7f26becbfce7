// A small line: how a number went lately.

import { svg } from "./dom.js";

const size = { width: 64, height: 14 };

/** An empty line, to be filled by `drawSparkline`. */
export function makeSparkline() {
    const path = svg("path", { class: "stroke", "stroke-width": 1.2 });
    return svg("svg", { class: "sparkline", viewBox: `0 0 ${size.width} ${size.height}`, width: size.width, height: size.height, "aria-hidden": "true" }, path);
}

/** Draws values from the left to the right, the largest at the top. */
export function drawSparkline(element, values) {
    const key = values.length + ":" + values.at(-1);
    if (element.drawn === key) return;
    element.drawn = key;
    element.toggleAttribute("hidden", values.length < 2);
    const most = Math.max(...values);
    const step = size.width / Math.max(1, values.length - 1);
    const point = (value, index) => `${(index * step).toFixed(1)} ${(size.height - 1.5 - (value / most) * (size.height - 3)).toFixed(1)}`;
    element.firstChild.setAttribute("d", values.length < 2 ? "" : `M${values.map(point).join("L")}`);
}
