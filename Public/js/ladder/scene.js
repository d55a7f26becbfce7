// The ladder as plain shapes: lines, texts and boxes with the colours' names. What is drawn on the screen, as a file and
// as a picture is this same list. Pure.

import { duration, grouped } from "../elements/format.js";
import { shortWordsBehind, wordsBehind, wordsOfFiller } from "../log/holes.js";

/** Width of the gutter for number, time and cause, and of the margin at the other side. */
const gutter = 240;
const farMargin = 54;

/** Where the two life lines stand in a picture of this width. */
export function lifelines(width) {
    const isNarrow = width < 560;
    return { near: isNarrow ? 152 : gutter, far: width - (isNarrow ? 26 : farMargin), isNarrow };
}

/**
 * The shapes of rows `first ..< last` of a view. `scale` places them, `marks` says what is lit:
 * `{ chosen, roles, span, journey, isPointing }`.
 */
export function sceneOf(view, scale, { first, last, width, marks }) {
    const lines = lifelines(width);
    const shapes = [];
    let free = -Infinity;
    for (let index = first; index < last; index += 1) {
        const row = view.row(index);
        const y = scale.tops[index];
        if (scale.breaks.has(index)) shapes.push(...breakShapes(y, scale.breaks.get(index), lines));
        if (row.isGap) {
            shapes.push(text(lines.near + 12, y + 12, "segments are missing here", "muted", { role: "small" }));
            continue;
        }
        // By time rows may stand closer than their words are tall: then the words of some are left out.
        const hasRoom = y >= free;
        if (hasRoom) free = y + 15;
        const above = y - (scale.tops[index - 1] ?? 0);
        const drawn = [...rowShapes(row, y, hasRoom, { scale, lines, marks }), ...holeShapes(row, y, above, { scale, lines, marks })];
        shapes.push({ type: "group", number: row.number, traits: traitsOf(row, marks), shapes: drawn });
    }
    return shapes;
}

function traitsOf(row, { chosen, roles, span, isPointing }) {
    const role = roles?.get(row.number);
    const isInSpan = span !== null && row.elapsed >= span[0] && row.elapsed <= span[1];
    return [
        "segment",
        row.number === chosen && "chosen",
        role,
        isPointing && roles.size > 0 && !role && "faded",
        isInSpan && "spanned",
    ].filter(Boolean);
}

function rowShapes(row, y, hasRoom, { scale, lines, marks }) {
    const { near, far } = lines;
    const slant = scale.slant(marks.journey);
    // Times are those of our end: what went out began its way then, what came in ended it.
    const start = row.inbound ? { x: far, y: y - slant } : { x: near, y };
    const end = row.inbound ? { x: near, y } : { x: far, y: y + slant };
    // Where an impairment took it is known: half way. Where else it was lost nobody knows, only that it did not arrive.
    const isDropped = row.action === "dropped";
    const isLost = isDropped || row.lostBy > 0;
    const tip = isLost ? between(start, end, isDropped ? 0.5 : 0.86) : end;
    const colour = row.kind;
    const isRepeat = row.retransmits > 0 || row.fills?.verdict === "lost";
    const shapes = [{ type: "line", from: start, to: tip, colour, isDashed: isRepeat || isLost, hasArrow: !isLost }];
    if (isLost) shapes.push({ type: "cross", at: tip, colour: isDropped ? "lab" : "alarm" });
    if (row.action && !isDropped) shapes.push({ type: "dot", at: between(start, end, 0.5), colour: "lab" });
    if (!hasRoom) return shapes;
    const at = between(start, end, 0.5);
    const angle = (Math.atan2(Math.abs(end.y - start.y), far - near) * 180) / Math.PI;
    shapes.push(
        text(at.x, at.y - 5, labelOf(row, lines), "ink", { anchor: "middle", turn: row.inbound ? -angle : angle, at, role: "label" }),
        ...gutterShapes(row, y, lines),
    );
    return shapes;
}

/**
 * What the peer sent and we never saw has no row: it is drawn above the one behind the hole, from the far end to nowhere. A cross
 * says that it was lost, none that nobody knows yet; what was only overtaken has its own arrow when it comes.
 */
function holeShapes({ hole }, y, above, { scale, lines: { near, far }, marks }) {
    if (hole === null || hole.verdict === "overtaken") return [];
    const slant = scale.slant(marks.journey);
    const at = y - Math.min(above / 2, 12);
    const tip = between({ x: far, y: at - slant }, { x: near, y: at }, 0.86);
    const isLost = hole.verdict === "lost";
    const colour = isLost ? "alarm" : "muted";
    const line = { type: "line", from: { x: far, y: at - slant }, to: tip, colour, isDashed: true, hasArrow: false };
    return isLost ? [line, { type: "cross", at: tip, colour }] : [line];
}

function between(start, end, share) {
    return { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
}

function gutterShapes(row, y, { near, isNarrow }) {
    const shapes = [
        text(8, y + 4, `#${row.number}`, "muted", { role: "small" }),
        text(near - 10, y + 4, row.action ?? row.cause, row.kind, { anchor: "end", role: "cause" }),
    ];
    if (!isNarrow) shapes.push(text(58, y + 4, duration(row.elapsed), "muted", { role: "small" }));
    if (row.after && row.after !== row.before) {
        shapes.push({ type: "state", at: { x: near, y: y + 11 }, colour: "accent", text: row.after, isLeft: isNarrow });
    }
    return shapes;
}

function labelOf(row, { isNarrow }) {
    const words = [row.flags.join(" ") || "no flags"];
    const { relativeSequence: sequence, relativeAcknowledgment: acknowledgment } = row;
    if (!isNarrow) words.push(`Seq ${grouped(Number.isNaN(sequence) ? row.sequence : sequence)}`);
    if (row.flags.includes("ACK") && !(isNarrow && row.length > 0)) {
        words.push(`Ack ${grouped(Number.isNaN(acknowledgment) ? row.acknowledgment : acknowledgment)}`);
    }
    if (row.length > 0) words.push(`Len ${grouped(row.length)}`);
    if (row.retransmits > 0) words.push(`repeats #${row.retransmits}`);
    if (row.lostBy > 0) words.push(`lost: #${row.lostBy} repeats it`);
    if (row.hole) words.push(isNarrow ? shortWordsBehind(row.hole) : wordsBehind(row.hole));
    if (row.fills) words.push(isNarrow ? `fills the hole of #${row.fills.number}` : wordsOfFiller(row.fills));
    return words.join("  ");
}

function breakShapes(y, seconds, { near, far }) {
    const at = y - 48;
    return [
        { type: "break", at: { x: near, y: at }, colour: "muted" },
        { type: "break", at: { x: far, y: at }, colour: "muted" },
        text((near + far) / 2, at + 4, `${duration(seconds)} of silence`, "muted", { anchor: "middle", role: "small" }),
    ];
}

function text(x, y, words, colour, { anchor = "start", turn = 0, at = null, role = "label" } = {}) {
    return { type: "text", x, y, words, colour, anchor, turn, at: at ?? { x, y }, role };
}
