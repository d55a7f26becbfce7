// What a connection had come to when one of its segments had just come or gone. Pure.

/**
 * At the end of a view of one connection: its `state`, and how many octets of its two streams had been `sent` and
 * `received`.
 */
export function momentOf(view) {
    const { columns: column, causes, states, size } = view.store;
    const accepted = causes.code("accepted");
    const moment = { state: null, sent: 0, received: 0 };
    const count = view.length;
    for (let index = 0; index < count; index += 1) {
        const slot = view.position(index) % size;
        // The SYN has the stream's number 0, so that its first octet has 1.
        const end = column.relativeSequence[slot] - 1 + column.length[slot];
        if (column.length[slot] === 0 || Number.isNaN(end)) continue;
        if (column.inbound[slot] === 0) moment.sent = Math.max(moment.sent, end);
        else if (column.cause[slot] === accepted) moment.received = Math.max(moment.received, end);
    }
    if (count > 0) moment.state = states.words[column.after[view.position(count - 1) % size]];
    return moment;
}
