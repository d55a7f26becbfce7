// The segments that an impairment of the type `hold` has parked, each with a button that lets it go on.

import { calls, perform, Problem } from "./api.js";
import { h } from "./dom.js";
import { ProblemBox } from "./problem.js";

/** Segments that are listed; all of them can be released at once. */
const shown = 50;

/** The list of one impairment; it looks again whenever something has happened on the wire. */
export class HeldList {
    constructor(name, { feed, selection }) {
        Object.assign(this, { name, selection });
        this.problem = new ProblemBox();
        this.list = h("ul", { class: "held", "aria-label": "Held segments" });
        const all = h("button", { type: "button", class: "quiet", on: { click: () => this.release(null) } }, "Release all");
        this.element = h("div", { class: "held-place" }, this.list, all, this.problem.element);
        this.stopped = new AbortController();
        feed.addEventListener("change", () => this.refresh(), { signal: this.stopped.signal });
        this.refresh();
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
            this.list.replaceChildren(...this.items(body.held));
        } catch (error) {
            this.fail(error);
        }
    }

    items(held) {
        if (held.length === 0) return [h("li", { class: "hint" }, "Nothing is held at the moment.")];
        return held.slice(0, shown).map(({ segment, record }) => {
            const look = () => this.selection.set({ segment });
            return h(
                "li",
                {},
                h("button", { type: "button", class: "segment-link", on: { click: look } }, `#${segment}`),
                h("span", {}, ` ${record?.tcp?.flags?.join(" ") ?? ""}, ${record?.payload?.length ?? 0} octets `),
                h("button", { type: "button", class: "quiet", on: { click: () => this.release(segment) } }, "Release"),
            );
        });
    }

    async release(segment) {
        try {
            await perform(calls.releaseHeld(this.name, segment));
            this.problem.clear();
            await this.refresh();
        } catch (error) {
            this.fail(error);
        }
    }

    fail(error) {
        if (error.name === "AbortError") return;
        if (!(error instanceof Problem)) throw error;
        this.problem.show(error);
    }
}
