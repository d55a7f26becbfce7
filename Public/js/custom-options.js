// TCP options of the user's own: registered at run time, from then on encoded, decoded and shown by name.

import { calls } from "./api.js";
import { CurlLine } from "./curl.js";
import { h } from "./dom.js";
import { ResourceList } from "./resource.js";

/** Field types as they are offered, and kinds that RFC 4727 and RFC 6994 leave to experiments. */
const fieldTypes = ["u8", "u16", "u32", "u64", "bytes", "text"];
const experimental = ["253", "254"];

/** The lab's third part. */
export class CustomOptions {
    constructor() {
        this.curl = new CurlLine("register this option");
        this.list = new ResourceList({
            call: calls.options(),
            member: "options",
            empty: ["No option registered.", "Register one: it is then attached to segments as you say, and decoded wherever it comes in."],
            draw: (items) => items.map((item) => this.item(item)),
        });
        this.fields = h("div", { class: "option-fields" });
        this.form = this.makeForm();
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        this.addField("delayMs");
        this.changed();
    }

    refresh() {
        return this.list.refresh();
    }

    makeForm() {
        const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
        const option = (value) => h("option", {}, value);
        const more = h("button", { type: "button", class: "quiet", on: { click: () => (this.addField(""), this.changed()) } }, "Add a field");
        const form = h(
            "form",
            { class: "lab-form", autocomplete: "off", novalidate: true },
            h(
                "div",
                { class: "fields-grid" },
                field("Name", h("input", { name: "name", value: "delay", spellcheck: "false" })),
                field("Kind", h("select", { name: "kind" }, experimental.map(option))),
                field("ExID", h("input", { name: "exid", value: "0xBEEF", spellcheck: "false" })),
                field("Attach to", h("select", { name: "attach" }, ["syn", "data", "every", "never"].map(option))),
            ),
            this.fields,
            more,
            h("div", { class: "action" }, h("button", { type: "submit", class: "primary" }, "Register"), this.curl.element),
        );
        form.addEventListener("input", () => this.changed());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.list.change(calls.putOption(this.name, this.request));
        });
        this.form = form;
        return form;
    }

    addField(name) {
        const input = h("input", { "aria-label": "Field's name", placeholder: "field", value: name, spellcheck: "false" });
        const type = h("select", { "aria-label": "Field's type" }, fieldTypes.map((word) => h("option", { selected: word === "u16" }, word)));
        const value = h("input", { "aria-label": "Field's value", placeholder: "value", spellcheck: "false" });
        const remove = h("button", { type: "button", class: "quiet", "aria-label": "Remove the field" }, "×");
        const row = h("div", { class: "option-field" }, input, type, value, remove);
        remove.addEventListener("click", () => {
            row.remove();
            this.changed();
        });
        this.fields.append(row);
    }

    get name() {
        return this.form.elements.name.value.trim() || "option";
    }

    get request() {
        const { kind, exid, attach } = this.form.elements;
        const fields = [...this.fields.children]
            .map(({ children: [name, type, value] }) => fieldOf(name.value.trim(), type.value, value.value.trim()))
            .filter(({ name }) => name !== "");
        const request = { kind: Number(kind.value), fields, attach: attach.value };
        if (exid.value.trim() !== "") request.exid = exid.value.trim();
        return request;
    }

    changed() {
        this.curl.show(calls.putOption(this.name, this.request));
    }

    item({ name, kind, exid, fields = [], attach }) {
        const remove = h("button", { type: "button", class: "quiet", on: { click: () => this.list.change(calls.removeOption(name)) } }, "Remove");
        const what = [`kind ${kind}`, exid && `ExID ${exid}`, `attached to ${attach ?? "none"}`].filter(Boolean).join(", ");
        return h(
            "section",
            { class: "card", "data-name": name },
            h("header", {}, h("h4", {}, name), h("span", { class: "hint" }, what), remove),
            h("p", { class: "hint" }, fields.map((field) => `${field.name}: ${field.type}`).join(", ")),
        );
    }
}

/** A field as the service takes it; without a value it is zero, or empty. */
function fieldOf(name, type, value) {
    if (value === "") return { name, type };
    return { name, type, value: type.startsWith("u") && Number.isFinite(Number(value)) ? Number(value) : value };
}
