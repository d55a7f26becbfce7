// New segments as they happen. Of all pages of one browser a single one, the leader, asks the service, and passes what it
// hears on to the others: a browser gives all pages of one origin six connections together.

import { calls, perform, Problem, target } from "../service/api.js";

/** Name of the lock that the leader holds, and of the channel on which it speaks. */
const name = "rawtcpweb-live";
/** Least time between two batches: a busy wire gives a few large ones instead of many small ones. */
const spacing = 50;
/** For services without server-sent events: how long one question may be held, and how much it brings. */
const patience = "10s";
const pageSize = 2000;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Dispatches `records` with `{ run, records }`, and `trouble` where some may have been missed: then the log's pages have
 * to be read; `change` where a connection has become another without a segment. `place()` says where the page stands: `{ run, after }`.
 */
export class LiveSource extends EventTarget {
    constructor(place) {
        super();
        this.place = place;
        this.channel = new BroadcastChannel(name);
        this.channel.addEventListener("message", ({ data }) => this.hear(data));
        this.batch = [];
    }

    /** Waits for its turn to lead, and lets another page lead when this one goes. */
    start() {
        // Not left to the browser: a page that it keeps for the way back would keep the lock as well.
        addEventListener("pagehide", () => this.leave());
        addEventListener("pageshow", ({ persisted }) => persisted && this.stand());
        this.stand();
    }

    /** Stands for leader. */
    stand() {
        this.left = new AbortController();
        const { signal } = this.left;
        // Web locks exist in secure contexts only; elsewhere every page asks for itself.
        if (!navigator.locks) return void this.lead(signal);
        navigator.locks.request(name, { signal }, () => this.lead(signal)).catch((error) => {
            if (error.name !== "AbortError") throw error;
        });
    }

    leave() {
        this.left.abort();
    }

    hear(message) {
        if (typeof message === "string") this.dispatchEvent(new Event(message));
        else this.dispatchEvent(new CustomEvent("records", { detail: message }));
    }

    /** To this page and, as its leader, to all others. */
    tell(message) {
        this.channel.postMessage(message);
        this.hear(message);
    }

    /** Leads until `signal` says that the page goes. */
    async lead(signal) {
        this.tell("trouble"); // Something may have happened between two leaders.
        const isOver = new Promise((resolve) => signal.addEventListener("abort", resolve));
        const work = this.stream(signal).then((isStreaming) => isStreaming || this.poll(signal));
        await Promise.race([isOver, work]);
    }

    /** Server-sent events. The browser reconnects by itself and says what it has had. False where there are none. */
    stream(signal) {
        return new Promise((resolve) => {
            const { after } = this.place();
            const source = new EventSource(target(calls.segments({ format: "sse", after: after ?? 0 })));
            let hasOpened = false;
            signal.addEventListener("abort", () => source.close());
            source.addEventListener("open", () => {
                // What came while it was away is replayed, unless the log has let go of it.
                if (hasOpened) this.tell("trouble");
                hasOpened = true;
            });
            source.addEventListener("segment", (event) => this.collect(event));
            source.addEventListener("gap", () => this.tell("trouble"));
            for (const event of ["state", "connection"]) source.addEventListener(event, () => this.tell("change"));
            source.addEventListener("error", async () => {
                this.tell("trouble");
                if (source.readyState !== EventSource.CLOSED) return;
                if (!hasOpened) return resolve(false);
                await sleep(1000);
                resolve(this.stream(signal));
            });
        });
    }

    collect({ data, lastEventId }) {
        const run = lastEventId.split("-")[0];
        if (this.batch.length > 0 && this.batchRun !== run) this.flush();
        this.batchRun = run;
        this.batch.push(JSON.parse(data));
        this.timer ??= setTimeout(() => this.flush(), spacing);
    }

    flush() {
        clearTimeout(this.timer);
        this.timer = null;
        const records = this.batch;
        this.batch = [];
        if (records.length > 0) this.tell({ run: this.batchRun, records });
    }

    /** Long polls. */
    async poll(signal) {
        let after = null;
        while (!signal.aborted) {
            const asked = performance.now();
            try {
                if (after === null) {
                    after = (await perform(calls.segments({ last: 1 }))).body.next;
                    // What came before this moment nobody has told.
                    this.tell("trouble");
                }
                const { body } = await perform(calls.segments({ after, limit: pageSize, wait: patience }));
                if (body.next < after) after = null;
                else after = body.next;
                if (body.segments.length > 0) this.tell({ run: body.run, records: body.segments });
                if (body.run !== this.place().run) this.tell("trouble");
                await sleep(Math.max(0, spacing - (performance.now() - asked)));
            } catch (problem) {
                if (!(problem instanceof Problem)) throw problem;
                after = null;
                this.tell("trouble");
                await sleep(1000);
            }
        }
    }
}
