// TCP options of the user's own: registered at run time, from then on encoded, decoded and shown by name.

import { h } from "../elements/dom.js";
import { calls, perform } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { field } from "../service/form.js";
import { ResourceList } from "../service/resource.js";

const fieldTypes = ["u8", "u16", "u32", "u64", "bytes", "text", "u16[3]", "u8[]"];
/** What a field holds: the rule, and what its value means by it. */
const rules = { constant: "value", counter: "begins at", echo: "", timestamp: "tick, 1ms" };
const carriers = [["syn", "SYNs"], ["data", "data"], ["every", "all but RST"], ["never", "none"]];

/** A part of the lab. */
export class CustomOptions {
    constructor() {
        this.list = new ResourceList({
            call: calls.options(),
            member: "options",
            empty: ["No option registered.", "Register one: connections that open from then on attach it as you say, and the log speaks its name wherever it comes."],
            draw: (items) => items.map(optionCard(this)),
        });
        this.fields = h("div", { class: "option-fields" });
        this.curl = new CurlLine();
        this.form = this.makeForm();
        this.errors = new FieldErrors(this.form);
        this.form.append(this.errors.element);
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        this.addField("delayMs");
        this.curl.update();
    }

    refresh() {
        return this.list.refresh();
    }

    makeForm() {
        const input = (name, value, traits = {}) => h("input", { name, value, spellcheck: "false", autocomplete: "off", ...traits });
        const more = h("button", { type: "button", class: "quiet", on: { click: () => (this.addField(""), this.curl.update()) } }, "Add a field");
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Register"), "Register", () => this.call);
        const attach = h("select", { name: "attach" }, carriers.map(([value, label]) => h("option", { value, selected: value === "data" }, label)));
        const form = h(
            "form",
            { class: "lab-form", autocomplete: "off", novalidate: true },
            h(
                "div",
                { class: "fields-grid" },
                field("Name", input("name", "delay")),
                field("Kind", input("kind", "253", { inputmode: "numeric", list: "option-kinds" }), "253, 254"),
                field("ExID", input("exid", "0xBEEF"), "RFC 6994"),
                field("Carried by", attach),
            ),
            h("datalist", { id: "option-kinds" }, ["253", "254"].map((value) => h("option", { value }))),
            h("datalist", { id: "option-types" }, fieldTypes.map((value) => h("option", { value }))),
            h("h3", {}, "Fields"),
            this.fields,
            more,
            h("div", { class: "action" }, submit, this.curl.element),
        );
        form.addEventListener("input", () => this.curl.update());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.register();
        });
        return form;
    }

    addField(name) {
        const part = (member, label, traits) => h("input", { "data-member": member, "aria-label": label, spellcheck: "false", autocomplete: "off", ...traits });
        const rule = h("select", { "data-member": "rule", "aria-label": "Where the field's value comes from" }, Object.keys(rules).map((word) => h("option", {}, word)));
        const value = part("value", "Field's value", { placeholder: rules.constant });
        rule.addEventListener("change", () => (value.placeholder = rules[rule.value]));
        const remove = h("button", { type: "button", class: "quiet", "aria-label": "Remove the field" }, "×");
        const row = h(
            "div",
            { class: "option-field" },
            part("name", "Field's name", { placeholder: "field", value: name }),
            part("type", "Field's type", { list: "option-types", value: "u16" }),
            rule,
            value,
            part("length", "Field's length in octets, of bytes and text", { placeholder: "octets", inputmode: "numeric" }),
            remove,
        );
        remove.addEventListener("click", () => {
            row.remove();
            this.number();
            this.curl.update();
        });
        this.fields.append(row);
        this.number();
    }

    /** Gives the fields' controls the names of their members, by which refusals find them. */
    number() {
        [...this.fields.children].forEach((row, index) => {
            for (const control of row.querySelectorAll("[data-member]")) control.name = `fields.${index}.${control.dataset.member}`;
        });
    }

    get call() {
        const { name, kind, exid, attach } = this.form.elements;
        const fields = [...this.fields.children].map(fieldOf).filter((one) => one.name !== "");
        const option = { kind: numberOrText(kind.value), fields, attach: attach.value };
        if (exid.value.trim() !== "") option.exid = exid.value.trim();
        return calls.putOption(name.value.trim() || "option", option);
    }

    register() {
        return this.errors.guard(async () => {
            await perform(this.call);
            await this.list.refresh();
        });
    }
}

/** What draws a registered option, with what can be done with it. */
function optionCard({ list }) {
    return ({ name, kind, exid, fields = [], attach }) => {
        const curl = new CurlLine();
        const remove = callButton(curl, { label: "Remove", look: "quiet", call: () => calls.removeOption(name), act: (call) => list.change(call) });
        curl.update();
        const what = [`kind ${kind}`, exid && `ExID ${exid}`, `carried by ${attach ?? "none"}`].filter(Boolean).join(" · ");
        const words = fields.map((one) => `${one.name}: ${one.type}${one.rule && one.rule !== "constant" ? ` ${one.rule}` : ""}`).join(", ");
        return h(
            "section",
            { class: "card", "data-name": name },
            h("header", {}, h("h4", {}, name), h("span", { class: "hint" }, what), remove),
            h("p", { class: "hint" }, words || "no fields"),
            curl.element,
        );
    };
}

/** A row's field as the service takes it; what is empty is left out. */
function fieldOf(row) {
    const member = (name) => row.querySelector(`[data-member=${name}]`).value.trim();
    const one = { name: member("name"), type: member("type") };
    if (member("rule") !== "constant") one.rule = member("rule");
    if (member("length") !== "") one.length = numberOrText(member("length"));
    if (member("value") !== "") one[one.rule === "timestamp" ? "tick" : "value"] = one.type.startsWith("u") ? numberOrText(member("value")) : member("value");
    return one;
}

/** What is no number is sent as it stands. */
function numberOrText(text) {
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
