// How the page learns what happens: the one module that knows the transport. Today long polls; a stream of server-sent
// events can take their place here without anyone else noticing.

import { calls, perform, Problem } from "./api.js";

/** How long the service may hold a question for new segments. */
const patience = "10s";
/** Most records of one answer; a page that has to catch up takes as many again and again. */
const pageSize = 2000;
/** Least time between two questions, so that a busy wire gives a few large answers instead of many small ones. */
const spacing = 60;
/** Between two looks at the connections when nothing happens on the wire: timers change them too. */
const heartbeat = 2000;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Fills the store with the log's segments, the newest as many as it holds, and then with every new one.
 * Dispatches `status` when `state` ("connecting", "live" or "offline"), `problem`, `run` or `missed` changes, and
 * `restart` when the service has begun a new run, whose numbers begin again.
 */
export class SegmentFeed extends EventTarget {
    state = "connecting";
    /** What keeps it from being live. */
    problem = null;
    run = null;
    /** Segments that the service let go of before the page had read them. */
    missed = 0;
    /** The newest segment examined; null until it is known where to begin. */
    after = null;

    constructor(store) {
        super();
        this.store = store;
    }

    async start() {
        let failures = 0;
        for (;;) {
            const asked = performance.now();
            try {
                const full = await this.ask();
                failures = 0;
                if (!full) await sleep(Math.max(0, spacing - (performance.now() - asked)));
            } catch (problem) {
                if (!(problem instanceof Problem)) throw problem;
                failures += 1;
                this.become({ state: "offline", problem });
                await sleep(Math.min(5000, 250 * 2 ** failures));
            }
        }
    }

    /** One question; true where more is waiting. */
    async ask() {
        // A hidden page holds no request open: a browser gives all pages of one origin six connections together.
        this.after ??= await this.beginning();
        const query = { after: this.after, limit: pageSize };
        if (!document.hidden && this.state === "live") query.wait = patience;
        else if (document.hidden) await sleep(heartbeat);
        const { body } = await perform(calls.segments(query));
        if (this.run !== null && body.run !== this.run) this.restart();
        else this.take(body);
        this.become({ state: "live", problem: null, run: body.run });
        return body.segments.length === pageSize;
    }

    /** Where to begin, so that what is read first is not what the store has to let go of before the end is reached. */
    async beginning() {
        const { body } = await perform(calls.segments({ last: 1 }));
        return Math.max(0, body.next - this.store.size);
    }

    take({ segments, next, oldest }) {
        if (this.after > 0 && segments.length > 0 && oldest > this.after + 1) {
            this.become({ missed: this.missed + oldest - this.after - 1 });
        }
        this.after = next;
        this.store.append(segments);
    }

    restart() {
        this.after = null;
        this.become({ missed: 0 });
        this.store.clear();
        this.dispatchEvent(new Event("restart"));
    }

    become(change) {
        if (Object.entries(change).every(([name, value]) => this[name] === value)) return;
        Object.assign(this, change);
        this.dispatchEvent(new Event("status"));
    }
}

/**
 * The connections as the service lists them, by id. Dispatches `change`. It looks again after new segments, after the
 * user's actions (`refresh`), and now and then because of timers.
 */
export class ConnectionFeed extends EventTarget {
    connections = new Map();
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
        await sleep(4 * spacing);
        this.again = null;
        await this.refresh();
    }

    async look() {
        try {
            const found = new Map();
            let query = {};
            for (let pages = 0; pages < 20; pages += 1) {
                const { body } = await perform(calls.connections(query));
                for (const connection of body.connections) found.set(connection.id, connection);
                if (!body.next) break;
                query = { after: body.next };
            }
            this.connections = found;
            this.isKnown = true;
            this.dispatchEvent(new Event("change"));
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            // The segment feed says what is wrong; the list keeps what was last known.
        }
    }
}
