// The course of a connection's congestion control: as the engine has kept it, or, where the service keeps no history, as
// the page has seen it at each look at the connections.

import { calls, perform, Problem } from "../service/api.js";

/** What is asked for, in the order of a row behind its time. */
export const fieldNames = ["srtt", "rto", "cwnd", "ssthresh", "inflight", "snd_wnd"];
/** Samples kept of a connection that the page only watches. */
const kept = 2000;

/** Rows `[time, …fieldNames]` of the chosen connection. Dispatches `change`. */
export class History extends EventTarget {
    rows = [];
    /** False once the service has said that it keeps none. */
    isKept = true;

    constructor(feed) {
        super();
        this.feed = feed;
        this.connection = null;
        feed.addEventListener("change", () => this.update());
    }

    /** Follows another connection; null for none. */
    choose(connection) {
        if (connection === this.connection) return;
        Object.assign(this, { connection, rows: [], after: null, isKept: true });
        this.update();
    }

    async update() {
        const connection = this.feed.connections.get(this.connection);
        if (!connection || this.isAsking) return;
        if (!this.isKept) return this.sample(connection);
        this.isAsking = true;
        try {
            await this.ask(connection.id);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            if ([400, 404, 422, 501].includes(error.status)) this.isKept = false;
        } finally {
            this.isAsking = false;
        }
    }

    async ask(id) {
        const query = { fields: fieldNames.join(","), ...(this.after === null ? {} : { after: this.after }) };
        const { body } = await perform(calls.history(id, query));
        if (id !== this.connection) return;
        const { fields: columns, rows, next } = body;
        if (!Array.isArray(columns)) return void (this.isKept = false);
        const time = columns.findIndex((name) => name === "elapsed" || name === "time");
        const places = fieldNames.map((name) => columns.indexOf(name));
        for (const row of rows) this.rows.push([row[time], ...places.map((place) => row[place] ?? null)]);
        this.after = next ?? this.after;
        if (rows.length > 0) this.dispatchEvent(new Event("change"));
    }

    sample({ openedAt, rtt, congestion, send }) {
        const time = (Date.now() - Date.parse(openedAt)) / 1000;
        const row = [
            ...[time, rtt?.smoothed ?? null, rtt?.rto ?? null, congestion?.window ?? null],
            ...[congestion?.slowStartThreshold ?? null, send.inFlight, send.wnd],
        ];
        if (this.rows.at(-1)?.slice(1).join() === row.slice(1).join()) return;
        this.rows.push(row);
        if (this.rows.length > kept) this.rows.shift();
        this.dispatchEvent(new Event("change"));
    }
}
