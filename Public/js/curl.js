// Any call as the line that does the same in a shell, with a button that copies it.

import { target } from "./api.js";
import { h, setText } from "./dom.js";

/** The shell line that makes this call against this page's service. */
export function curlLine(call) {
    const words = ["curl"];
    if (call.json !== undefined) words.push("--json", quoted(JSON.stringify(call.json)));
    else if (call.text !== undefined) words.push("-H", quoted(`Content-Type: ${call.type}`), "--data-binary", quoted(call.text));
    if (call.method !== impliedMethod(call)) words.push("-X", call.method);
    words.push(quoted(location.origin + target(call)));
    return words.join(" ");
}

/** The method that curl takes by itself. */
function impliedMethod({ json, text }) {
    return json === undefined && text === undefined ? "GET" : "POST";
}

/** A word as a POSIX shell takes it literally. */
export function quoted(word) {
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** One line of shell with its copy button. `show` follows what the user is about to do. */
export class CurlLine {
    constructor(label) {
        this.code = h("code", { class: "curl-text", tabindex: "0", "aria-label": `${label}, as a curl line` });
        this.button = h(
            "button",
            { type: "button", class: "copy", title: `Copy the curl line: ${label}`, on: { click: () => this.copy() } },
            "Copy",
        );
        const prompt = h("span", { class: "prompt", "aria-hidden": "true" }, "$");
        this.element = h("div", { class: "curl" }, prompt, this.code, this.button);
    }

    show(call) {
        this.line = curlLine(call);
        setText(this.code, this.line);
    }

    async copy() {
        const copied = await copyText(this.line);
        this.button.textContent = copied ? "Copied" : "Select it";
        if (!copied) getSelection().selectAllChildren(this.code);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => (this.button.textContent = "Copy"), 1500);
    }
}

/** Copies; false where the browser does not let us (a plain-HTTP page on another address than loopback). */
export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}
