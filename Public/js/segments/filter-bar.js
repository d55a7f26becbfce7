// The filter bar: an expression in the service's language, completed while it is typed, and its mistakes marked by a caret.

import { h, setText } from "../elements/dom.js";
import { calls, perform, Problem } from "../service/api.js";
import { completionsAt } from "./filter-words.js";

/** Pause in typing, in milliseconds, after which an expression is checked. */
const pause = 300;

/** Dispatches `apply` with an expression that the service understands; an empty one lifts the filter. */
export class FilterBar extends EventTarget {
    constructor() {
        super();
        this.input = h("input", {
            id: "filter",
            type: "text",
            role: "combobox",
            "aria-label": "Filter",
            "aria-autocomplete": "list",
            "aria-expanded": "false",
            "aria-controls": "filter-list",
            autocomplete: "off",
            spellcheck: "false",
            placeholder: "Filter: tcp.flags.syn==1 && tcp.len>0",
        });
        this.list = h("ul", { id: "filter-list", class: "completions", role: "listbox", "aria-label": "Completions", hidden: true });
        this.error = h("div", { class: "filter-error", role: "alert", hidden: true });
        this.clearButton = h("button", { type: "button", class: "quiet", "aria-label": "Lift the filter", hidden: true }, "×");
        this.element = h("div", { class: "filter" }, this.input, this.clearButton, this.list, this.error);
        this.applied = "";
        this.suggestions = [];
        this.active = -1;
        this.listen();
    }

    listen() {
        this.input.addEventListener("input", () => this.typed());
        this.input.addEventListener("click", () => this.suggest());
        this.input.addEventListener("keydown", (event) => this.pressed(event));
        this.input.addEventListener("blur", () => this.hideList());
        this.clearButton.addEventListener("click", () => this.show(""));
        // On pointerdown: a click would come after the blur that hides the list.
        this.list.addEventListener("pointerdown", (event) => {
            event.preventDefault();
            const index = [...this.list.children].indexOf(event.target.closest("li"));
            if (index >= 0) this.take(index);
        });
    }

    /** Puts an expression into the bar and applies it. */
    show(expression) {
        this.input.value = expression;
        return this.check();
    }

    typed() {
        this.suggest();
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.check(), pause);
    }

    pressed(event) {
        const isOpen = !this.list.hidden;
        const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (move && isOpen) this.mark((this.active + move + this.suggestions.length) % this.suggestions.length);
        else if (move) this.suggest();
        else if ((event.key === "Enter" || event.key === "Tab") && isOpen && this.active >= 0) this.take(this.active);
        else if (event.key === "Enter") this.check();
        else if (event.key === "Escape" && isOpen) this.hideList();
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    suggest() {
        const { start, suggestions } = completionsAt(this.input.value, this.input.selectionStart);
        Object.assign(this, { start, suggestions });
        this.list.replaceChildren(
            ...suggestions.map(({ name, meaning }, index) =>
                h("li", { role: "option", id: `completion-${index}` }, h("code", {}, name), h("span", {}, meaning)),
            ),
        );
        this.list.hidden = suggestions.length === 0;
        this.input.setAttribute("aria-expanded", !this.list.hidden);
        this.mark(-1);
    }

    mark(index) {
        this.active = index;
        [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", place === index));
        if (index < 0) return this.input.removeAttribute("aria-activedescendant");
        this.input.setAttribute("aria-activedescendant", `completion-${index}`);
    }

    take(index) {
        const { input, start } = this;
        const { name } = this.suggestions[index];
        input.setRangeText(name, start, input.selectionStart, "end");
        this.typed();
    }

    hideList() {
        this.list.hidden = true;
        this.input.setAttribute("aria-expanded", "false");
    }

    /** Asks the service what it thinks of the expression; a good one is applied. */
    async check() {
        clearTimeout(this.timer);
        const expression = this.input.value.trim();
        this.clearButton.hidden = expression === "";
        this.checking?.abort();
        this.checking = new AbortController();
        try {
            if (expression !== "") {
                const call = calls.segments({ filter: expression, limit: 1 });
                await perform(call, { signal: this.checking.signal });
            }
            this.fail(null);
            if (expression === this.applied) return;
            this.applied = expression;
            this.dispatchEvent(new CustomEvent("apply", { detail: expression }));
        } catch (error) {
            if (error.name === "AbortError") return;
            if (!(error instanceof Problem)) throw error;
            this.fail(error);
        }
    }

    /** Shows what is wrong and, by a caret below the expression, where. */
    fail(problem) {
        this.error.hidden = problem === null;
        this.input.setAttribute("aria-invalid", problem !== null);
        if (problem === null) return;
        const { position } = problem.more;
        const isPlaced = Number.isInteger(position);
        const caret = isPlaced ? h("pre", { class: "caret-line" }, `${this.input.value}\n${" ".repeat(position)}^`) : "";
        const words = h("p", {});
        setText(words, [problem.detail || problem.title, ...problem.errors.map(({ detail }) => detail)].join(" "));
        this.error.replaceChildren(caret, words);
    }
}
