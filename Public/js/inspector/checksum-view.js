// The checksum shown as the addition that it is.

import { additionOf, hexWord, octetsOfAddress } from "../craft/checksum.js";
import { h } from "../elements/dom.js";

/** Words of one summand that are written out. */
const shownWords = 12;

/** The addition of a record's checksum, folded away; null where the captured octets are not all of the segment. */
export function checksumAddition(record, octets) {
    const { ip, tcp, payload } = record;
    if (!tcp || !ip || (payload?.captured ?? 0) < (payload?.length ?? 0)) return null;
    const source = octetsOfAddress(ip.source);
    const destination = octetsOfAddress(ip.destination);
    const headerLength = ip.version === 6 ? 40 : (octets[0] & 15) * 4;
    const segment = octets.subarray(headerLength);
    if (!source || !destination || segment.length < 20) return null;
    const { steps, sum, folded, value } = additionOf(source, destination, segment);
    const field = (segment[16] << 8) | segment[17];
    const rows = steps.map(({ label, words, sum: total }) => stepRow(label, words, total));
    const carry = sum - (sum % 0x10000);
    const last = (label, number, name = "") =>
        h("tr", { class: name }, h("th", { scope: "row", colspan: "2" }, label), h("td", { class: "sum" }, number));
    return h(
        "details",
        { class: "addition" },
        h("summary", {}, `Checksum: ${hexWord(field)} ${verdictOf(tcp.checksum?.verdict, field, value)}`),
        h(
            "table",
            {},
            h("thead", {}, h("tr", {}, ["Summand", "Words", "Sum"].map((name) => h("th", { scope: "col" }, name)))),
            h(
                "tbody",
                {},
                rows,
                last(carry > 0 ? "carries folded back in" : "no carry", hexWord(folded)),
                last("its complement: the checksum", hexWord(value), "result"),
                last("what the field holds", hexWord(field), field === value ? "agrees" : "differs"),
            ),
        ),
    );
}

function stepRow(label, words, sum) {
    const text = words.slice(0, shownWords).map((word) => word.toString(16).padStart(4, "0")).join(" ");
    const more = words.length > shownWords ? ` … ${words.length - shownWords} more` : "";
    return h("tr", {}, h("th", { scope: "row" }, label), h("td", { class: "words" }, text + more), h("td", { class: "sum" }, `0x${sum.toString(16)}`));
}

function verdictOf(verdict, field, value) {
    if (verdict === "offloaded") return "is only the pseudo-header's sum: hardware would have done the rest";
    if (field === value) return "is right";
    return `is wrong: it should be ${hexWord(value)}`;
}
