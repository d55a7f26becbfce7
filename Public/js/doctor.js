// What works on this host, proved, and what to do about what doesn't.

import { calls, perform, Problem } from "./api.js";
import { CurlLine } from "./curl.js";
import { h } from "./dom.js";
import { ProblemBox } from "./problem.js";

const words = { pass: "works", warn: "look at this", fail: "does not work" };

/** The lab's last part. */
export class Doctor {
    constructor() {
        this.problem = new ProblemBox();
        this.curl = new CurlLine("ask the doctor");
        this.checks = h("ul", { class: "checks" });
        this.again = h("button", { type: "button", class: "primary", on: { click: () => this.examine() } }, "Examine");
        this.element = h(
            "div",
            { class: "lab-part" },
            h("div", { class: "action" }, this.again, this.curl.element),
            this.problem.element,
            this.checks,
        );
        this.curl.show(calls.doctor());
    }

    /** Coming back examines nothing anew: a real handshake goes over the wire each time. */
    refresh() {
        if (this.checks.children.length === 0) return this.examine();
    }

    async examine() {
        this.again.disabled = true;
        try {
            const { body } = await perform(calls.doctor());
            this.problem.clear();
            this.checks.replaceChildren(...(body.checks ?? []).map(checkItem));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error);
        } finally {
            this.again.disabled = false;
        }
    }
}

function checkItem({ name, verdict, status, result, detail, remedy }) {
    const outcome = verdict ?? status ?? result;
    return h(
        "li",
        { class: `check ${outcome}` },
        h("span", { class: "check-mark" }, words[outcome] ?? outcome),
        h("strong", {}, name),
        h("p", {}, detail ?? ""),
        remedy ? h("p", { class: "remedy" }, remedy) : null,
    );
}
