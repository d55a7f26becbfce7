// Forms as they are described: controls with their labels, in groups, and the request that they stand for. A control's name
// is its member's, with dots between levels (`keepAlive.idle`); a query's parameter begins with `?`.

import { h } from "../elements/dom.js";
import { payloadOf } from "./api.js";

const wholeNumber = /^\d+$/;

/** A control below its label. */
export function field(label, control, hint = "") {
    return h("label", { class: "field" }, h("span", {}, label, hint === "" ? "" : h("small", {}, ` ${hint}`)), control);
}

/** A field to type into: text that is sent as it is. */
export function textField(name, label, placeholder = "", hint = "") {
    return field(label, textInput(name, placeholder, "text"), hint);
}

/** A field for a whole number. What is none is sent as it stands: the service knows what is wrong with it, and says so. */
export function numberField(name, label, placeholder = "", hint = "") {
    return field(label, textInput(name, placeholder, "number"), hint);
}

/** A field for a time such as `30s`; `none` takes it away. */
export function durationField(name, label, placeholder = "", hint = "") {
    return field(label, textInput(name, placeholder, "duration"), hint);
}

function textInput(name, placeholder, type) {
    const mode = type === "number" ? "numeric" : null;
    return h("input", { name, placeholder, "data-type": type, inputmode: mode, spellcheck: "false", autocapitalize: "off" });
}

/** One of several words, the first of which leaves the member out: `[["", "default"], "cubic"]`. */
export function choiceField(name, label, words, { hint = "", type = "text" } = {}) {
    const options = words.map((word) => (Array.isArray(word) ? h("option", { value: word[0] }, word[1]) : h("option", {}, word)));
    return field(label, h("select", { name, "data-type": type }, options), hint);
}

/** A box to tick; the member is there where it is not as it was. `isGroup`: what stands for it is an object, `{}` or more. */
export function toggle(name, label, isOn = false, isGroup = false) {
    const type = isGroup ? "group" : "boolean";
    return h("span", { class: "field toggle" }, h("label", {}, h("input", { type: "checkbox", name, checked: isOn, "data-type": type }), ` ${label}`));
}

/** Octets in one of the three ways of the contract. */
export function payloadField(name, label, hint = "") {
    const ways = h("select", { class: "payload-as", "aria-label": `${label} as` }, ["text", "hex", "base64"].map((way) => h("option", {}, way)));
    const octets = h("textarea", { name, rows: "1", "data-type": "payload", "aria-label": label, spellcheck: "false", autocapitalize: "off" });
    return h("div", { class: "field wide" }, h("span", {}, label, " ", h("small", {}, hint)), h("span", { class: "payload" }, octets, ways));
}

/** Fields under a heading. */
export function group(title, ...fields) {
    return h("fieldset", { class: "group" }, h("legend", {}, title), h("div", { class: "fields-grid" }, fields));
}

/** Gives the boxes to tick in `root` names of their own, where another form of the page has the same ones. */
export function renameToggles(root, prefix) {
    for (const control of root.querySelectorAll("[type=checkbox]")) {
        control.dataset.path = control.name;
        control.dataset.pointer = `/${control.name}`;
        control.name = prefix + control.name;
    }
}

/** What the controls within `root` stand for: `{ body, query }`, with only what is not as it was drawn. */
export function requestOf(root) {
    const request = { body: {}, query: {} };
    for (const control of root.querySelectorAll("[data-type]")) {
        if (control.disabled || !isChanged(control)) continue;
        const path = control.dataset.path ?? control.name;
        if (path.startsWith("?")) request.query[path.slice(1)] = valueOf(control);
        else put(request.body, path.split("."), valueOf(control));
    }
    return request;
}

function isChanged(control) {
    if (control.type === "checkbox") return control.checked !== control.defaultChecked;
    return control.value.trim() !== "";
}

function valueOf(control) {
    const text = control.value.trim();
    switch (control.dataset.type) {
        case "boolean":
            return control.checked;
        case "bit":
            return Number(control.checked);
        case "group":
            return control.checked ? {} : null;
        case "number":
            return text === "none" ? null : wholeNumber.test(text) ? Number(text) : text;
        case "payload":
            return payloadOf(control.closest(".payload").querySelector(".payload-as").value, control.value);
        case "duration":
            return text === "none" ? null : text;
        default:
            return text;
    }
}

/** Puts a value where its path leads, and makes what is missing on the way. */
function put(body, path, value) {
    const last = path.at(-1);
    const place = path.slice(0, -1).reduce((outer, step, index) => {
        outer[step] ??= wholeNumber.test(path[index + 1]) ? [] : {};
        return outer[step];
    }, body);
    place[last] = value;
}
