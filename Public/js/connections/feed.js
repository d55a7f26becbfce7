// The connections as the service lists them.

import { calls, perform, Problem } from "../service/api.js";

/** Between two looks when nothing happens on the wire: timers change connections too. */
const heartbeat = 2000;
/** Least time between two looks. */
const spacing = 240;
/** Pages of one look: more connections than that are not shown anyway. */
const mostPages = 20;
/** Round-trip times kept of each connection, for its sparkline. */
const keptTimes = 40;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * The connections by id. Dispatches `change`. It looks again after new segments, after the user's actions (`refresh`),
 * and now and then because of timers.
 */
export class ConnectionFeed extends EventTarget {
    connections = new Map();
    /** Smoothed round-trip times as they were seen, by id. */
    times = new Map();
    /** False until the first answer: "none" is not the same as "not known yet". */
    isKnown = false;

    constructor(store) {
        super();
        store.addEventListener("append", () => this.refresh());
    }

    async start() {
        for (;;) {
            if (!document.hidden) await this.refresh();
            await sleep(heartbeat);
        }
    }

    /** Looks again; calls that come while it is looking share the one look that follows. */
    refresh() {
        if (this.looking) {
            this.again ??= this.lookAfter(this.looking);
            return this.again;
        }
        this.looking = this.look().finally(() => (this.looking = null));
        return this.looking;
    }

    async lookAfter(looking) {
        await looking;
        await sleep(spacing);
        this.again = null;
        await this.refresh();
    }

    async look() {
        try {
            const found = new Map();
            let query = {};
            for (let pages = 0; pages < mostPages; pages += 1) {
                const { body } = await perform(calls.connections(query));
                for (const connection of body.connections) found.set(connection.id, connection);
                if (!body.next) break;
                query = { after: body.next };
            }
            this.connections = found;
            this.isKnown = true;
            this.noteTimes();
            this.dispatchEvent(new Event("change"));
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            // The segment feed says what is wrong; the list keeps what was last known.
        }
    }

    noteTimes() {
        for (const id of this.times.keys()) if (!this.connections.has(id)) this.times.delete(id);
        for (const [id, { rtt }] of this.connections) {
            if (rtt?.smoothed === null || rtt?.smoothed === undefined) continue;
            if (!this.times.has(id)) this.times.set(id, []);
            const times = this.times.get(id);
            if (times.at(-1) === rtt.smoothed) continue;
            times.push(rtt.smoothed);
            if (times.length > keptTimes) times.shift();
        }
    }
}
