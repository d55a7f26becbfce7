// The connections that a listener has accepted, in the order in which it did.

import { h } from "../elements/dom.js";
import { endpoint } from "../elements/format.js";
import { calls, perform, Problem } from "../service/api.js";

/** Connections that are listed: the newest. */
const shown = 50;

/** The list of one listener; it only grows, whenever something has happened on the wire. */
export class AcceptedList {
    constructor(id, { feed, selection }) {
        Object.assign(this, { id, selection, after: 0 });
        this.none = h("li", { class: "hint" }, "Nobody has called yet.");
        this.element = h("ul", { class: "held", "aria-label": `Accepted by ${id}` }, this.none);
        this.stopped = new AbortController();
        feed.addEventListener("change", () => this.refresh(), { signal: this.stopped.signal });
        this.refresh();
    }

    /** Another drawing of the listeners has taken its place. */
    stop() {
        this.stopped.abort();
    }

    async refresh() {
        if (this.isAsking || (this.after > 0 && this.element.offsetParent === null)) return;
        this.isAsking = true;
        try {
            const { body } = await perform(calls.accepted(this.id, { after: this.after }), { signal: this.stopped.signal });
            this.after = body.next;
            this.take(body.connections);
        } catch (error) {
            // A listener that has gone meanwhile goes from its list as well.
            if (error.name !== "AbortError" && !(error instanceof Problem)) throw error;
        } finally {
            this.isAsking = false;
        }
    }

    take(connections) {
        if (connections.length === 0) return;
        this.none.remove();
        this.element.append(...connections.map((connection) => this.item(connection)));
        while (this.element.children.length > shown) this.element.firstChild.remove();
    }

    item({ id, remote }) {
        const look = () => this.selection.set({ connection: id, view: "stream" });
        return h("li", {}, h("button", { type: "button", class: "segment-link", on: { click: look } }, id), h("span", {}, `from ${endpoint(remote)}`));
    }
}
