// Scripts in packetdrill's language: run on virtual time or on the wire, the failing line marked.

import { h } from "../elements/dom.js";
import { duration } from "../elements/format.js";
import { calls, perform, Problem } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { choiceField, requestOf, textField } from "../service/form.js";
import { card } from "./list-part.js";
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

/** A part of the lab. */
export class Scenarios {
    constructor() {
        this.curl = new CurlLine();
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
        this.errors = new FieldErrors(this.form);
        this.form.append(this.errors.element, this.verdict);
        this.element = h("div", { class: "lab-part" }, this.form, this.stored.element);
        this.changed();
    }

    refresh() {
        return this.stored.refresh();
    }

    makeForm() {
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Run"), "Run", () => this.call);
        const store = callButton(this.curl, { label: "Store", call: () => calls.putScript(this.name, this.text.value), act: (call) => this.store(call) });
        const form = h(
            "form",
            { class: "lab-form scenarios-form", autocomplete: "off", novalidate: true },
            h("div", { class: "script" }, this.lines, this.text),
            h(
                "div",
                { class: "fields-grid" },
                choiceField("?clock", "Clock", ["virtual", ["real", "real: on the wire"]]),
                choiceField("?profile", "Personality", [["", "default"], "linux", "freebsd", "freebsd-12"]),
                textField("?seed", "Seed", "7"),
                textField("?remote", "Remote", "none", "on the wire"),
                textField("name", "Name", "handshake", "to store it"),
            ),
            h("div", { class: "actions" }, h("div", { class: "buttons" }, submit, store), this.curl.element),
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
        return form;
    }

    /** How scripts are run, as the form stands. */
    get query() {
        return requestOf(this.form).query;
    }

    get name() {
        return this.form.elements.name.value.trim() || "NAME";
    }

    get call() {
        return calls.runScript(this.text.value, this.query);
    }

    changed() {
        this.curl.update();
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
        this.errors.clear();
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

    pass({ verdict, lines, virtualSeconds, seconds, ignored = [], log = [] }) {
        const took = virtualSeconds == null ? `, ${duration(seconds)} on the wire` : `, ${duration(virtualSeconds)} of virtual time`;
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
        this.errors.show(problem);
        if (!line) return;
        this.mark(line);
        const row = (name, value) => (value === undefined ? null : [h("dt", {}, name), h("dd", {}, h("code", {}, String(value)))]);
        const where = column ? `Line ${line}, column ${column}` : `Line ${line}`;
        const parts = [row("Source", source), row("Expected", expected), row("Actual", actual), row("Token", token)];
        this.verdict.replaceChildren(h("p", { class: "failed" }, where), h("dl", {}, parts.filter(Boolean).flat()), logOf(log));
        const height = parseFloat(getComputedStyle(this.text).lineHeight) || 18;
        this.text.scrollTop = Math.max(0, (line - 4) * height);
    }

    async store(call) {
        if (this.name !== this.form.elements.name.value.trim()) return this.form.elements.name.focus();
        await this.errors.guard(async () => {
            await perform(call);
            await this.stored.refresh();
        });
    }

    item({ name, title, builtIn, steps }) {
        const curl = new CurlLine();
        const button = (label, call, act) => callButton(curl, { label, look: "quiet", call, act });
        const buttons = [
            button("Run", () => calls.runStored(name, this.query), (call) => this.run(call)),
            button("Open", () => calls.storedScript(name), (call) => this.open(call, name)),
            builtIn ? null : button("Remove", () => calls.removeScript(name), (call) => this.stored.change(call)),
        ];
        curl.update();
        const what = [title, steps && `${steps} steps`].filter(Boolean).join(" · ");
        return card({ id: name, what, actions: h("span", { class: "buttons" }, buttons), curl });
    }

    open(call, name) {
        return this.stored.guard(async () => {
            const { body } = await perform(call, { accept: "text/x-packetdrill, application/json" });
            this.text.value = body instanceof Uint8Array ? new TextDecoder().decode(body) : (body.script ?? body.source ?? "");
            this.form.elements.name.value = name;
            this.mark(null);
            this.changed();
            this.text.scrollIntoView({ block: "nearest" });
        });
    }
}

/** The segments of a run, one a line, folded away. */
function logOf(lines) {
    if (lines.length === 0) return "";
    return h("details", {}, h("summary", {}, `${lines.length} segments`), h("pre", { class: "script-log", tabindex: "0" }, lines.join("\n")));
}
