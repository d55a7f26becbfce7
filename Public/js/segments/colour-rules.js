// Colour rules of the user's own: a filter expression beside the colour of the rows that it lets through.

import { h, setText } from "../elements/dom.js";
import { remember, remembered } from "../elements/memory.js";
import { Matcher } from "../log/matcher.js";
import { Problem } from "../service/api.js";

const key = "colours";
/** Colours are numbered; the stylesheet has their tokens. */
const names = ["Yellow", "Blue", "Green", "Pink"];

/** A dialog with one expression for each colour; where several let a row through, the first has it. */
export class ColourRules {
    constructor(store, table) {
        Object.assign(this, { store, table });
        this.matchers = names.map(() => null);
        this.coloured = names.map(() => []);
        this.rows = names.map((name, index) => this.row(name, index));
        this.dialog = h(
            "dialog",
            { "aria-labelledby": "colours-title" },
            h(
                "form",
                { method: "dialog" },
                h("h2", { id: "colours-title" }, "Colours"),
                h("p", { class: "hint" }, "A row gets the first colour whose filter lets it through."),
                h("div", { class: "rules" }, this.rows.map(({ element }) => element)),
                h("div", { class: "dialog-end" }, h("button", { class: "primary" }, "Close")),
            ),
        );
        document.body.append(this.dialog);
        (remembered(key) ?? []).forEach((expression, index) => this.apply(index, expression));
    }

    row(name, index) {
        const input = h("input", { type: "text", spellcheck: "false", placeholder: "cause==rto", "aria-label": `${name} where` });
        const message = h("span", { class: "field-error" });
        input.addEventListener("change", () => {
            this.apply(index, input.value.trim());
            remember(key, this.rows.map((row) => row.input.value.trim()));
        });
        const element = h("div", { class: "rule" }, h("span", { class: `rule-swatch rule-${index + 1}` }, name), input, message);
        return { element, input, message };
    }

    open() {
        this.dialog.showModal();
    }

    apply(index, expression) {
        const { input, message } = this.rows[index] ?? {};
        if (!input) return;
        input.value = expression;
        setText(message, "");
        input.removeAttribute("aria-invalid");
        this.matchers[index]?.stop();
        for (const number of this.coloured[index]) this.store.colour(number, 0);
        this.coloured[index] = [];
        this.matchers[index] = expression === "" ? null : this.follow(index, expression);
        this.table.refresh();
    }

    follow(index, expression) {
        const { input, message } = this.rows[index];
        const matcher = new Matcher(this.store, expression);
        let done = 0;
        let { generation } = matcher;
        matcher.addEventListener("change", () => {
            if (generation !== matcher.generation) done = 0;
            ({ generation } = matcher);
            for (; done < matcher.numbers.length; done += 1) this.colour(matcher.numbers[done], index);
            this.table.refresh();
        });
        matcher.addEventListener("fail", ({ detail }) => {
            if (!(detail instanceof Problem)) return;
            input.setAttribute("aria-invalid", "true");
            setText(message, detail.detail || detail.title);
        });
        return matcher;
    }

    colour(number, index) {
        const position = this.store.positionOf(number);
        if (position === null) return;
        const rule = this.store.ruleAt(position);
        if (rule > 0 && rule <= index + 1) return;
        this.store.colour(number, index + 1);
        this.coloured[index].push(number);
    }
}
