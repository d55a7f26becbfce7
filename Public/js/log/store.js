// The newest segments, in the page. Columns of numbers instead of a hundred thousand objects: a row takes some hundred
// octets, appending allocates next to nothing, and what has no place any more is overwritten by what is new.

import { kinds, kindOf, provesLoss } from "./causes.js";
import { HoleLedger } from "./holes.js";

/** Rows that the page keeps; older ones give way. */
const capacity = 131_072;

/** In the order of their bits, as the header has them; AE sits above CWR. */
const flagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];
const kindNames = kinds.map((kind) => kind.name);

/** Words that repeat, kept once and named by a small number. Number 0 is "none". */
class Words {
    words = [null];
    codes = new Map([[null, 0]]);

    code(word) {
        const known = this.codes.get(word ?? null);
        if (known !== undefined) return known;
        this.words.push(word);
        this.codes.set(word, this.words.length - 1);
        return this.words.length - 1;
    }
}

/** What a slot is beside its numbers: a segment, or a place where segments are missing. */
const gapKind = 255;

/**
 * A ring of segment records. A *position* counts rows from the beginning of the run and never changes for a row;
 * `first ..< end` are the positions kept. Dispatches `append`, and `clear` when another run has begun.
 */
export class SegmentStore extends EventTarget {
    constructor(size = capacity) {
        super();
        this.size = size;
        this.connections = new Words();
        this.causes = new Words();
        this.states = new Words();
        this.actions = new Words();
        this.holes = new HoleLedger();
        this.columns = {
            number: new Float64Array(size),
            elapsed: new Float64Array(size),
            connection: new Uint32Array(size),
            inbound: new Uint8Array(size),
            cause: new Uint8Array(size),
            kind: new Uint8Array(size),
            flags: new Uint16Array(size),
            sequence: new Uint32Array(size),
            acknowledgment: new Uint32Array(size),
            relativeSequence: new Float64Array(size),
            relativeAcknowledgment: new Float64Array(size),
            window: new Float64Array(size),
            length: new Float64Array(size),
            because: new Float64Array(size),
            retransmits: new Float64Array(size),
            repeatedBy: new Float64Array(size),
            before: new Uint8Array(size),
            after: new Uint8Array(size),
            action: new Uint8Array(size),
            rule: new Uint8Array(size),
        };
        // What few rows have: lists. A hole costs nothing but its place.
        this.lists = { answers: new Array(size), sack: new Array(size), analysis: new Array(size) };
        this.end = 0;
    }

    /** The oldest position kept. */
    get first() {
        return Math.max(0, this.end - this.size);
    }

    get count() {
        return this.end - this.first;
    }

    /** The number of the newest segment, 0 before the first. */
    get newest() {
        return this.end === 0 ? 0 : this.columns.number[(this.end - 1) % this.size];
    }

    /** Takes rows as records.js makes them, in the order of their numbers. */
    append(rows) {
        if (rows.length === 0) return;
        for (const row of rows) {
            this.put(row);
            this.holes.note(row);
        }
        this.dispatchEvent(new Event("append"));
    }

    /** A row that says what is missing: `count` segments from `number` on, or why the numbers begin anew. */
    appendGap({ number, count, reason }) {
        this.put({ number, length: count, cause: reason, connection: null, flags: [], answers: [], analysis: [], elapsed: NaN });
        this.columns.kind[(this.end - 1) % this.size] = gapKind;
        this.holes.forgetPlaces();
        this.dispatchEvent(new Event("append"));
    }

    clear() {
        this.end = 0;
        this.holes.clear();
        this.dispatchEvent(new Event("clear"));
    }

