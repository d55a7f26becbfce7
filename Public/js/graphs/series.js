// What the graphs draw, read off a connection's segments. Pure.

/** Segments that one graph draws; beyond them, every n-th of the ordinary ones is drawn. */
const most = 20_000;
/** Intervals of the throughput graph. */
const intervals = 120;

/** Calls `visit(slot, row index)` for each segment of a view that has a time and belongs to the graph. */
function eachSlot(view, visit) {
    const { store } = view;
    const count = view.length;
    const stride = Math.max(1, Math.ceil(count / most));
    for (let index = 0; index < count; index += 1) {
        const position = view.position(index);
        if (store.isGapAt(position) || Number.isNaN(store.elapsedAt(position))) continue;
        const slot = position % store.size;
        const isRepeat = store.columns.retransmits[slot] > 0;
        if (index % stride === 0 || isRepeat || index === count - 1) visit(slot, index);
    }
}

/**
 * The time–sequence graph of one direction: rows `[time, data, repeats, acknowledged, window, SACK]`, and for the row of the
 * same index in `bars` what stands from where to where: `{ from, to, isLost, number }`, or `{ sacked, number }`.
 */
export function sequenceSeries(view, isInbound) {
    const { columns: column, lists, actions } = view.store;
    const rows = [];
    const bars = [];
    let acknowledged = null;
    let edge = null;
    const base = initialNumber(view, !isInbound);
    eachSlot(view, (slot, index) => {
        const time = column.elapsed[slot];
        if ((column.inbound[slot] === 1) === isInbound) {
            const from = column.relativeSequence[slot];
            const length = column.length[slot];
            if (length === 0 || Number.isNaN(from)) return;
            const isRepeat = column.retransmits[slot] > 0;
            const to = from + length;
            rows.push([time, isRepeat ? null : to, isRepeat ? to : null, acknowledged, edge, null]);
            const isLost = actions.words[column.action[slot]] === "dropped" || view.store.lossOf(view.position(index), view.until) > 0;
            bars.push({ from, to, isLost, number: column.number[slot] });
            return;
        }
        const acknowledgment = column.relativeAcknowledgment[slot];
        if (!(column.flags[slot] & 16) || Number.isNaN(acknowledgment)) return;
        acknowledged = Math.max(acknowledged ?? 0, acknowledgment);
        edge = Math.max(edge ?? 0, acknowledgment + column.window[slot]);
        const blocks = lists.sack[slot] && base !== null ? lists.sack[slot] : [];
        const sacked = blocks.map(([start, end]) => ({ from: (start - base) >>> 0, to: (end - base) >>> 0 }));
        rows.push([time, null, null, acknowledged, edge, sacked.length > 0 ? sacked.at(-1).to : null]);
        bars.push({ sacked, number: column.number[slot] });
    });
    return { rows, bars };
}

/** The sequence number that stands for relative 0 of the direction which an acknowledgment's sender receives. */
function initialNumber(view, fromInbound) {
    const { columns: column, size } = view.store;
    for (let index = 0; index < Math.min(view.length, 64); index += 1) {
        const slot = view.position(index) % size;
        const isSender = (column.inbound[slot] === 1) !== fromInbound;
        if (isSender && !Number.isNaN(column.relativeSequence[slot])) {
            return (column.sequence[slot] - column.relativeSequence[slot]) >>> 0;
        }
    }
    return null;
}

/** Octets of payload a second in each direction: rows `[time, sent, received]`. Repeats count as sent. */
export function throughputSeries(view) {
    const { columns: column, size } = view.store;
    const count = view.length;
    if (count < 2) return [];
    const at = (index) => column.elapsed[view.position(index) % size];
    const start = at(0);
    const width = Math.max((at(count - 1) - start) / intervals, 1e-6);
    const sums = Array.from({ length: intervals + 1 }, () => [0, 0]);
    for (let index = 0; index < count; index += 1) {
        const slot = view.position(index) % size;
        const place = Math.floor((column.elapsed[slot] - start) / width);
        if (place >= 0 && place <= intervals) sums[place][column.inbound[slot]] += column.length[slot];
    }
    return sums.map(([sent, received], place) => [start + (place + 0.5) * width, sent / width, received / width]);
}

/** The span of time that all these graphs' rows need together, with a margin; null where there are none. */
export function wholeOf(graphs) {
    const drawn = graphs.filter((rows) => rows.length > 0);
    if (drawn.length === 0) return null;
    const first = Math.min(...drawn.map((rows) => rows[0][0]));
    const last = Math.max(...drawn.map((rows) => rows.at(-1)[0]));
    const margin = (last - first) * 0.02 || 1e-3;
    return [first - margin, last + margin];
}
