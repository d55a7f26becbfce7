// The newest segments, in the page. Columns of numbers instead of a hundred thousand objects: a row takes some 90
// octets, appending allocates nothing, and what has no place any more is overwritten by what is new.

import { kinds, kindOf } from "./causes.js";

/** Rows that the page keeps; older ones give way. */
export const capacity = 131_072;

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
            window: new Uint32Array(size),
            length: new Uint32Array(size),
            because: new Float64Array(size),
            retransmits: new Float64Array(size),
            answers: new Float64Array(size),
            before: new Uint8Array(size),
            after: new Uint8Array(size),
        };
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

    append(records) {
        if (records.length === 0) return;
        for (const record of records) this.put(record);
        this.dispatchEvent(new Event("append"));
    }

    clear() {
        this.end = 0;
        this.dispatchEvent(new Event("clear"));
    }

    put(record) {
        const { columns: column, size } = this;
        const slot = this.end % size;
        const { tcp, payload } = record;
        const flags = tcp?.flags ?? [];
        const length = payload?.length ?? 0;
        column.number[slot] = record.number;
        column.elapsed[slot] = record.elapsed ?? NaN;
        column.connection[slot] = this.connections.code(record.connection);
        column.inbound[slot] = record.direction === "in" ? 1 : 0;
        column.cause[slot] = this.causes.code(record.cause);
        column.kind[slot] = kindNames.indexOf(kindOf(record.cause, flags, length));
        column.flags[slot] = flags.reduce((bits, flag) => bits | (1 << flagNames.indexOf(flag)), 0);
        column.sequence[slot] = tcp?.sequence ?? 0;
        column.acknowledgment[slot] = tcp?.acknowledgment ?? 0;
        column.relativeSequence[slot] = tcp?.relativeSequence ?? NaN;
        column.relativeAcknowledgment[slot] = tcp?.relativeAcknowledgment ?? NaN;
        column.window[slot] = tcp?.scaledWindow ?? tcp?.window ?? 0;
        column.length[slot] = length;
        column.because[slot] = record.because ?? 0;
        column.retransmits[slot] = record.retransmits ?? 0;
        column.answers[slot] = record.answers?.at(-1) ?? 0;
        column.before[slot] = this.states.code(record.before?.state);
        column.after[slot] = this.states.code(record.after?.state);
        this.end += 1;
    }

    /** The row at a position, as an object for one-time use. */
    row(position) {
        const { columns: column } = this;
        const slot = position % this.size;
        const before = this.states.words[column.before[slot]];
        const after = this.states.words[column.after[slot]];
        return {
            number: column.number[slot],
            elapsed: column.elapsed[slot],
            connection: this.connections.words[column.connection[slot]],
            inbound: column.inbound[slot] === 1,
            cause: this.causes.words[column.cause[slot]] ?? "",
            kind: kindNames[column.kind[slot]],
            flags: flagNames.filter((_, bit) => column.flags[slot] & (1 << bit)),
            sequence: column.sequence[slot],
            acknowledgment: column.acknowledgment[slot],
            relativeSequence: column.relativeSequence[slot],
            relativeAcknowledgment: column.relativeAcknowledgment[slot],
            window: column.window[slot],
            length: column.length[slot],
            because: column.because[slot],
            retransmits: column.retransmits[slot],
            answers: column.answers[slot],
            entered: after !== before ? after : null,
        };
    }

    numberAt(position) {
        return this.columns.number[position % this.size];
    }

    /** The position of the segment with this number, or null. Numbers rise with positions, so this bisects. */
    positionOf(number) {
        let low = this.first;
        let high = this.end;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.numberAt(middle) < number) low = middle + 1;
            else high = middle;
        }
        return low < this.end && this.numberAt(low) === number ? low : null;
    }
}

/**
 * The rows of one connection, or all of them, in order. It follows the store by itself: call `update` before reading.
 * All rows need no list; one connection's positions are kept in one that grows at its end and is trimmed at its head.
 */
export class SegmentView {
    constructor(store) {
        this.store = store;
        this.choose(null);
    }

    /** Shows one connection (`"c1"`), or everything (null). */
    choose(connection) {
        this.connection = connection;
        this.positions = [];
        this.head = 0;
        this.examined = 0;
        this.dropped = 0;
        this.update();
    }

    /** Takes in what is new and lets go of what the store has overwritten. */
    update() {
        const { store } = this;
        if (store.end < this.examined) return this.choose(this.connection);
        if (this.connection === null) {
            this.dropped = store.first;
            this.examined = store.end;
            return;
        }
        const code = store.connections.code(this.connection);
        for (let position = Math.max(this.examined, store.first); position < store.end; position += 1) {
            if (store.columns.connection[position % store.size] === code) this.positions.push(position);
        }
        this.examined = store.end;
        while (this.head < this.positions.length && this.positions[this.head] < store.first) {
            this.head += 1;
            this.dropped += 1;
        }
        if (this.head > 4096) {
            this.positions = this.positions.slice(this.head);
            this.head = 0;
        }
    }

    get length() {
        return this.connection === null ? this.store.count : this.positions.length - this.head;
    }

    /** The store's position of row `index`. */
    position(index) {
        return this.connection === null ? this.store.first + index : this.positions[this.head + index];
    }

    /** The row that shows segment `number`, or null. */
    indexOf(number) {
        const position = this.store.positionOf(number);
        if (position === null) return null;
        if (this.connection === null) return position - this.store.first;
        let low = this.head;
        let high = this.positions.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.positions[middle] < position) low = middle + 1;
            else high = middle;
        }
        return this.positions[low] === position ? low - this.head : null;
    }
}
