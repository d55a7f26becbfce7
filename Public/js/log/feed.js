// How the store is filled: first with pages of what the log has kept, then with every new segment as live.js brings it.

import { calls, perform, Problem } from "../service/api.js";
import { LiveSource } from "./live.js";
import { memberNames, rowOfRecord, rowsOfColumns } from "./records.js";

/** Most records of one page of columns: the contract's limit. */
const pageSize = 10_000;
/** Most records of one page of whole objects, for a service without columns. */
const objectPageSize = 2000;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Fills the store. Dispatches `status` when `state` ("connecting", "live", "paused" or "offline"), `problem`, `run` or
 * `missed` changes, and `restart` when the service has begun a new run, whose numbers begin again.
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
    isPaused = false;
    hasColumns = true;

    constructor(store) {
        super();
        this.store = store;
        this.live = new LiveSource(() => ({ run: this.run, after: this.after }));
        this.live.addEventListener("records", ({ detail }) => this.receive(detail));
        this.live.addEventListener("trouble", () => this.settle());
    }

    async start() {
        await this.settle();
        this.live.start();
    }

    /** Stops taking segments in; the log keeps them meanwhile. */
    pause() {
        this.isPaused = true;
        this.become({ state: "paused" });
    }

    /** Goes on where it was paused: what the log has let go of meanwhile becomes a gap. */
    resume() {
        this.isPaused = false;
        return this.settle();
    }

    /** A batch of live records; one that leaves a hole behind is fetched by pages instead. */
    receive({ run, records }) {
        if (this.isPaused || this.after === null) return;
        if (this.isSettling || run !== this.run) return void this.settle();
        const fresh = records.filter(({ number }) => number > this.after);
        if (fresh.length === 0) return;
        if (fresh[0].number > this.after + 1) return void this.settle();
        this.after = fresh.at(-1).number;
        this.store.append(fresh.map(rowOfRecord));
    }

    /** Reads pages until the newest segment is reached, however often that fails; calls meanwhile make it go round once more. */
    async settle() {
        this.isWanted = true;
        if (this.isSettling) return;
        this.isSettling = true;
        let failures = 0;
        while (this.isWanted && !this.isPaused) {
            try {
                this.isWanted = false;
                if (await this.readPage()) this.isWanted = true;
                failures = 0;
            } catch (problem) {
                if (!(problem instanceof Problem)) throw problem;
                if (this.fallBack(problem)) continue;
                failures += 1;
                this.isWanted = true;
                this.become({ state: "offline", problem });
                await sleep(Math.min(5000, 250 * 2 ** failures));
            }
        }
        this.isSettling = false;
        if (!this.isPaused) this.become({ state: "live", problem: null });
    }

    /** A service without columns gives whole objects; true where that is worth a try. */
    fallBack({ status }) {
        if (!this.hasColumns || ![400, 406, 422, 501].includes(status)) return false;
        this.hasColumns = false;
        this.isWanted = true;
        return true;
    }

    /** One page; true where more is waiting. */
    async readPage() {
        this.after ??= await this.beginning();
        const limit = this.hasColumns ? pageSize : objectPageSize;
        const shape = this.hasColumns ? { format: "columns", fields: memberNames.join(",") } : {};
        const { body } = await perform(calls.segments({ after: this.after, limit, ...shape }));
        if (this.run !== null && body.run !== this.run) {
            this.restart(body.run);
            return true;
        }
        this.become({ run: body.run });
        const rows = this.hasColumns ? rowsOfColumns(body) : body.segments.map(rowOfRecord);
        this.take(rows, body);
        return rows.length === limit;
    }

    /** Where to begin, so that what is read first is not what the store has to let go of before the end is reached. */
    async beginning() {
        const { body } = await perform(calls.segments({ last: 1 }));
        return Math.max(0, body.next - this.store.size);
    }

    take(rows, { next, oldest }) {
        const gone = rows.length > 0 ? Math.min(rows[0].number, oldest) - this.after - 1 : 0;
        if (this.store.count > 0 && gone > 0) {
            this.become({ missed: this.missed + gone });
            this.store.appendGap({ number: this.after + 1, count: gone, reason: "missed" });
        }
        this.after = Math.max(this.after, next);
        this.store.append(rows);
    }

    restart(run) {
        this.after = 0;
        this.become({ missed: 0, run });
        this.store.clear();
        this.store.appendGap({ number: 0, count: 0, reason: "restarted" });
        this.dispatchEvent(new Event("restart"));
    }

    become(change) {
        if (Object.entries(change).every(([name, value]) => this[name] === value)) return;
        Object.assign(this, change);
        this.dispatchEvent(new Event("status"));
    }
}
