// The header's picture as something to type into: 32 bits a row, a box for each field, a button for each flag.

import { flagNames } from "./craft-segment.js";
import { h, setText } from "./dom.js";

/** The boxes: name of the draft's member, label, first bit, bits. `fixed` ones come from the endpoints. */
const boxes = [
    { name: "sourcePort", label: "Source Port", start: 0, bits: 16, fixed: true },
    { name: "destinationPort", label: "Destination Port", start: 16, bits: 16, fixed: true },
    { name: "sequence", label: "Sequence Number", start: 32, bits: 32 },
    { name: "acknowledgment", label: "Acknowledgment Number", start: 64, bits: 32 },
    { name: "dataOffset", label: "DOff", start: 96, bits: 4 },
    { name: "reserved", label: "Rsrvd", start: 100, bits: 3 },
    ...flagNames.map((flag, index) => ({ name: flag, flag, start: 103 + index, bits: 1 })),
    { name: "window", label: "Window", start: 112, bits: 16 },
    { name: "checksum", label: "Checksum", start: 128, bits: 16 },
    { name: "urgentPointer", label: "Urgent Pointer", start: 144, bits: 16 },
];

/** Dispatches `edit` with `{ name, value }`, or `{ flag }` for a flag that was clicked. */
export class CraftPicture extends EventTarget {
    constructor() {
        super();
        this.parts = boxes.map((box) => this.part(box));
        const rows = [0, 1, 2, 3, 4].map((row) =>
            h(
                "div",
                { class: "bit-row" },
                h("span", { class: "row-offset", "aria-hidden": "true" }, row * 4),
                this.parts.filter(({ box }) => box.start >> 5 === row).map(({ element }) => element),
            ),
        );
        this.element = h("div", { class: "bits craft-bits", role: "group", "aria-label": "The TCP header, bit by bit" }, rows);
    }

    part(box) {
        const bits = Array.from({ length: box.bits }, () => h("span", { class: "bit" }));
        const digits = h("span", { class: "box-bits", "aria-hidden": "true" }, bits);
        const part = box.flag ? this.flagPart(box, digits) : this.fieldPart(box, digits);
        part.element.style.gridColumn = `${(box.start % 32) + 2} / span ${box.bits}`;
        return { ...part, box, bits };
    }

    flagPart({ flag }, digits) {
        const click = () => this.edit({ flag });
        const name = h("span", { class: "box-name" }, h("span", { class: "name" }, flag.slice(0, 3)));
        const element = h("button", { type: "button", class: "box flag layer-tcp", "data-flag": flag, "aria-label": flag, on: { click } }, name, digits);
        return { element };
    }

    fieldPart({ name, label, fixed }, digits) {
        const input = fixed
            ? h("output", { class: "value", "aria-label": label })
            : h("input", { name, "aria-label": label, autocomplete: "off", spellcheck: "false" });
        input.addEventListener("input", () => this.edit({ name, value: input.value }));
        const element = h("div", { class: "box layer-tcp" }, h("label", { class: "box-name" }, h("span", { class: "name" }, label), input), digits);
        return { element, input };
    }

    edit(detail) {
        this.dispatchEvent(new CustomEvent("edit", { detail }));
    }

    /** Shows a draft as octets; `faults` are marked where they are. */
    show(draft, { octets, fields, addition }, faults) {
        const faulty = new Map(faults.map(({ field, text }) => [field, text]));
        const automatic = { ...fields, sourcePort: fields.local.port || "chosen", destinationPort: fields.remote.port };
        automatic.checksum = addition ? `0x${addition.value.toString(16).padStart(4, "0")}` : "computed";
        for (const { box, element, input, bits } of this.parts) {
            bits.forEach((bit, index) => setText(bit, String((octets[(box.start + index) >> 3] >> (7 - ((box.start + index) & 7))) & 1)));
            const fault = faulty.get(box.flag ? "flags" : box.name);
            const isMarked = fault !== undefined && (!box.flag || draft.flags.has(box.flag));
            element.classList.toggle("illegal", isMarked);
            element.title = isMarked ? fault : "";
            if (box.flag) {
                const isSet = draft.flags.has(box.flag);
                element.classList.toggle("set", isSet);
                element.setAttribute("aria-pressed", isSet);
            } else if (box.fixed) {
                setText(input, String(automatic[box.name]));
            } else {
                if (input.value !== draft[box.name]) input.value = draft[box.name];
                input.placeholder = String(automatic[box.name]);
                input.setAttribute("aria-invalid", isMarked);
            }
        }
    }
}
