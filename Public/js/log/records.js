// Records of the log, as nested objects or as rows of columns, in the one flat shape that the store takes. Pure.

/** The members that the page keeps of each record, as `fields=` names them. */
export const memberNames = [
    ...["number", "elapsed", "connection", "direction", "cause", "because", "retransmits", "answers", "impairment"],
    ...["tcp.flags", "tcp.sequence", "tcp.acknowledgment", "tcp.relativeSequence", "tcp.relativeAcknowledgment"],
    ...["tcp.window", "tcp.scaledWindow", "tcp.options", "payload.length", "before.state", "after.state", "analysis"],
];

/** Follows a dotted name into a record. */
function memberOf(record, name) {
    let value = record;
    for (const part of name.split(".")) value = value?.[part];
    return value;
}

/** A record of `format=json`, or of a server-sent event. */
export function rowOfRecord(record) {
    return rowOf((name) => memberOf(record, name));
}

/** The rows of a page of `format=columns`. */
export function rowsOfColumns({ columns, rows }) {
    const places = new Map(columns.map((name, index) => [name, index]));
    // A column may hold a whole object where one of its members is asked for.
    const readers = new Map(memberNames.map((name) => [name, readerOf(name, places)]));
    return rows.map((row) => rowOf((name) => readers.get(name)(row)));
}

function readerOf(name, places) {
    if (places.has(name)) {
        const place = places.get(name);
        return (row) => row[place];
    }
    const [head, ...rest] = name.split(".");
    if (!places.has(head) || rest.length === 0) return () => undefined;
    const place = places.get(head);
    return (row) => memberOf(row[place], rest.join("."));
}

function rowOf(value) {
    const impairment = value("impairment");
    const options = value("tcp.options");
    return {
        number: value("number"),
        elapsed: value("elapsed") ?? NaN,
        connection: value("connection") ?? null,
        inbound: value("direction") === "in",
        cause: value("cause") ?? "",
        flags: value("tcp.flags") ?? [],
        sequence: value("tcp.sequence") ?? 0,
        acknowledgment: value("tcp.acknowledgment") ?? 0,
        relativeSequence: value("tcp.relativeSequence") ?? NaN,
        relativeAcknowledgment: value("tcp.relativeAcknowledgment") ?? NaN,
        window: value("tcp.scaledWindow") ?? value("tcp.window") ?? 0,
        length: value("payload.length") ?? 0,
        because: value("because") ?? 0,
        retransmits: value("retransmits") ?? 0,
        answers: value("answers") ?? [],
        analysis: value("analysis") ?? [],
        action: typeof impairment === "object" ? (impairment?.action ?? null) : impairment,
        sack: Array.isArray(options) ? sackBlocks(options) : null,
        before: value("before.state") ?? null,
        after: value("after.state") ?? null,
    };
}

/** The blocks of a SACK option as `[[start, end]]`, null where there is none. */
function sackBlocks(options) {
    const blocks = options.find(({ name }) => name === "sack")?.blocks;
    return blocks?.map(({ start, end }) => [start, end]) ?? null;
}
