// The way of a connection through the states of RFC 9293, read off its segments. Pure.

/**
 * The transitions of the first `count` rows of a view, in order: `[{ from, to, number, index }]`. `number` is the segment
 * that caused it or went with it, null where a timer or the user did it without one.
 */
export function transitionsOf(view, count = view.length) {
    const found = [];
    let state = "CLOSED";
    for (let index = 0; index < count; index += 1) {
        const row = view.row(index);
        if (row.isGap || !row.after) continue;
        const before = row.before ?? row.after;
        if (before !== state) {
            // Our SYN and our FIN are on their way when the state has changed already.
            const isCarrier = !row.inbound && (row.flags.includes("SYN") || row.flags.includes("FIN") || row.flags.includes("RST"));
            found.push({ from: state, to: before, number: isCarrier ? row.number : null, index });
        }
        if (row.after !== before) found.push({ from: before, to: row.after, number: row.number, index });
        state = row.after;
    }
    return found;
}

/** The state after some transitions. */
export function stateAfter(transitions) {
    return transitions.at(-1)?.to ?? "CLOSED";
}
