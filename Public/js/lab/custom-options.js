// TCP options of the user's own: registered at run time, from then on encoded, decoded and shown by name.

import { h } from "../elements/dom.js";
import { calls } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { field } from "../service/form.js";
import { card, ListPart } from "./list-part.js";

const fieldTypes = ["u8", "u16", "u32", "u64", "bytes", "text", "u16[3]", "u8[]"];
/** What a field holds: the rule, and what its value means by it. */
const rules = { constant: "value", counter: "begins at", echo: "", timestamp: "tick, 1ms" };
const carriers = [["syn", "SYNs"], ["data", "data"], ["every", "all but RST"], ["never", "none"]];

/** A part of the lab. */
export class CustomOptions extends ListPart {
    constructor() {
        super({
            call: calls.options(),
            member: "options",
            empty: ["No option registered.", "Register one: connections that open from then on attach it as you say, and the log speaks its name wherever it comes."],
        });
        this.fields = h("div", { class: "option-fields" });
        this.addField("delayMs");
        const input = (name, value, traits = {}) => h("input", { name, value, spellcheck: "false", autocomplete: "off", ...traits });
        const attach = h("select", { name: "attach" }, carriers.map(([value, label]) => h("option", { value, selected: value === "data" }, label)));
        this.furnish(
            { label: "Register" },
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
            h("button", { type: "button", class: "quiet", on: { click: () => (this.addField(""), this.form.curl.update()) } }, "Add a field"),
        );
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
            this.form.curl.update();
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
        const { name, kind, exid, attach } = this.form.element.elements;
        const fields = [...this.fields.children].map(fieldOf).filter((one) => one.name !== "");
        const option = { kind: numberOrText(kind.value), fields, attach: attach.value };
        if (exid.value.trim() !== "") option.exid = exid.value.trim();
        return calls.putOption(name.value.trim() || "option", option);
    }

    item({ name, kind, exid, fields = [], attach }) {
        const curl = new CurlLine();
        const remove = this.removeButton(curl, "Remove", () => calls.removeOption(name));
        curl.update();
        const what = [`kind ${kind}`, exid && `ExID ${exid}`, `carried by ${attach ?? "none"}`].filter(Boolean).join(" · ");
        const words = fields.map((one) => `${one.name}: ${one.type}${one.rule && one.rule !== "constant" ? ` ${one.rule}` : ""}`).join(", ");
        return card({ id: name, what, actions: remove, curl }, h("p", { class: "hint" }, words || "no fields"));
    }
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
