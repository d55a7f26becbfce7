// Packs: a peer judged by scripts, one requirement of an RFC after the other.

import { h } from "../elements/dom.js";
import { endpoint } from "../elements/format.js";
import { calls, perform } from "../service/api.js";
import { field, textField } from "../service/form.js";
import { RequestForm } from "../service/request-form.js";
import { scrollingTable } from "./table.js";

const looks = { pass: "passed", fail: "failed", inconclusive: "hint" };

/** A part of the lab. */
export class Packs {
    constructor({ selection }) {
        this.selection = selection;
        this.packs = h("select", { "aria-describedby": "pack-about" });
        this.about = h("p", { class: "hint", id: "pack-about" });
        this.verdict = h("div", { class: "verdict", role: "status" });
        this.matrix = h("div", {});
        const remote = textField("remote", "Remote", "127.0.0.1:6666", "of the peer");
        remote.querySelector("input").value = "127.0.0.1:6666";
        this.form = new RequestForm({
            look: "lab-form packs-form",
            label: "Judge",
            fields: [h("div", { class: "fields-grid" }, field("Pack", this.packs), remote), this.about],
            call: () => this.call,
            act: (call) => this.run(call),
            onSegment: (segment) => selection.set({ segment, view: "inspector" }),
        });
        this.packs.addEventListener("input", () => this.describe());
        this.element = h("div", { class: "lab-part" }, this.form.element, this.verdict, this.matrix);
        this.form.curl.update();
    }

    get call() {
        return calls.runPack(this.packs.value || "PACK", this.form.request.body);
    }

    /** Asks once which packs there are. */
    async refresh() {
        if (this.known) return;
        await this.form.guard(async () => {
            this.known = (await perform(calls.packs())).body.packs;
            this.packs.replaceChildren(...this.known.map(({ name }) => h("option", {}, name)));
            this.describe();
        });
    }

    describe() {
        const pack = this.known?.find(({ name }) => name === this.packs.value);
        this.about.textContent = pack ? `${pack.title}; ${pack.requirements.length} requirements.` : "";
        this.form.curl.update();
    }

    async run(call) {
        this.matrix.replaceChildren();
        this.verdict.replaceChildren(h("p", { class: "hint" }, "Running…"));
        this.form.submit.disabled = true;
        const isDone = await this.form.guard(async () => this.show((await perform(call)).body));
        if (!isDone) this.verdict.replaceChildren();
        this.form.submit.disabled = false;
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
