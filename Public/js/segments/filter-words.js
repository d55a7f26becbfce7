// What the filter bar can complete: the fields of the service's filter language, with the values that they may have. Pure.

import { causes } from "../log/causes.js";

const states = [
    ...["LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"],
    ...["CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED"],
];
const flags = ["syn", "ack", "fin", "reset", "push", "urg", "ece", "cwr", "ae"];
const analyses = [
    ...["retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "duplicate_ack", "lost_segment"],
    ...["window_full", "window_update", "zero_window", "zero_window_probe", "keep_alive", "keep_alive_ack", "reused_ports"],
];
const bit = ["1", "0"];

/** The fields: `name`, what it means, and `values` where these are few. */
export const fields = [
    field("cause", "why it was sent, or what became of it", causes),
    field("connection", "the connection's id"),
    field("direction", "in or out", ["in", "out"]),
    field("state", "the connection's state after it", states),
    field("frame.number", "the segment's number"),
    field("payload", "its octets as text, for contains"),
    field("tcp.port", "either port"),
    field("tcp.srcport", "source port"),
    field("tcp.dstport", "destination port"),
    field("tcp.len", "octets of payload"),
    field("tcp.seq", "sequence number, relative"),
    field("tcp.seq_raw", "sequence number as sent"),
    field("tcp.ack", "acknowledgment number, relative"),
    field("tcp.ack_raw", "acknowledgment number as sent"),
    field("tcp.window_size", "window in octets, scaled"),
    field("tcp.window_size_value", "window field as sent"),
    field("tcp.urgent_pointer", "urgent pointer"),
    field("tcp.hdr_len", "octets of header"),
    field("tcp.checksum", "checksum field"),
    ...flags.map((name) => field(`tcp.flags.${name}`, `flag ${name.toUpperCase()}`, bit)),
    ...analyses.map((name) => field(`tcp.analysis.${name}`, name.replaceAll("_", " "))),
    field("tcp.options.mss_val", "maximum segment size"),
    field("tcp.options.wscale.shift", "window scale"),
    field("tcp.options.timestamp.tsval", "timestamp value"),
    field("tcp.options.sack", "has SACK blocks"),
    field("ip.addr", "either address"),
    field("ip.src", "source address"),
    field("ip.dst", "destination address"),
    field("ip.ttl", "time to live"),
];

function field(name, meaning, values = []) {
    return { name, meaning, values };
}

const operators = [
    { name: "==", meaning: "equal" },
    { name: "!=", meaning: "not equal" },
    { name: ">", meaning: "greater" },
    { name: "<", meaning: "less" },
    { name: "contains", meaning: "has these octets" },
    { name: "&&", meaning: "and" },
    { name: "||", meaning: "or" },
];
/** Suggestions shown. */
const most = 9;

/**
 * What could stand at `caret` of an expression: `{ start, suggestions: [{ name, meaning }] }`; a suggestion replaces the
 * text from `start` to the caret.
 */
export function completionsAt(text, caret) {
    const before = text.slice(0, caret);
    const word = before.match(/[\w.-]*$/)[0];
    const start = caret - word.length;
    const left = before.slice(0, start).trimEnd();
    const asked = left.match(/([\w.]+)\s*(?:==|!=)$/)?.[1];
    const pool = asked ? valuesOf(asked) : isOperand(left) ? (word === "" ? operators : []) : fields;
    const wanted = word.toLowerCase();
    const suggestions = pool.filter(({ name }) => name !== word && name.toLowerCase().includes(wanted));
    suggestions.sort((a, b) => b.name.startsWith(wanted) - a.name.startsWith(wanted));
    return { start, suggestions: suggestions.slice(0, most) };
}

function valuesOf(name) {
    const values = fields.find((candidate) => candidate.name === name)?.values ?? [];
    return values.map((value) => ({ name: value, meaning: "" }));
}

/** True where what stands to the left asks for an operator, not for a field. */
function isOperand(left) {
    return left !== "" && !/(&&|\|\||[!(]|\band|\bor|\bnot)$/.test(left);
}
