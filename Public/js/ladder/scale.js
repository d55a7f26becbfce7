// Where each segment of the ladder stands: one under the other, or by time. Pure.

/** Height of a row by order, at zoom 1, in pixels. */
const step = 34;
/** By time: the least distance between two segments, and the most that a silence takes before it is cut. */
const least = 3;
const most = 96;
/** By time: the median distance of segments is drawn this tall, at zoom 1. */
const typical = 30;
/** Space above the first and below the last row. */
const margin = 34;

/** The tops of the rows of a view; `update` brings it up to date. */
export class LadderScale {
    mode = "order";
    zoom = 1;
    tops = new Float64Array(1024);
    count = 0;
    /** Cut silences: row index → seconds before it. */
    breaks = new Map();

    /** True where something has changed. */
    update(view) {
        const key = [view.connection, view.dropped, this.mode, this.zoom, view.generation].join(" ");
        const length = view.total;
        if (key === this.key && length === this.count) return false;
        if (key !== this.key || length < this.count) this.begin(view, key);
        this.reserve(length);
        for (let index = this.count; index < length; index += 1) this.tops[index] = this.place(view, index);
        this.count = length;
        return true;
    }

    begin(view, key) {
        this.key = key;
        this.count = 0;
        this.breaks = new Map();
        this.perSecond = this.mode === "time" ? (typical / medianGap(view)) * this.zoom : 0;
    }

    place(view, index) {
        if (this.mode === "order") return margin + index * step * this.zoom;
        if (index === 0) return margin;
        const { store } = view;
        const gap = store.elapsedAt(view.position(index)) - store.elapsedAt(view.position(index - 1));
        const height = Number.isNaN(gap) ? least : Math.max(least, gap * this.perSecond);
        if (height <= most) return this.tops[index - 1] + height;
        this.breaks.set(index, gap);
        return this.tops[index - 1] + most;
    }

    reserve(length) {
        if (length <= this.tops.length) return;
        const larger = new Float64Array(2 ** Math.ceil(Math.log2(length)));
        larger.set(this.tops);
        this.tops = larger;
    }

    /** The height of the first `count` rows. */
    height(count) {
        return count === 0 ? 0 : this.tops[count - 1] + step + margin;
    }

    /** How far a segment's arrow falls on its way, for a journey of so many seconds. */
    slant(journey) {
        if (this.mode === "order") return Math.min(step * this.zoom * 0.4, 22);
        return Math.max(6, Math.min(64, journey * this.perSecond));
    }

    /** The first row whose top is not above `y`. */
    rowAt(y) {
        let low = 0;
        let high = this.count;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (this.tops[middle] < y) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/** The median of the distances between neighbours, of at most a thousand of them; never 0. */
function medianGap(view) {
    const gaps = [];
    const stride = Math.max(1, Math.floor(view.total / 1000));
    for (let index = stride; index < view.total; index += stride) {
        const gap = view.store.elapsedAt(view.position(index)) - view.store.elapsedAt(view.position(index - 1));
        if (gap > 0) gaps.push(gap);
    }
    gaps.sort((a, b) => a - b);
    return gaps[gaps.length >> 1] ?? 1e-3;
}
