// Scripts in packetdrill's language: run on virtual time or on the wire, the failing line marked.

import { calls, perform, Problem } from "./api.js";
import { CurlLine } from "./curl.js";
import { h, setText } from "./dom.js";
import { duration } from "./format.js";
import { ProblemBox } from "./problem.js";
import { ResourceList } from "./resource.js";

const example = `// A connection is opened by the peer, and its data is acknowledged.
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0  bind(3, ..., ...) = 0
+0  listen(3, 1) = 0

+0  < S 0:0(0) win 32792 <mss 1000,nop,wscale 7>
+0  > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 257
+0  accept(3, ..., ...) = 4

+.1 < P. 1:11(10) ack 1 win 257
+.04 > . 1:1(0) ack 11
`;

/** The lab's fourth part. */
export class Scenarios {
    constructor() {
        this.curl = new CurlLine("run this script");
        this.problem = new ProblemBox();
        this.verdict = h("div", { class: "verdict", role: "status" });
        this.text = h("textarea", { name: "script", rows: "16", spellcheck: "false", wrap: "off", "aria-label": "Script" }, example);
        this.lines = h("div", { class: "line-numbers", "aria-hidden": "true" });
        this.stored = new ResourceList({
            call: calls.scenarios(),
            member: "scenarios",
            empty: ["No script stored.", "Give the script above a name and store it, to run it again."],
            draw: (items) => items.map((item) => this.item(item)),
        });
        this.form = this.makeForm();
        this.element = h("div", { class: "lab-part" }, this.form, this.stored.element);
        this.changed();
    }

    refresh() {
        return this.stored.refresh();
    }

    makeForm() {
        const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
        const option = (value, label = value) => h("option", { value }, label);
        const store = h("button", { type: "button", on: { click: () => this.store() } }, "Store");
        const form = h(
            "form",
            { class: "lab-form scenarios-form", autocomplete: "off", novalidate: true },
            h("div", { class: "script" }, this.lines, this.text),
            h(
                "div",
                { class: "fields-grid" },
                field("Clock", h("select", { name: "clock" }, option("virtual", "virtual: the same log for the same seed"), option("real", "real: on the wire"))),
                field("Personality", h("select", { name: "profile" }, ["default", "linux", "freebsd"].map((profile) => option(profile)))),
                field("Seed", h("input", { name: "seed", inputmode: "numeric", placeholder: "7" })),
                field("Name, to store it", h("input", { name: "name", placeholder: "handshake", spellcheck: "false" })),
            ),
            h("div", { class: "action" }, h("button", { type: "submit", class: "primary" }, "Run"), store, this.curl.element),
            this.verdict,
            this.problem.element,
        );
        form.addEventListener("input", ({ target }) => {
            if (target === this.text) this.mark(null);
            this.changed();
        });
        this.text.addEventListener("scroll", () => (this.lines.scrollTop = this.text.scrollTop));
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.run(this.call);
        });
        this.form = form;
        return form;
    }

    get call() {
        const { clock, profile, seed } = this.form.elements;
        const query = { clock: clock.value, profile: profile.value };
        if (seed.value.trim() !== "") query.seed = seed.value.trim();
        return calls.runScript(this.text.value, query);
    }

    changed() {
        this.curl.show(this.call);
        this.mark(this.failing ?? null);
    }

    /** Numbers the lines, the failing one lit. */
    mark(line) {
        this.failing = line;
        const count = this.text.value.split("\n").length;
        this.lines.replaceChildren(
            ...Array.from({ length: count }, (_, index) => h("span", { class: index + 1 === line ? "failing" : "" }, index + 1)),
        );
    }

    async run(call) {
        this.problem.clear();
        this.mark(null);
        this.verdict.replaceChildren(h("p", { class: "hint" }, "Running…"));
        try {
            const { body } = await perform(call);
            this.pass(body);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.fail(error);
        }
    }

    pass({ verdict, lines, virtualSeconds, ignored = [], log = [] }) {
        const took = virtualSeconds === undefined ? "" : `, ${duration(virtualSeconds)} of virtual time`;
        this.verdict.replaceChildren(
            h("p", { class: "passed" }, `${verdict}: ${lines} lines${took}`),
            ignored.length > 0 ? h("p", { class: "hint" }, `Ignored: ${ignored.join("; ")}`) : "",
            logOf(log),
        );
    }

    /** The line at fault, with what was expected there and what came. */
    fail(problem) {
        const { line, source, expected, actual, column, token, log = [] } = problem.more;
        this.verdict.replaceChildren();
        this.problem.show(problem);
        if (!line) return;
        this.mark(line);
        const row = (name, value) => (value === undefined ? null : [h("dt", {}, name), h("dd", {}, h("code", {}, String(value)))]);
        const where = column ? `Line ${line}, column ${column}` : `Line ${line}`;
        const parts = [row("Source", source), row("Expected", expected), row("Actual", actual), row("Token", token)];
        this.verdict.replaceChildren(h("p", { class: "failed" }, where), h("dl", {}, parts.filter(Boolean).flat()), logOf(log));
        const height = parseFloat(getComputedStyle(this.text).lineHeight) || 18;
        this.text.scrollTop = Math.max(0, (line - 4) * height);
    }

    async store() {
        const name = this.form.elements.name.value.trim();
        if (name === "") return setText(this.verdict, "Give it a name first.");
        await this.stored.change(calls.putScript(name, this.text.value));
    }

    item({ name, title, builtIn, steps }) {
        const button = (label, action) => h("button", { type: "button", class: "quiet", on: { click: action } }, label);
        return h(
            "section",
            { class: "card", "data-name": name },
            h(
                "header",
                {},
                h("h4", {}, name),
                h("span", { class: "hint" }, [title, steps && `${steps} steps`].filter(Boolean).join(" · ")),
                button("Open", () => this.open(name)),
                button("Run", () => this.run(calls.runStored(name))),
                builtIn ? null : button("Remove", () => this.stored.change(calls.removeScript(name))),
            ),
        );
    }

    async open(name) {
        try {
            const { body } = await perform(calls.script(name), { accept: "text/x-packetdrill, application/json" });
            this.text.value = body instanceof Uint8Array ? new TextDecoder().decode(body) : (body.script ?? body.source ?? "");
            this.form.elements.name.value = name;
            this.mark(null);
            this.changed();
            this.text.scrollIntoView({ block: "nearest" });
        } catch (error) {
            this.stored.fail(error);
        }
    }
}

/** The segments of a run, one a line, folded away. */
function logOf(lines) {
    if (lines.length === 0) return "";
    return h("details", {}, h("summary", {}, `${lines.length} segments`), h("pre", { class: "script-log", tabindex: "0" }, lines.join("\n")));
}
