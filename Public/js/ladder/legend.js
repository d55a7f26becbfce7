// The signs of the ladder in words.

import { h, svg } from "../elements/dom.js";

/** What the signs of the picture mean. */
export function ladderLegend() {
    const sign = (ink, path, words, dash = null) => {
        const picture = svg("svg", { class: `ink-${ink}`, viewBox: "0 0 28 12", width: 28, height: 12, "aria-hidden": "true" });
        picture.append(svg("path", { class: "stroke", d: path, "stroke-width": 1.8, "stroke-dasharray": dash }));
        return h("li", {}, picture, words);
    };
    const cross = (x) => `M${x - 4} 2L${x + 4} 10M${x + 4} 2L${x - 4} 10`;
    const dotted = sign("lab", "M1 6H27", "delayed, damaged, copied");
    dotted.firstChild.append(svg("circle", { class: "fill", cx: 14, cy: 6, r: 4 }));
    return h(
        "ul",
        { class: "ladder-legend legend", "aria-label": "Signs" },
        sign("alarm", `M1 6H20${cross(22)}`, "lost"),
        sign("muted", "M1 6H22", "the peer's, missing so far", "6 4"),
        sign("lab", `M1 6H12${cross(14)}`, "dropped by an impairment"),
        dotted,
        sign("repeat", "M1 6H27", "repetition", "6 4"),
    );
}
