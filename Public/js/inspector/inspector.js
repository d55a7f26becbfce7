// One segment in full: what it is, the picture of its bits, its fields and its octets, all three linked.

import { fact, h } from "../elements/dom.js";
import { duration, endpoint } from "../elements/format.js";
import { kindOf } from "../log/causes.js";
import { calls, perform, Problem } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { ProblemBox } from "../service/problem.js";
import { blankHeader } from "./blank-header.js";
import { checksumAddition } from "./checksum-view.js";
import { fieldTable } from "./fields.js";
import { hexdump } from "./hexdump.js";
import { meaningOf, valueOf } from "./labels.js";
import { FieldLink } from "./link.js";
import { Packet } from "./packet.js";
import { picture } from "./picture.js";

/** Segments kept decoded, so that going back and forth asks nothing. */
const remembered = 64;

/** Shows the segment that `selection` names. */
export class Inspector {
    constructor(element, selection) {
        this.selection = selection;
        this.link = new FieldLink();
        this.cache = new Map();
        this.curl = new CurlLine();
        this.curl.follow(null, "This segment", () => calls.segment(this.number));
        this.problem = new ProblemBox();
        this.empty = element.querySelector(".empty");
        this.empty.append(blankHeader());
        this.summary = h("div", { class: "summary" });
        this.readout = h("p", { class: "readout", "aria-live": "off" });
        this.parts = h("div", { class: "parts" });
        const contents = [this.summary, this.readout, this.parts, this.curl.element];
        this.content = h("div", { class: "inspected", hidden: true }, contents);
        element.querySelector(".body").append(this.problem.element, this.content);
        this.link.watch(this.parts);
        this.link.addEventListener("light", (event) => this.read(event.detail));
        selection.addEventListener("change", (event) => event.detail.has("segment") && this.show(selection.segment));
        this.show(selection.segment);
    }

    /** Another run of the service numbers its segments anew. */
    forget() {
        this.cache.clear();
    }

    async show(number) {
        this.loading?.abort();
        this.problem.clear();
        this.empty.hidden = number !== null;
        if (number === null) return void (this.content.hidden = true);
        this.loading = new AbortController();
        try {
            this.draw(this.cache.get(number) ?? (await this.load(number, this.loading.signal)));
        } catch (error) {
            if (error.name === "AbortError") return;
            if (!(error instanceof Problem)) throw error;
            this.content.hidden = true;
            this.problem.show(error);
        }
    }

    async load(number, signal) {
        const { body } = await perform(calls.segment(number), { signal });
        if (this.cache.size >= remembered) this.cache.delete(this.cache.keys().next().value);
        this.cache.set(number, body);
        return body;
    }

    draw(record) {
        const packet = new Packet(record);
        this.link.reset(packet);
        this.summary.replaceChildren(...this.summaryOf(record));
        this.parts.replaceChildren(
            picture(packet, this.link),
            h("section", { class: "part" }, h("h3", {}, "Octets"), hexdump(packet, this.link), checksumAddition(record, packet.octets)),
            h("section", { class: "part" }, h("h3", {}, "Fields"), fieldTable(packet, this.link)),
        );
        this.number = record.number;
        this.curl.update();
        this.content.hidden = false;
    }

    summaryOf(record) {
        const { tcp, payload } = record;
        const kind = kindOf(record.cause, tcp?.flags ?? [], payload?.length ?? 0);
        const title = h(
            "p",
            { class: `summary-title kind-${kind}` },
            h("span", { class: "summary-number" }, `#${record.number}`),
            h("span", { class: "flags" }, tcp?.flags.join(" ") || "no flags"),
            h("span", { class: "chip" }, record.cause),
        );
        const route = h("p", { class: "route" }, routeOf(record));
        const facts = this.facts(record).map(([name, value]) => fact(name, value));
        return [title, route, h("ul", { class: "facts", "aria-label": "What the engine knows of it" }, facts)];
    }

    /** What the engine knows about the segment beyond its octets; only what there is. */
    facts(record) {
        const { before, after, tcp } = record;
        const states = before?.state === after?.state ? after?.state : `${before?.state} → ${after?.state}`;
        const facts = [
            ["At", `${duration(record.elapsed)}`],
            ["State", states],
            ["Rule", record.rule],
            ["Because of", record.because && this.jump(record.because)],
            ["Repeats", record.retransmits && this.jump(record.retransmits)],
            ["Answers", record.answers?.length > 0 && record.answers.flatMap((number) => [this.jump(number), " "])],
            ["Checksum", tcp?.checksum && `${tcp.checksum.value} ${tcp.checksum.verdict}`],
            ["Analysis", record.analysis?.join(", ")],
        ];
        return facts.filter(([, value]) => value);
    }

    jump(number) {
        const click = () => this.selection.set({ segment: number });
        return h("button", { type: "button", class: "segment-link", on: { click } }, `#${number}`);
    }

    /** The line over the picture: the lit field in full. */
    read(index) {
        if (index === null) {
            const hint = "Point at a bit, an octet or a field; click to keep it lit.";
            return this.readout.replaceChildren(h("span", { class: "hint" }, hint));
        }
        const field = this.link.packet.fields[index];
        const value = h("strong", { class: "value" }, valueOf(field));
        this.readout.replaceChildren(
            h("span", { class: "readout-value" }, h("strong", {}, field.name), " = ", value),
            h("span", { class: "rfc" }, field.rfc ?? ""),
            h("span", { class: "readout-text" }, meaningOf(field)),
            h("span", { class: "rfc" }, extentOf(field)),
        );
    }
}

function routeOf({ ip, tcp }) {
    const source = endpoint({ address: ip?.source ?? "?", port: tcp?.sourcePort ?? "?" });
    return `${source} → ${endpoint({ address: ip?.destination ?? "?", port: tcp?.destinationPort ?? "?" })}`;
}

/** Where a field lies, in the packet's bits. */
function extentOf({ bitOffset, bitLength, end }) {
    return bitLength === 1 ? `bit ${bitOffset}` : `bits ${bitOffset}–${end - 1}`;
}
