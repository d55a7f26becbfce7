// The numbers of the segments that a filter lets through. The service judges: its filter language has one meaning, and
// the page asks only for numbers, beginning where it last left off.

import { calls, perform, Problem } from "../service/api.js";

/** Numbers of one answer. */
const pageSize = 10_000;
/** Least time between two questions, in milliseconds. */
const spacing = 250;

/**
 * Follows the store with one filter expression. Dispatches `change` when there are more `numbers`, and `fail` with a
 * `Problem` as detail; after that it asks no more.
 */
export class Matcher extends EventTarget {
    numbers = [];
    /** Rises when the numbers begin anew, so that a view notices. */
    generation = 0;

    constructor(store, expression) {
        super();
        this.store = store;
        this.expression = expression;
        this.stopped = new AbortController();
        const { signal } = this.stopped;
        this.after = store.count > 0 ? Math.max(0, store.numberAt(store.first) - 1) : 0;
        store.addEventListener("append", () => this.ask(), { signal });
        store.addEventListener("clear", () => this.restart(), { signal });
        this.ask();
    }

    restart() {
        this.numbers = [];
        this.generation += 1;
        this.after = 0;
    }

    stop() {
        this.stopped.abort();
    }

    async ask() {
        this.wanted = true;
        if (this.asking || this.stopped.signal.aborted) return;
        this.asking = true;
        try {
            while (this.wanted && !this.stopped.signal.aborted) {
                const isFull = await this.askOnce();
                if (!isFull) await new Promise((resolve) => setTimeout(resolve, spacing));
            }
        } catch (error) {
            this.failed(error);
        } finally {
            this.asking = false;
        }
    }

    failed(error) {
        if (error.name === "AbortError") return;
        if (!(error instanceof Problem)) throw error;
        // Where nothing answered, the feed says so, and appends when the service is back: then this asks again.
        if (error.status === 0) return;
        this.stop();
        this.dispatchEvent(new CustomEvent("fail", { detail: error }));
    }

    /** One page; true where it was full, so that more is waiting. */
    async askOnce() {
        this.wanted = false;
        const { generation } = this;
        const query = { filter: this.expression, after: this.after, limit: pageSize, fields: "number", format: "columns" };
        const { body } = await perform(calls.segments(query), { signal: this.stopped.signal });
        if (generation !== this.generation) return true;
        const place = body.columns.indexOf("number");
        for (const row of body.rows) this.numbers.push(row[place]);
        const hasMoved = body.next > this.after;
        this.after = Math.max(this.after, body.next);
        this.wanted ||= hasMoved && this.after < this.store.newest;
        if (body.rows.length > 0) this.dispatchEvent(new Event("change"));
        return this.wanted;
    }
}
