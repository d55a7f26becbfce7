// The list of connections, newest first, live.

import { h, oncePerFrame, setText } from "../elements/dom.js";
import { duration, endpoint, octets } from "../elements/format.js";
import { drawSparkline, makeSparkline } from "../elements/sparkline.js";

/** Items shown; the rest is counted. */
const shown = 200;

/** A listbox whose option is the chosen connection. */
export class ConnectionList {
    constructor(element, feed, selection) {
        this.feed = feed;
        this.selection = selection;
        this.items = new Map();
        this.empty = element.querySelector(".empty");
        this.count = element.querySelector(".count");
        this.more = h("p", { class: "hint", hidden: true });
        this.list = h("div", {
            class: "connections",
            role: "listbox",
            tabindex: "0",
            "aria-label": "Connections",
            on: { keydown: (event) => this.pressed(event), click: (event) => this.clicked(event) },
        });
        element.querySelector(".body").append(this.list, this.more);
        const refresh = oncePerFrame(() => this.draw());
        feed.addEventListener("change", refresh);
        selection.addEventListener("change", refresh);
    }

    get newestFirst() {
        return [...this.feed.connections.values()].reverse().slice(0, shown);
    }

    /** Chooses the connection `distance` further down the list. */
    move(distance) {
        const ids = this.newestFirst.map(({ id }) => id);
        if (ids.length === 0) return;
        const at = ids.indexOf(this.selection.connection);
        const next = at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + distance));
        this.selection.set({ connection: ids[next] });
    }

    pressed(event) {
        const distance = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
        if (!distance || event.ctrlKey || event.metaKey || event.altKey) return;
        this.move(distance);
        event.preventDefault();
        event.stopPropagation();
    }

    clicked(event) {
        const item = event.target.closest("[role=option]");
        if (item) this.selection.set({ connection: item.dataset.id, view: "stream" });
    }

    draw() {
        const connections = this.newestFirst;
        const total = this.feed.connections.size;
        this.empty.hidden = total > 0 || !this.feed.isKnown;
        this.list.hidden = total === 0;
        setText(this.count, total > 0 ? String(total) : "");
        this.more.hidden = total <= shown;
        setText(this.more, `${total - shown} older ones are not shown.`);
        for (const [id, item] of this.items) {
            if (!this.feed.connections.has(id)) {
                item.remove();
                this.items.delete(id);
            }
        }
        connections.forEach((connection, index) => this.place(this.itemOf(connection), index));
        this.markActive();
    }

    itemOf(connection) {
        const { id } = connection;
        if (!this.items.has(id)) this.items.set(id, newItem(id));
        const item = this.items.get(id);
        item.setAttribute("aria-selected", id === this.selection.connection);
        const [badge, name, route, numbers, times] = item.children;
        setText(badge, connection.state);
        badge.dataset.phase = phaseOf(connection);
        setText(name, connection.name ?? id);
        setText(route, `${connection.local.port} → ${endpoint(connection.remote)}`);
        setText(numbers, numbersOf(connection));
        const seen = this.feed.times.get(id) ?? [];
        drawSparkline(times.firstChild, seen);
        setText(times.lastChild, seen.length > 0 ? ` ${duration(seen.at(-1))}` : "");
        return item;
    }

    place(item, index) {
        if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
    }

    markActive() {
        const active = this.items.get(this.selection.connection);
        if (active) this.list.setAttribute("aria-activedescendant", active.id);
        else this.list.removeAttribute("aria-activedescendant");
    }
}

function newItem(id) {
    const parts = ["item-state", "item-name", "item-route", "item-numbers"].map((name) => h("span", { class: name }));
    const times = h("span", { class: "item-times", title: "Round-trip time, lately" }, makeSparkline(), h("span"));
    return h("div", { class: "item", role: "option", id: `connection-${id}`, "data-id": id }, parts, times);
}

function numbersOf({ counters }) {
    return `↑ ${octets(counters.bytesSent)}  ↓ ${octets(counters.bytesReceived)}`;
}

/** Where a connection is in its life: `opening`, `open`, `closing`, `closed` or `failed`. */
export function phaseOf({ state, closeReason }) {
    switch (state) {
        case "LISTEN":
        case "SYN-SENT":
        case "SYN-RECEIVED":
            return "opening";
        case "ESTABLISHED":
            return "open";
        case "CLOSED":
            return closeReason === "normal" || closeReason === null ? "closed" : "failed";
        default:
            return "closing";
    }
}
