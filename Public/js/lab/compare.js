// Two connections side by side: what each did on the wire, and where they differ.

import { h, setText } from "../elements/dom.js";
import { calls, perform } from "../service/api.js";
import { field } from "../service/form.js";
import { RequestForm } from "../service/request-form.js";
import { scrollingTable } from "./table.js";

/** A part of the lab. */
export class Compare {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection });
        const choice = (name) => h("select", { name, "data-type": "text" });
        this.choices = [choice("?a"), choice("?b")];
        this.hint = h("p", { class: "hint" });
        this.verdict = h("div", { class: "verdict", role: "status" });
        this.traits = h("div", {});
        const [one, other] = this.choices;
        this.form = new RequestForm({
            look: "lab-form compare-form",
            label: "Compare",
            fields: [h("div", { class: "fields-grid" }, field("Connection", one), field("With", other)), this.hint],
            call: () => this.call,
            act: (call) => this.run(call),
        });
        this.element = h("div", { class: "lab-part" }, this.form.element, this.verdict, this.traits);
        feed.addEventListener("change", () => this.refresh());
        this.refresh();
    }

    get call() {
        const [a, b] = this.choices.map(({ value }) => value);
        return calls.compare(a, b);
    }

    /** Keeps the choices as they are while connections come and go; at first, the chosen one with the newest other one. */
    refresh() {
        const connections = [...this.feed.connections.values()];
        const known = connections.map(({ id }) => id);
        setText(this.hint, known.length > 1 ? "" : "It takes two: open a second one, by our engine or, with Engine “kernel”, by an ordinary socket.");
        this.form.submit.disabled = known.length < 2;
        if (known.join() !== this.known?.join()) this.list(connections, known);
        this.form.curl.update();
    }

    list(connections, known) {
        this.known = known;
        const chosen = this.choices.map(({ value }) => value);
        const option = ({ id, name }) => h("option", { value: id }, name ? `${id} ${name}` : id);
        const first = known.includes(chosen[0]) ? chosen[0] : known.find((id) => id === this.selection.connection) ?? known[0];
        const second = known.includes(chosen[1]) ? chosen[1] : known.findLast((id) => id !== first);
        this.choices.forEach((choice, index) => {
            choice.replaceChildren(...connections.map(option));
            choice.value = [first, second][index] ?? "";
        });
    }

    run(call) {
        this.verdict.replaceChildren();
        this.traits.replaceChildren();
        return this.form.guard(async () => this.show((await perform(call)).body));
    }

    show({ a, b, differences }) {
        const different = new Set(differences.map(({ aspect }) => aspect));
        const aspects = [...new Set([...Object.keys(a.traits), ...Object.keys(b.traits)])];
        const words = `${a.connection} and ${b.connection} differ in ${different.size} of ${aspects.length} traits`;
        this.verdict.replaceChildren(h("p", {}, words));
        const row = (aspect) =>
            h(
                "tr",
                { class: different.has(aspect) ? "differs" : "" },
                h("th", { scope: "row" }, aspect),
                [a, b].map(({ traits }) => h("td", {}, traits[aspect] ?? "–")),
                h("td", {}, different.has(aspect) ? "differs" : ""),
            );
        // What differs is what was asked for: it stands first.
        const sorted = aspects.toSorted((one, other) => different.has(other) - different.has(one));
        this.traits.replaceChildren(scrollingTable(words, ["Trait", a.connection, b.connection, ""], sorted.map(row)));
    }
}
