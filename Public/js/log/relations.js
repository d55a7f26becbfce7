// What a segment has to do with others: what caused it, what it repeats, what it answers, and the other way round. Pure.

import { wordsBehind, wordsOfFiller } from "./holes.js";

/** Rows behind a segment in which its effects are looked for: causes and their effects lie close together. */
const reach = 4096;

/**
 * The relations of row `index` of a view, as numbers of segments: `because`, `retransmits` (0: none), `answers`, and of later
 * ones `causes`, `repeatedBy`, `answeredBy`; and the holes `fills`, which it fills, and `hole`, which is before it, or null.
 */
export function relationsOf(view, index) {
    const { because, retransmits, answers, number, hole, fills } = view.row(index);
    const relations = { because, retransmits, answers, hole, fills, causes: [], repeatedBy: [], answeredBy: [] };
    const { columns, lists, size } = view.store;
    const end = Math.min(view.length, index + reach);
    for (let later = index + 1; later < end; later += 1) {
        const slot = view.position(later) % size;
        if (columns.because[slot] === number) relations.causes.push(columns.number[slot]);
        if (columns.retransmits[slot] === number) relations.repeatedBy.push(columns.number[slot]);
        if (lists.answers[slot]?.includes(number)) relations.answeredBy.push(columns.number[slot]);
    }
    return relations;
}

/** Every segment of some relations, each beside its role: `cause` or `effect`. */
export function rolesOf({ because, retransmits, answers, hole, fills, causes, repeatedBy, answeredBy }) {
    const roles = new Map();
    for (const number of [because, retransmits, fills?.number, ...answers]) if (number > 0) roles.set(number, "cause");
    for (const number of [...causes, ...repeatedBy, ...answeredBy, hole?.filledBy]) if (number > 0) roles.set(number, "effect");
    return roles;
}

/** The relations in a sentence, for people who cannot see the light. */
export function sentenceOf({ because, retransmits, answers, hole, fills, causes, repeatedBy, answeredBy }) {
    const list = (words, numbers) => (numbers.length > 0 ? `${words} ${numbers.map((number) => `#${number}`).join(", ")}` : "");
    return [
        list("sent because of", because > 0 ? [because] : []),
        list("repeats", retransmits > 0 ? [retransmits] : []),
        fills && wordsOfFiller(fills),
        hole && `has ${wordsBehind(hole)}`,
        list("acknowledges", answers),
        list("made us send", causes),
        list("repeated by", repeatedBy),
        list("acknowledged by", answeredBy),
    ]
        .filter(Boolean)
        .join("; ");
}
