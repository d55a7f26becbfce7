// A number to drag, with what it is beside it.

import { h, setText } from "./dom.js";

/** `kind`: `{ label, min, max, step, unit }`; `name` is the attribute that it stands for. */
export function slider(name, { label, min, max, step, unit }, value, onInput = () => {}) {
    const output = h("output", {}, `${tidy(value)} ${unit}`.trim());
    const input = h("input", { type: "range", name, min, max, step, value, "data-pointer": `/attributes/${name}` });
    input.addEventListener("input", () => {
        setText(output, `${input.value} ${unit}`.trim());
        onInput(name, Number(input.value));
    });
    return h("label", { class: "slider" }, h("span", {}, label), input, output);
}

function tidy(value) {
    return Number(Number(value).toPrecision(4));
}
