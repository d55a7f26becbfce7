// The keyboard: one table of keys, which both does and tells.

import { h, takesText } from "./dom.js";

/** Keys that press what has the focus, and what can be pressed. */
const pressing = ["Enter", " "];
const pressable = "button, a, summary, input, [role=button]";

/** `bindings`: `[{ keys: ["j", "ArrowDown"], meaning, action }]`. `?` shows them all in `dialog`. */
export function listenToKeys(bindings, dialog) {
    const all = [...bindings, { keys: ["?"], meaning: "Show these keys", action: () => dialog.showModal() }];
    dialog.querySelector("tbody").replaceChildren(...all.map(keyRow));
    document.addEventListener("keydown", (event) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (document.querySelector("dialog[open]")) return;
        if (event.key === "Escape" && takesText(event.target)) return void event.target.blur();
        if (takesText(event.target)) return;
        const binding = all.find(({ keys }) => keys.includes(event.key));
        if (!binding || (pressing.includes(event.key) && event.target.closest(pressable))) return;
        event.preventDefault();
        binding.action(event);
    });
}

function keyRow({ keys, meaning }) {
    const names = keys.flatMap((key) => [h("kbd", {}, nameOf(key)), " "]);
    return h("tr", {}, h("th", { scope: "row" }, names), h("td", {}, meaning));
}

function nameOf(key) {
    return { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", PageDown: "PgDn", PageUp: "PgUp", Escape: "Esc", " ": "Space" }[key] ?? key;
}
