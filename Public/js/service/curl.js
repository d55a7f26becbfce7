// Any call as the line that does the same in a shell, with a button that copies it.

import { h, setText } from "../elements/dom.js";
import { target } from "./api.js";

/** True where the service wants a token: a shell has no session, and sends it with each call. */
let isTokenWanted = false;

/** Puts the token's place into every line from now on; the token itself the page does not have. */
export function wantToken() {
    isTokenWanted = true;
}

/** The shell line that makes this call against this page's service. */
function curlLine(call) {
    const words = ["curl"];
    if (call.json !== undefined) words.push("--json", quoted(JSON.stringify(call.json)));
    else if (call.text !== undefined) words.push("-H", quoted(`Content-Type: ${call.type}`), "--data-binary", quoted(call.text));
    else if (call.file !== undefined) words.push("-H", quoted(`Content-Type: ${call.type}`), "--data-binary", quoted(`@${call.file}`));
    if (call.method !== impliedMethod(call)) words.push("-X", call.method);
    // Double quotes, so that the shell puts in its own variable.
    if (isTokenWanted && !call.isOpen) words.push("-H", '"Authorization: Bearer $TOKEN"');
    if (call.isSaved) words.push("-O");
    words.push(quoted(location.origin + target(call)));
    return words.join(" ");
}

/** The method that curl takes by itself. */
function impliedMethod({ json, text, file }) {
    return [json, text, file].every((body) => body === undefined) ? "GET" : "POST";
}

/** A word as a POSIX shell takes it literally. */
function quoted(word) {
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * One line of shell with its copy button. It follows what the user is about to do: several controls may share it, and it is
 * that of the one which was pointed at, focused or used last.
 */
export class CurlLine {
    constructor() {
        this.code = h("code", { class: "curl-text", tabindex: "0" });
        this.button = h("button", { type: "button", class: "copy", on: { click: () => this.copy() } }, "Copy");
        this.prompt = h("span", { class: "prompt", "aria-hidden": "true" }, "$");
        this.element = h("div", { class: "curl" }, this.prompt, this.code, this.button);
        this.count = 0;
    }

    /**
     * Is the line of `control` as well, whose action is called `label` and makes `call()`. Without a control it is the line
     * of what the panel has asked for by itself. Answers the control.
     */
    follow(control, label, call) {
        const action = { label, call };
        this.count += 1;
        for (const event of ["pointerenter", "focusin", "input"]) control?.addEventListener(event, () => this.turnTo(action));
        this.current ??= action;
        return control;
    }

    turnTo(action) {
        this.current = action;
        this.update();
    }

    /** Writes the line anew: what its call is made of may have changed. */
    update() {
        const { label, call } = this.current;
        this.line = curlLine(call());
        setText(this.code, this.line);
        setText(this.prompt, this.count > 1 ? `${label} $` : "$");
        this.code.setAttribute("aria-label", `${label}, as a curl line`);
        this.button.title = `Copy the curl line: ${label}`;
    }

    async copy() {
        const copied = await copyText(this.line);
        this.button.textContent = copied ? "Copied" : "Select it";
        if (!copied) getSelection().selectAllChildren(this.code);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => (this.button.textContent = "Copy"), 1500);
    }
}

/** A button that makes a call. What `act` is given is the very call that the line shows. */
export function callButton(line, { label, title, look, call, act }) {
    const button = h("button", { type: "button", class: look, title, on: { click: () => act(call()) } }, label);
    return line.follow(button, title ?? label, call);
}

/** Copies; false where the browser does not let us (a plain-HTTP page on another address than loopback). */
async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}
