// The state diagram of RFC 9293 §3.3.2 as geometry: where each state stands, and how each edge runs. Pure.

/** Size of the picture, and of a state's box. */
export const size = { width: 840, height: 552 };
export const box = { width: 132, height: 38 };

/** Centres of the boxes. As in the RFC, CLOSED stands at the beginning and at the end. */
export const places = {
    "CLOSED": { x: 420, y: 30 },
    "LISTEN": { x: 420, y: 117 },
    "SYN-RECEIVED": { x: 140, y: 197 },
    "SYN-SENT": { x: 700, y: 197 },
    "ESTABLISHED": { x: 420, y: 277 },
    "FIN-WAIT-1": { x: 140, y: 357 },
    "CLOSE-WAIT": { x: 700, y: 357 },
    "FIN-WAIT-2": { x: 140, y: 444 },
    "CLOSING": { x: 420, y: 444 },
    "LAST-ACK": { x: 700, y: 444 },
    "TIME-WAIT": { x: 420, y: 528 },
    "END": { x: 700, y: 528 },
};

/**
 * The edges: `path` from box to box, `at` where its words stand (`anchor`), and the words, event over action. The states'
 * names are `from` and `to`; END is CLOSED again.
 */
export const edges = [
    edge("CLOSED", "LISTEN", "M420 49V98", [428, 72, "start"], "passive open"),
    edge("CLOSED", "SYN-SENT", "M486 30H640Q700 30 700 82V178", [690, 79, "end"], "active open", "snd SYN"),
    edge("LISTEN", "SYN-SENT", "M486 123Q600 129 664 178", [596, 123, "start"], "send", "snd SYN"),
    edge("LISTEN", "SYN-RECEIVED", "M354 123Q240 129 176 178", [244, 123, "end"], "rcv SYN", "snd SYN,ACK"),
    edge("SYN-RECEIVED", "LISTEN", "M206 185Q330 179 392 136", [306, 183, "start"], "rcv RST"),
    edge("SYN-SENT", "SYN-RECEIVED", "M634 203H206", [420, 197, "middle"], "rcv SYN / snd SYN,ACK"),
    edge("SYN-RECEIVED", "ESTABLISHED", "M190 216L360 258", [244, 246, "end"], "rcv ACK of SYN"),
    edge("SYN-SENT", "ESTABLISHED", "M650 216L480 258", [596, 246, "start"], "rcv SYN,ACK", "snd ACK"),
    edge("SYN-RECEIVED", "FIN-WAIT-1", "M120 216V338", [112, 296, "end"], "close", "snd FIN"),
    edge("SYN-RECEIVED", "CLOSE-WAIT", "M206 205C330 235 330 324 440 324S560 347 634 351", [444, 319, "middle"], "rcv FIN"),
    edge("ESTABLISHED", "FIN-WAIT-1", "M360 296L190 338", [262, 310, "end"], "close", "snd FIN"),
    edge("ESTABLISHED", "CLOSE-WAIT", "M480 296L650 338", [578, 310, "start"], "rcv FIN", "snd ACK"),
    edge("FIN-WAIT-1", "FIN-WAIT-2", "M140 376V425", [132, 402, "end"], "rcv ACK of FIN"),
    edge("FIN-WAIT-1", "CLOSING", "M206 369L372 425", [300, 392, "start"], "rcv FIN", "snd ACK"),
    edge("FIN-WAIT-1", "TIME-WAIT", "M176 376C260 418 300 470 372 509", [284, 458, "end"], "rcv FIN,ACK", "snd ACK"),
    edge("FIN-WAIT-2", "TIME-WAIT", "M150 463Q170 528 354 528", [222, 514, "end"], "rcv FIN", "snd ACK"),
    edge("CLOSE-WAIT", "LAST-ACK", "M700 376V425", [708, 402, "start"], "close", "snd FIN"),
    edge("CLOSING", "TIME-WAIT", "M420 463V509", [428, 489, "start"], "rcv ACK of FIN"),
    edge("LAST-ACK", "END", "M700 463V509", [708, 489, "start"], "rcv ACK of FIN"),
    edge("TIME-WAIT", "END", "M486 528H634", [560, 522, "middle"], "2 MSL"),
];

function edge(from, to, path, [x, y, anchor], event, action = null) {
    return { from, to, path, at: { x, y }, anchor, event, action };
}

/** The edge of a transition: one of the diagram, or the way that an abort, a reset or a timeout takes from anywhere. */
export function edgeOf({ from, to }) {
    const end = to === "CLOSED" ? "END" : to;
    const known = edges.find((candidate) => candidate.from === from && candidate.to === end);
    if (known || to !== "CLOSED" || !places[from]) return known ?? null;
    const start = places[from];
    const middle = { x: (start.x + places.END.x) / 2 + (start.x >= 700 ? 110 : 30), y: (start.y + places.END.y) / 2 };
    const path = `M${start.x + 30} ${start.y + 19}Q${middle.x} ${middle.y} ${places.END.x - 20} ${places.END.y - 19}`;
    return { ...edge(from, "END", path, [middle.x, middle.y, "middle"], "reset, abort or timeout"), isAbrupt: true };
}
