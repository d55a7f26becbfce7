// Some of the store's rows, in order: all, one connection's, those that a filter lets through, those up to a moment.

/** Released rows at the head of a list before it is cut. */
const slack = 4096;

/**
 * It follows the store by itself: call `update` before reading. All rows need no list; otherwise positions are kept in
 * one that grows at its end and is trimmed at its head.
 */
export class SegmentView {
    /** Rows behind this segment are left out; null for none. */
    until = null;
    /** Lets only its own numbers through: see matcher.js. */
    matcher = null;

    constructor(store) {
        this.store = store;
        this.choose(null);
    }

    /** Shows one connection (`"c1"`), or everything (null). */
    choose(connection) {
        this.connection = connection;
        this.restart();
    }

    /** Shows only what a matcher has found; null lifts it. */
    filter(matcher) {
        this.matcher = matcher;
        this.restart();
    }

    restart() {
        this.positions = [];
        this.head = 0;
        this.examined = 0;
        /** Numbers of the matcher that were looked at. */
        this.matched = 0;
        this.dropped = 0;
        this.generation = this.matcher?.generation;
        this.update();
    }

    get isPlain() {
        return this.connection === null && this.matcher === null;
    }

    /** Takes in what is new and lets go of what the store has overwritten. */
    update() {
        const { store } = this;
        if (store.end < this.examined || this.matcher?.generation !== this.generation) return this.restart();
        if (this.isPlain) this.dropped = store.first;
        else if (this.matcher) this.takeMatched();
        else this.takeConnection();
        this.examined = store.end;
        this.trim();
    }

    takeConnection() {
        const { store } = this;
        const code = store.connections.code(this.connection);
        for (let position = Math.max(this.examined, store.first); position < store.end; position += 1) {
            const isOurs = store.columns.connection[position % store.size] === code;
            // What is missing before the connection's first segment is not missing from it.
            const isMissing = store.isGapAt(position) && this.positions.length > this.head;
            if (isOurs || isMissing) this.positions.push(position);
        }
    }

    takeMatched() {
        const { store, matcher } = this;
        const code = store.connections.code(this.connection);
        for (; this.matched < matcher.numbers.length; this.matched += 1) {
            const number = matcher.numbers[this.matched];
            if (number > store.newest) break;
            const position = store.positionOf(number);
            if (position === null) continue;
            const isOurs = this.connection === null || store.columns.connection[position % store.size] === code;
            if (isOurs) this.positions.push(position);
        }
    }

    trim() {
        while (this.head < this.positions.length && this.positions[this.head] < this.store.first) {
            this.head += 1;
            this.dropped += 1;
        }
        if (this.head > slack) {
            this.positions = this.positions.slice(this.head);
            this.head = 0;
        }
    }

    /** Rows, whether shown or behind the moment. */
    get total() {
        return this.isPlain ? this.store.count : this.positions.length - this.head;
    }

    /** Rows up to the moment. */
    get length() {
        return this.until === null ? this.total : this.countUpTo(this.until);
    }

    /** How many rows have a number that is at most this one. */
    countUpTo(number) {
        let low = 0;
        let high = this.total;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.store.numberAt(this.position(middle)) <= number) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /** The store's position of row `index`. */
    position(index) {
        return this.isPlain ? this.store.first + index : this.positions[this.head + index];
    }

    /** Row `index`, as an object for one-time use. */
    row(index) {
        return this.store.row(this.position(index), this.until);
    }

    /** The segment that proves a loss of row `index`, or of what is missing before it; 0 for none. */
    proofAt(index) {
        const { store, until } = this;
        const position = this.position(index);
        return store.lossOf(position, until) || (store.holes.before(store.numberAt(position), until)?.filledBy ?? 0);
    }

    /** The row that shows segment `number`, or null. */
    indexOf(number) {
        const index = this.countUpTo(number) - 1;
        return index >= 0 && this.store.numberAt(this.position(index)) === number ? index : null;
    }
}
