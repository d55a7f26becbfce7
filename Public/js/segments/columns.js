// The columns of the segment table: what each says, how wide it is, and which ones a table of some width has room for.

import { duration, grouped } from "../elements/format.js";
import { wordsBehind, wordsOfFiller } from "../log/holes.js";

/**
 * In the order in which they stand. `width` in rem; `rank` is the order in which they give way to a narrow window, 0 for
 * never; `hints` where the text may not fit. Without a rank, a column is shown only where the user has chosen it.
 */
export const columns = [
    { name: "number", label: "No.", width: 3.4, rank: 0, text: (row) => String(row.number) },
    { name: "elapsed", label: "Time", title: "Since the connection's first segment", width: 5, rank: 0, text: clock },
    { name: "delta", label: "Δ", title: "Since the row above", width: 5.6, text: delta },
    { name: "connection", label: "Conn.", title: "Connection", width: 3.2, rank: 5, text: (row) => row.connection ?? "–" },
    { name: "direction", label: "Dir.", title: "Direction", width: 3.5, rank: 0.5, text: (row) => (row.inbound ? "← in" : "→ out") },
    { name: "flags", label: "Flags", width: 5.2, rank: 0, text: (row) => row.flags.join(" ") || "none" },
    { name: "sequence", label: "Seq", width: 4.8, wide: 6.8, rank: 3, hints: true, text: sequence },
    { name: "acknowledgment", label: "Ack", width: 4.8, wide: 6.8, rank: 2, hints: true, text: acknowledgment },
    { name: "window", label: "Win", title: "Window in octets, scaled", width: 5.6, rank: 7, text: (row) => grouped(row.window) },
    { name: "length", label: "Len", title: "Octets of payload", width: 3.7, rank: 1, text: (row) => grouped(row.length) },
    { name: "cause", label: "Cause", title: "Why sent, or what became of it", width: 7.6, grows: true, rank: 0, hints: true, text: cause },
    { name: "state", label: "State", title: "The connection's state after it", width: 8, text: (row) => row.after ?? "" },
    { name: "action", label: "Impaired", title: "What an impairment did to it", width: 6.4, text: (row) => row.action ?? "" },
    { name: "note", label: "Note", width: 9, grows: true, rank: 6, hints: true, text: note },
];

function clock({ elapsed }) {
    if (Number.isNaN(elapsed)) return "";
    return elapsed < 1 ? duration(elapsed) : `${elapsed < 1e5 ? elapsed.toPrecision(5) : Math.round(elapsed)} s`;
}

function delta({ elapsed }, { above }) {
    return above === null || Number.isNaN(above) || elapsed < above ? "" : duration(elapsed - above);
}

function sequence(row, { absolute }) {
    return grouped(absolute || Number.isNaN(row.relativeSequence) ? row.sequence : row.relativeSequence);
}

function acknowledgment(row, { absolute }) {
    if (!row.flags.includes("ACK")) return "·";
    const { relativeAcknowledgment: relative } = row;
    return grouped(absolute || Number.isNaN(relative) ? row.acknowledgment : relative);
}

function cause(row) {
    return row.cause;
}

function note(row) {
    const words = [];
    if (row.after !== row.before && row.after) words.push(row.after);
    if (row.action) words.push(row.action);
    if (row.lostBy > 0) words.push(`lost: #${row.lostBy} repeats it`);
    if (row.hole) words.push(wordsBehind(row.hole));
    if (row.fills) words.push(wordsOfFiller(row.fills));
    if (row.retransmits > 0) words.push(`repeats #${row.retransmits}`);
    if (row.because > 0) words.push(`because of #${row.because}`);
    if (row.answers.length > 0) words.push(`answers #${row.answers.join(", #")}`);
    words.push(...row.analysis.map((word) => word.replaceAll("_", " ")));
    return words.join(" · ");
}

/** What a row that stands for missing segments says. */
export function gapText({ cause, length, number }) {
    if (cause === "restarted") return "The service has started anew: numbers begin again at 1.";
    const last = number + length - 1;
    return `${grouped(length)} segments are missing here (#${number} to #${last}): the log let them go before they were read.`;
}

/** The width of a column in rem: absolute sequence numbers need more. */
export function widthOf(column, absolute) {
    return absolute ? (column.wide ?? column.width) : column.width;
}

/** The columns that a table shows: the user's choice, or by default as many as `room` rem hold. */
export function shownColumns(chosen, room, absolute) {
    if (chosen !== null) return columns.filter(({ name }) => chosen.includes(name));
    let shown = columns.filter(({ rank }) => rank !== undefined);
    const width = () => shown.reduce((sum, column) => sum + widthOf(column, absolute), 0);
    for (const victim of [...shown].sort((a, b) => b.rank - a.rank)) {
        if (width() <= room || victim.rank === 0) break;
        shown = shown.filter((column) => column !== victim);
    }
    return shown;
}

/** The grid's template for these columns, in rem. */
export function template(shown, absolute) {
    return shown
        .map((column) => {
            const width = `${widthOf(column, absolute)}rem`;
            return column.grows ? `minmax(${width}, 1fr)` : width;
        })
        .join(" ");
}
