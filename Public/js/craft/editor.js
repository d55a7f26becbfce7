// A segment in its bit picture, to be typed into: the headers, options and payload, the octets that come out, and what the
// RFCs have against them.

import { h, setText } from "../elements/dom.js";
import { hexOctet } from "../elements/format.js";
import { field } from "../service/form.js";
import { ipBoxes, tcpBoxes } from "./boxes.js";
import { hexWord } from "./checksum.js";
import { packetOf } from "./draft.js";
import { faultsOf } from "./faults.js";
import { fragmentBars, pairBars } from "./fragment-bars.js";
import { optionWords } from "./option-words.js";
import { CraftPicture } from "./picture.js";

/** Octets of the dump; a longer payload is counted. */
const dumped = 256;

/** Fields that were made: several editors may stand in the page, and their labels need identifiers. */
let count = 0;

/** Edits `draft`, which stands on `base()`; dispatches `edit` after each change. */
export class SegmentEditor extends EventTarget {
    constructor(draft, base) {
        super();
        Object.assign(this, { draft, base });
        this.tcp = this.pictureOf(tcpBoxes, "tcp", "The TCP header, bit by bit");
        this.ipPlace = h("div");
        this.ipFold = h("details", { class: "craft-ip" }, h("summary", {}, "IP header ", h("span", { class: "changes" })), this.ipPlace);
        this.dump = h("pre", { class: "craft-dump", tabindex: "0", "aria-label": "The packet's octets" });
        this.faults = h("ul", { class: "craft-faults", "aria-label": "What the RFCs have against it" });
        this.sum = h("p", { class: "hint" });
        this.pieces = h("div", { class: "craft-pieces" });
        this.relative = h("label", { class: "craft-relative" }, h("input", { type: "checkbox", name: "isRelative" }), " Count from the initial sequence numbers");
        this.element = h("div", { class: "segment-editor" }, this.contents());
        this.element.addEventListener("input", ({ target }) => this.typed(target));
        this.element.addEventListener("change", ({ target }) => this.typed(target));
    }

    pictureOf(boxes, layer, label) {
        const picture = new CraftPicture(boxes, layer, label);
        picture.addEventListener("edit", ({ detail }) => this.edited(detail));
        return picture;
    }

    contents() {
        const input = (name, placeholder) => h("input", { name, placeholder, spellcheck: "false", autocomplete: "off" });
        const option = ([label, digits]) => h("option", { value: digits }, label);
        this.menu = h("select", { "aria-label": "Add an option" }, h("option", { value: "" }, "Add…"), optionWords.map(option));
        this.menu.addEventListener("change", () => this.addOption());
        const ways = h("select", { name: "payloadAs", "aria-label": "Payload as" }, ["text", "hex", "base64"].map((way) => h("option", {}, way)));
        return [
            this.ipFold,
            this.tcp.element,
            this.relative,
            h(
                "div",
                { class: "fields-grid craft-more" },
                withMenu("Options ", "hex", input("options", "020405b4"), this.menu),
                withMenu("Payload", "", input("payload", ""), ways),
                field("Fragments of", input("ip.fragmentSize", "whole"), "octets"),
                field("Overlapping by", input("ip.fragmentOverlap", "0"), "octets"),
            ),
            this.pieces,
            h("div", { class: "craft-octets" }, h("h3", {}, "Octets"), this.dump, this.sum, this.faults),
        ];
    }

    /** Puts an option behind what stands in the field. */
    addOption() {
        this.draft.options = `${this.draft.options} ${this.menu.value}`.trim();
        this.menu.value = "";
        this.changed();
    }

    edited({ flag, toggle, name, value }) {
        const { draft } = this;
        if (flag) {
            if (!draft.flags.delete(flag)) draft.flags.add(flag);
            draft.areFlagsChosen = true;
        } else if (toggle) {
            draft[toggle] = draft[toggle] === "" ? String(!packetOf(draft, this.base()).fields.dontFragment) : "";
        } else {
            draft[name] = value;
        }
        this.changed();
    }

