// What a segment is, for the eye: every cause and flag falls into one of these kinds, and each kind has one colour.

/** In the legend's order. `name` is also the class that carries the colour. */
export const kinds = [
    { name: "handshake", label: "Handshake", meaning: "SYN, SYN-ACK" },
    { name: "data", label: "Data", meaning: "carries payload" },
    { name: "control", label: "ACK", meaning: "ACKs, window updates, probes" },
    { name: "finish", label: "FIN", meaning: "one side has said all" },
    { name: "reset", label: "RST", meaning: "refused or aborted" },
    { name: "repeat", label: "Retransmission", meaning: "octets sent before" },
    { name: "trouble", label: "Not taken", meaning: "duplicate, out of order, damaged" },
    { name: "lab", label: "Crafted", meaning: "made by hand or by a script" },
];

/** The causes that decide by themselves, by their kind. */
const causesOfKind = {
    repeat: ["rto", "fast-retransmit", "sack-retransmit", "rack-retransmit", "mtu-retransmit", "tail-loss-probe"],
    trouble: [
        ...["duplicate", "out-of-order", "out-of-window", "old-ack", "paws"],
        ...["bad-checksum", "malformed", "unknown-connection", "impaired"],
    ],
    lab: ["crafted", "scenario"],
};

const kindOfCause = new Map(
    Object.entries(causesOfKind).flatMap(([kind, causes]) => causes.map((cause) => [cause, kind])),
);

/** The kind of a segment record. The cause decides; where it is an ordinary one, the flags do. */
export function kindOf(cause, flags, payloadLength) {
    const special = kindOfCause.get(cause);
    if (special) return special;
    if (flags.includes("RST")) return "reset";
    if (flags.includes("SYN")) return "handshake";
    if (flags.includes("FIN")) return "finish";
    return payloadLength > 0 ? "data" : "control";
}

/** Causes of a repetition that say: what it repeats is taken for lost. A probe repeats without that. */
const repairs = new Set(["rto", "fast-retransmit", "sack-retransmit", "rack-retransmit"]);

/** True where a record proves that the segment which it repeats was lost: nothing acknowledged that one before. */
export function provesLoss({ cause, retransmits, analysis }) {
    return retransmits > 0 && repairs.has(cause) && !analysis.includes("spurious_retransmission");
}

/** All causes that a record may have, in the order of the contract. */
export const causes = [
    ...["syn", "syn-ack", "data", "ack", "delayed-ack", "duplicate-ack", "fin", "rst", "rto", "fast-retransmit"],
    ...["sack-retransmit", "rack-retransmit", "tail-loss-probe", "window-probe", "window-update", "keep-alive"],
    ...["challenge-ack", "crafted", "scenario", "accepted", "duplicate", "out-of-order", "out-of-window", "old-ack"],
    ...["bad-checksum", "malformed", "unknown-connection", "paws", "impaired", "observed", "kernel-twin"],
];
