// Packs: a peer judged by scripts, one requirement of an RFC after the other.

import { h } from "../elements/dom.js";
import { endpoint } from "../elements/format.js";
import { calls, perform } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { field, requestOf, textField } from "../service/form.js";
import { scrollingTable } from "./table.js";

const looks = { pass: "passed", fail: "failed", inconclusive: "hint" };

/** A part of the lab. */
export class Packs {
    constructor({ selection }) {
        this.selection = selection;
        this.curl = new CurlLine();
        this.packs = h("select", { "aria-describedby": "pack-about" });
        this.about = h("p", { class: "hint", id: "pack-about" });
        this.verdict = h("div", { class: "verdict", role: "status" });
        this.matrix = h("div", {});
        this.form = this.makeForm();
        this.errors = new FieldErrors(this.form, { onSegment: (segment) => selection.set({ segment, view: "inspector" }) });
        this.form.append(this.errors.element);
        this.element = h("div", { class: "lab-part" }, this.form, this.verdict, this.matrix);
        this.curl.update();
    }

    makeForm() {
        this.submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Judge"), "Judge", () => this.call);
        const remote = textField("remote", "Remote", "127.0.0.1:6666", "of the peer");
        remote.querySelector("input").value = "127.0.0.1:6666";
        const form = h(
            "form",
            { class: "lab-form packs-form", autocomplete: "off", novalidate: true },
            h("div", { class: "fields-grid" }, field("Pack", this.packs), remote),
            this.about,
            h("div", { class: "action" }, this.submit, this.curl.element),
        );
        form.addEventListener("input", () => this.describe());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.run(this.call);
        });
        return form;
    }

    get call() {
        return calls.runPack(this.packs.value || "PACK", requestOf(this.form).body);
    }

    /** Asks once which packs there are. */
    async refresh() {
        if (this.known) return;
        await this.errors.guard(async () => {
            this.known = (await perform(calls.packs())).body.packs;
            this.packs.replaceChildren(...this.known.map(({ name }) => h("option", {}, name)));
            this.describe();
        });
    }

    describe() {
        const pack = this.known?.find(({ name }) => name === this.packs.value);
        this.about.textContent = pack ? `${pack.title}; ${pack.requirements.length} requirements.` : "";
        this.curl.update();
    }

    async run(call) {
        this.matrix.replaceChildren();
        this.verdict.replaceChildren(h("p", { class: "hint" }, "Running…"));
        this.submit.disabled = true;
        const isDone = await this.errors.guard(async () => this.show((await perform(call)).body));
        if (!isDone) this.verdict.replaceChildren();
        this.submit.disabled = false;
    }

    show({ pack, remote, pass, fail, inconclusive, matrix }) {
        const words = `${pack} at ${endpoint(remote)}: ${pass} pass, ${fail} fail, ${inconclusive} inconclusive`;
        this.verdict.replaceChildren(h("p", { class: fail > 0 ? "failed" : "passed" }, words));
        this.matrix.replaceChildren(scrollingTable(words, ["Requirement", "Verdict", "Segment", "What happened"], matrix.map((one) => this.row(one))));
    }

    row({ requirement, title, verdict, segment, detail }) {
        const look = () => this.selection.set({ segment, view: "inspector" });
        const link = segment ? h("button", { type: "button", class: "segment-link", on: { click: look } }, `#${segment}`) : "–";
        const told = detail && detail !== title ? [title, h("br"), h("code", {}, detail)] : [title];
        return h(
            "tr",
            { class: verdict },
            h("th", { scope: "row" }, requirement),
            h("td", { class: looks[verdict] }, verdict),
            h("td", {}, link),
            h("td", {}, told),
        );
    }
}