    typed({ name, value, type, checked }) {
        if (!(name in this.draft) || type === "button") return;
        const next = type === "checkbox" ? checked : value;
        if (this.draft[name] === next) return;
        this.draft[name] = next;
        this.changed();
    }

    changed() {
        this.draw();
        this.dispatchEvent(new Event("edit"));
    }

    draw() {
        const { draft } = this;
        const base = this.base();
        const packet = packetOf(draft, base);
        const faults = faultsOf(draft, packet);
        this.showHeaders(packet, faults);
        this.relative.hidden = base.origins === null;
        this.pointTo("sequence", "relativeSequence");
        this.pointTo("acknowledgment", "relativeAcknowledgment");
        for (const name of ["options", "payload", "ip.fragmentSize", "ip.fragmentOverlap"]) this.showField(name, faults);
        this.pieces.replaceChildren(fragmentBars(packet) ?? "", pairBars(packet, draft.pairs) ?? "");
        this.drawDump(packet);
        this.faults.replaceChildren(...faults.map(({ field: name, text }) => h("li", {}, h("code", {}, name), ` ${text}`)));
    }

    /** A relative number is another member: a refusal names that one. */
    pointTo(name, relative) {
        this.element.querySelector(`[name=${name}]`).dataset.pointer = `/${this.draft.isRelative ? relative : name}`;
    }

    showHeaders(packet, faults) {
        const version = packet.ipLength === 40 ? 6 : 4;
        if (version !== this.version) {
            this.version = version;
            this.ip = this.pictureOf(ipBoxes(version), "ip", `The IPv${version} header, bit by bit`);
            this.ipPlace.replaceChildren(this.ip.element);
        }
        this.ip.show(this.draft, packet, 0, faults);
        this.tcp.show(this.draft, packet, packet.ipLength, faults);
        const { fields } = packet;
        const marked = ["dscp", "ecn"].map((name) => fields[`ip.${name}`] > 0 && `${name.toUpperCase()} ${fields[`ip.${name}`]}`);
        const words = [`TTL ${fields["ip.ttl"]}`, ...marked, version === 4 && fields.dontFragment && "DF"];
        setText(this.ipFold.querySelector(".changes"), words.filter(Boolean).join(", "));
    }

    showField(name, faults) {
        const control = this.element.querySelector(`[name="${name}"]`);
        if (control.value !== this.draft[name]) control.value = this.draft[name];
        const fault = faults.find(({ field: at }) => at === name);
        control.title = fault?.text ?? "";
        if (!("refused" in control.dataset)) control.setAttribute("aria-invalid", fault !== undefined);
    }

    /** The octets, those lit that the last edit has changed; below them the checksum's addition. */
    drawDump({ octets, ipLength, headerLength, addition }) {
        const before = this.octets ?? octets;
        this.octets = octets;
        const layerAt = (index) => (index < ipLength ? "ip" : index < ipLength + 20 ? "tcp" : index < ipLength + headerLength ? "options" : "payload");
        const cells = Array.from(octets.subarray(0, dumped), (octet, index) => {
            const isChanged = before[index] !== octet || before.length <= index;
            const classes = `octet layer-${layerAt(index)}${isChanged ? " changed" : ""}`;
            return [h("span", { class: classes }, hexOctet(octet)), index % 16 === 15 ? "\n" : " "];
        });
        this.dump.replaceChildren(...cells.flat(), octets.length > dumped ? `… ${octets.length - dumped} more` : "");
        setText(
            this.sum,
            addition
                ? `TCP's words add up to 0x${addition.sum.toString(16)}; folded ${hexWord(addition.folded)}, complement ${hexWord(addition.value)}.`
                : "The service adds up the checksum once it knows the addresses.",
        );
    }
}

/** A field with a menu beside it. */
function withMenu(label, hint, input, menu) {
    const id = `editor-${(count += 1)}`;
    input.id = id;
    return h("div", { class: "field" }, h("label", { for: id }, label, h("small", {}, hint)), h("span", { class: "payload" }, input, menu));
}
