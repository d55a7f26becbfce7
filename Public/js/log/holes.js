// What the peer sent and we never saw. A hole in its sequence numbers shows that something is missing; what fills it later
// shows whether that was lost, or only overtaken on the way. Pure.

import { grouped } from "../elements/format.js";

/** Holes that are remembered: beyond them the oldest are forgotten. */
const kept = 4096;
/** Causes of segments whose octets count: what was damaged or refused fills nothing. */
const taken = ["accepted", "out-of-order", "observed", "kernel-twin"];

/** The holes of all connections, each found at the segment behind it. */
export class HoleLedger {
    constructor() {
        this.clear();
    }

    /** Begins anew: another run, or a place where the log itself has none. */
    clear() {
        /** By connection: the number after all that the peer has sent, and the holes that are not filled. */
        this.flows = new Map();
        this.byNumber = new Map();
        this.byFiller = new Map();
    }

    /** What is missing from the log was not missing on the wire. */
    forgetPlaces() {
        this.flows.clear();
    }

    /** Takes the next row, as records.js makes them. */
    note({ number, connection, inbound, relativeSequence, length, flags, cause, analysis }) {
        if (!inbound || connection === null || Number.isNaN(relativeSequence)) return;
        const flow = this.flowOf(connection);
        const controls = flags.filter((flag) => flag === "SYN" || flag === "FIN").length;
        const segment = { number, from: relativeSequence, to: relativeSequence + length + controls, cause, analysis };
        if (analysis.includes("lost_segment") && segment.from > flow.next) this.open(flow, segment);
        else if (flow.holes.length > 0 && taken.includes(cause)) this.fill(flow, segment);
        flow.next = Math.max(flow.next ?? 0, segment.to);
    }

    flowOf(connection) {
        if (!this.flows.has(connection)) this.flows.set(connection, { next: null, holes: [] });
        return this.flows.get(connection);
    }

    open(flow, { number, from }) {
        if (flow.next === null) return;
        const hole = { number, from: flow.next, to: from, missing: [[flow.next, from]], filledBy: 0, isLost: false };
        flow.holes.push(hole);
        remember(this.byNumber, number, hole);
    }

    fill(flow, { number, from, to, analysis }) {
        for (const hole of flow.holes) {
            const rest = hole.missing.flatMap((part) => without(part, from, to));
            if (lengthOf(rest) === lengthOf(hole.missing)) continue;
            hole.missing = rest;
            // The log's own judgement, by the order and the times of the segments: repeated, or late.
            hole.isLost ||= analysis.includes("retransmission");
            if (rest.length === 0) hole.filledBy = number;
            remember(this.byFiller, number, hole);
        }
        flow.holes = flow.holes.filter(({ missing }) => missing.length > 0);
    }

    /**
     * The hole before a segment, null for none: `{ number, from, to, filledBy, verdict }`, as far as it is known when
     * segment `until` has come (null: now). The verdict is `missing`, `lost` or `overtaken`.
     */
    before(number, until = null) {
        return asKnown(this.byNumber.get(number), until);
    }

    /** The hole that a segment fills, or a part of which it fills; null for none. */
    filledBy(number, until = null) {
        return asKnown(this.byFiller.get(number), until);
    }
}

function asKnown(hole, until) {
    if (!hole) return null;
    const { number, from, to, filledBy, isLost } = hole;
    const isKnown = filledBy > 0 && (until === null || filledBy <= until);
    const verdict = isLost ? "lost" : "overtaken";
    return { number, from, to, filledBy: isKnown ? filledBy : 0, verdict: isKnown ? verdict : "missing" };
}

function remember(map, number, hole) {
    map.set(number, hole);
    if (map.size > kept) map.delete(map.keys().next().value);
}

/** What is left of a span without another one. */
function without([start, end], from, to) {
    return [[start, Math.min(end, from)], [Math.max(start, to), end]].filter(([left, right]) => left < right);
}

function lengthOf(parts) {
    return parts.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What a hole says at the segment behind it. */
export function wordsBehind({ from, to, filledBy, verdict }) {
    const octets = to - from === 1 ? grouped(from) : `${grouped(from)}–${grouped(to - 1)}`;
    if (verdict === "missing") return `${octets} missing before it`;
    return verdict === "lost" ? `${octets} lost before it: #${filledBy} repeats them` : `${octets} late before it: #${filledBy} brings them`;
}

/** The same where there is little room. */
export function shortWordsBehind({ filledBy, verdict }) {
    if (verdict === "missing") return "missing before it";
    return `${verdict === "lost" ? "lost" : "late"} before it: #${filledBy}`;
}

/** What it says at a segment that fills it. */
export function wordsOfFiller({ number, verdict }) {
    if (verdict === "lost") return `repeats what was lost before #${number}`;
    return verdict === "overtaken" ? `overtaken by #${number}` : `missing before #${number}`;
}
