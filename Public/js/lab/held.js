// The segments that an impairment of the type `hold` has parked, each with buttons that let it go on, or edit it first.

import { h } from "../elements/dom.js";
import { calls, perform, Problem } from "../service/api.js";
import { callButton } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { HeldEditor } from "./held-editor.js";

/** Segments that are listed; all of them can be released at once. */
const shown = 50;

/** The list of one impairment, whose curl line it shares; it looks again whenever something has happened on the wire. */
export class HeldList {
    constructor(name, { feed, selection, curl }) {
        Object.assign(this, { name, selection, curl });
        this.list = h("ul", { class: "held", "aria-label": "Held segments" });
        this.editing = h("div", { class: "held-editing" });
        const all = this.button("Release all", () => ({ segment: null }));
        this.element = h("div", { class: "held-place" }, this.list, all, this.editing);
        this.errors = new FieldErrors(this.element, { within: "/edit" });
        this.element.append(this.errors.element);
        this.stopped = new AbortController();
        feed.addEventListener("change", () => this.refresh(), { signal: this.stopped.signal });
        this.refresh();
    }

    /** A button that releases what `release()` says. */
    button(label, release, title = label) {
        const call = () => calls.releaseHeld(this.name, release());
        return callButton(this.curl, { label, title, look: "quiet", call, act: (made) => this.release(made) });
    }

    /** Another drawing of the impairments has taken its place. */
    stop() {
        this.stopped.abort();
    }

    async refresh() {
        if (this.element.offsetParent === null && this.isKnown) return;
        try {
            const { body } = await perform(calls.held(this.name), { signal: this.stopped.signal });
            this.isKnown = true;
            this.show(body.held);
        } catch (error) {
            if (error.name === "AbortError") return;
            if (!(error instanceof Problem)) throw error;
            this.errors.show(error);
        }
    }

    show(held) {
        const known = held.map(({ segment }) => segment).join();
        if (known === this.known) return;
        this.known = known;
        if (!held.some(({ segment }) => segment === this.editor?.segment)) this.edit(null);
        const items = held.slice(0, shown).map((item) => this.item(item));
        this.list.replaceChildren(...(held.length === 0 ? [h("li", { class: "hint" }, "Nothing is held at the moment.")] : items));
    }

    item({ segment, record }) {
        const look = () => this.selection.set({ segment });
        return h(
            "li",
            {},
            h("button", { type: "button", class: "segment-link", on: { click: look } }, `#${segment}`),
            h("span", {}, ` ${record?.tcp?.flags?.join(" ") ?? ""}, ${record?.payload?.length ?? 0} octets `),
            this.button("Release", () => ({ segment }), `Release #${segment}`),
            h("button", { type: "button", class: "quiet", on: { click: () => this.edit(segment) } }, "Edit"),
        );
    }

    /** Opens the bit picture of a held segment; null closes it. */
    async edit(segment) {
        this.editor = null;
        this.editing.replaceChildren();
        if (segment === null) return;
        await this.errors.guard(async () => {
            const { body } = await perform(calls.segment(segment));
            this.editor = new HeldEditor(body);
            const release = this.button(`Release #${segment} as edited`, () => ({ segment, edit: this.editor.edit }));
            this.editor.addEventListener("edit", () => this.curl.update());
            this.editing.replaceChildren(this.editor.element, release);
        });
    }

    release(call) {
        return this.errors.guard(async () => {
            await perform(call);
            await this.refresh();
        });
    }
}
