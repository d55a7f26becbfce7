// What works on this host, proved, and what to do about what doesn't.

import { h } from "../elements/dom.js";
import { calls, perform, Problem } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { ProblemBox } from "../service/problem.js";

const words = { pass: "works", warn: "look at this", fail: "does not work" };

/** A part of the lab. */
export class Doctor {
    constructor() {
        this.problem = new ProblemBox();
        this.curl = new CurlLine();
        this.checks = h("ul", { class: "checks" });
        this.again = callButton(this.curl, { label: "Examine", look: "primary", call: calls.doctor, act: (call) => this.examine(call) });
        this.element = h(
            "div",
            { class: "lab-part" },
            h("div", { class: "action" }, this.again, this.curl.element),
            this.problem.element,
            this.checks,
        );
        this.curl.update();
    }

    /** Coming back examines nothing anew: a real handshake goes over the wire each time. */
    refresh() {
        if (this.checks.children.length === 0) return this.examine(calls.doctor());
    }

    async examine(call) {
        this.again.disabled = true;
        try {
            const { body } = await perform(call);
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