    put(row) {
        const { columns: column, lists, size } = this;
        const slot = this.end % size;
        column.number[slot] = row.number;
        column.elapsed[slot] = row.elapsed;
        column.connection[slot] = this.connections.code(row.connection);
        column.inbound[slot] = row.inbound ? 1 : 0;
        column.cause[slot] = this.causes.code(row.cause);
        column.kind[slot] = kindNames.indexOf(kindOf(row.cause, row.flags, row.length));
        column.flags[slot] = row.flags.reduce((bits, flag) => bits | (1 << flagNames.indexOf(flag)), 0);
        column.sequence[slot] = row.sequence ?? 0;
        column.acknowledgment[slot] = row.acknowledgment ?? 0;
        column.relativeSequence[slot] = row.relativeSequence ?? NaN;
        column.relativeAcknowledgment[slot] = row.relativeAcknowledgment ?? NaN;
        column.window[slot] = row.window ?? 0;
        column.length[slot] = row.length;
        column.because[slot] = row.because ?? 0;
        column.retransmits[slot] = row.retransmits ?? 0;
        column.before[slot] = this.states.code(row.before);
        column.after[slot] = this.states.code(row.after);
        column.action[slot] = this.actions.code(row.action);
        column.rule[slot] = 0;
        column.repeatedBy[slot] = 0;
        lists.answers[slot] = row.answers.length > 0 ? row.answers : undefined;
        lists.sack[slot] = row.sack ?? undefined;
        lists.analysis[slot] = row.analysis.length > 0 ? row.analysis : undefined;
        this.end += 1;
        if (provesLoss(row)) this.noteLoss(row);
    }

    /** A segment that had to be repeated did not come through: its row learns which one repeats it. */
    noteLoss({ number, retransmits }) {
        const position = this.positionOf(retransmits);
        if (position !== null) this.columns.repeatedBy[position % this.size] ||= number;
    }

    /** The segment that proves this row's loss, as far as it is not behind `until`; 0 for none. What an impairment did to it is known better. */
    lossOf(position, until = null) {
        const slot = position % this.size;
        const number = this.columns.repeatedBy[slot];
        return this.columns.action[slot] === 0 && (until === null || number <= until) ? number : 0;
    }

    /** The row at a position, as an object for one-time use; `until` is the segment behind which nothing is known yet. */
    row(position, until = null) {
        const { columns: column } = this;
        const slot = position % this.size;
        const before = this.states.words[column.before[slot]];
        const after = this.states.words[column.after[slot]];
        return {
            isGap: column.kind[slot] === gapKind,
            number: column.number[slot],
            elapsed: column.elapsed[slot],
            connection: this.connections.words[column.connection[slot]],
            inbound: column.inbound[slot] === 1,
            cause: this.causes.words[column.cause[slot]] ?? "",
            kind: kindNames[column.kind[slot]] ?? "gap",
            flags: flagNames.filter((_, bit) => column.flags[slot] & (1 << bit)),
            sequence: column.sequence[slot],
            acknowledgment: column.acknowledgment[slot],
            relativeSequence: column.relativeSequence[slot],
            relativeAcknowledgment: column.relativeAcknowledgment[slot],
            window: column.window[slot],
            length: column.length[slot],
            because: column.because[slot],
            retransmits: column.retransmits[slot],
            lostBy: this.lossOf(position, until),
            hole: this.holes.before(column.number[slot], until),
            fills: this.holes.filledBy(column.number[slot], until),
            answers: this.lists.answers[slot] ?? [],
            analysis: this.lists.analysis[slot] ?? [],
            sack: this.lists.sack[slot] ?? null,
            action: this.actions.words[column.action[slot]],
            before,
            after,
            rule: column.rule[slot],
        };
    }

    numberAt(position) {
        return this.columns.number[position % this.size];
    }

    /** Seconds since its connection's first segment. */
    elapsedAt(position) {
        return this.columns.elapsed[position % this.size];
    }

    /** The colour rule of a row, 0 for none. */
    ruleAt(position) {
        return this.columns.rule[position % this.size];
    }

    isGapAt(position) {
        return this.columns.kind[position % this.size] === gapKind;
    }

    /** Gives the segment of this number the colour of a rule (0: none). */
    colour(number, rule) {
        const position = this.positionOf(number);
        if (position !== null) this.columns.rule[position % this.size] = rule;
    }

    /** The position of the segment with this number, or null. */
    positionOf(number) {
        const position = this.lowerBound(number);
        return position < this.end && this.numberAt(position) === number ? position : null;
    }

    /** The first position whose number is not below this one. Numbers rise with positions, so this bisects. */
    lowerBound(number) {
        let low = this.first;
        let high = this.end;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.numberAt(middle) < number) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
