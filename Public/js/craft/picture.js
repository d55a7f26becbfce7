// A header's picture as something to type into: 32 bits a row, a box for each field, a button for each flag.

import { h, setText } from "../elements/dom.js";

/** Least bits of a box that has room for the value beside its name. */
const roomForValue = 4;

/** Dispatches `edit` with `{ name, value }`, with `{ flag }` or with `{ toggle }` for a bit that was clicked. */
export class CraftPicture extends EventTarget {
    /** `boxes` as boxes.js describes them; `layer` is `ip` or `tcp`. */
    constructor(boxes, layer, label) {
        super();
        this.layer = layer;
        this.parts = boxes.map((box) => this.part(box));
        const count = Math.max(...boxes.map(({ start, bits }) => start + bits)) / 32;
        const rows = Array.from({ length: count }, (_, row) =>
            h(
                "div",
                { class: "bit-row" },
                h("span", { class: "row-offset", "aria-hidden": "true" }, row * 4),
                this.parts.filter(({ box }) => box.start >> 5 === row).map(({ element }) => element),
            ),
        );
        this.element = h("div", { class: "bits craft-bits", role: "group", "aria-label": label }, rows);
    }

    part(box) {
        const bits = Array.from({ length: box.bits }, () => h("span", { class: "bit" }));
        const digits = h("span", { class: "box-bits", "aria-hidden": "true" }, bits);
        const part = box.flag || box.toggle ? this.bitPart(box, digits) : this.fieldPart(box, digits);
        part.element.style.gridColumn = `${(box.start % 32) + 2} / span ${box.bits}`;
        return { ...part, box, bits };
    }

    /** A single bit: a button to press. */
    bitPart({ flag, toggle, label }, digits) {
        const click = () => this.edit(flag ? { flag } : { toggle });
        const name = h("span", { class: "box-name" }, h("span", { class: "name" }, label.slice(0, 3)));
        const traits = { type: "button", class: `box flag layer-${this.layer}`, "data-flag": label, name: toggle ?? null, "aria-label": label, on: { click } };
        return { element: h("button", traits, name, digits) };
    }

    fieldPart({ name, label, bits }, digits) {
        const classes = `box layer-${this.layer}${bits === 1 ? " flag" : ""}${bits < 8 ? " short" : ""}`;
        if (!name) {
            const output = h("output", { class: "value", "aria-label": label });
            const words = [h("span", { class: "name" }, label), bits < roomForValue ? null : output];
            return { element: h("div", { class: classes }, h("span", { class: "box-name" }, words), digits), output };
        }
        const input = h("input", { name, "aria-label": label, autocomplete: "off", spellcheck: "false" });
        input.addEventListener("input", () => this.edit({ name, value: input.value }));
        const element = h("div", { class: classes }, h("label", { class: "box-name" }, h("span", { class: "name" }, label), input), digits);
        return { element, input };
    }

    edit(detail) {
        this.dispatchEvent(new CustomEvent("edit", { detail }));
    }

    /** Shows a draft as octets, of which this header begins at `first`; `faults` are marked where they are. */
    show(draft, packet, first, faults) {
        const faulty = new Map(faults.map(({ field, text }) => [field, text]));
        const bitAt = (bit) => (packet.octets[first + (bit >> 3)] >> (7 - (bit & 7))) & 1;
        for (const part of this.parts) {
            const { box, element, bits, input, output } = part;
            bits.forEach((bit, index) => setText(bit, String(bitAt(box.start + index))));
            const isSet = bitAt(box.start) === 1;
            const fault = faulty.get(box.flag ? "flags" : (box.toggle ?? box.name));
            const isMarked = fault !== undefined && (!box.flag || isSet);
            element.classList.toggle("illegal", isMarked);
            element.title = isMarked ? fault : "";
            if (box.flag || box.toggle) {
                element.classList.toggle("set", isSet);
                element.setAttribute("aria-pressed", isSet);
            } else if (input) {
                this.showField(input, draft[box.name], automaticOf(box.name, draft, packet), isMarked);
            } else {
                setText(output, box.shows ? String(box.shows(packet)) : "");
            }
        }
    }

    showField(input, value, automatic, isMarked) {
        if (input.value !== value) input.value = value;
        input.placeholder = String(automatic);
        if (!("refused" in input.dataset)) input.setAttribute("aria-invalid", isMarked);
    }
}

/** What a field holds where nothing was typed into it. */
function automaticOf(name, draft, { fields, addition }) {
    if (name === "checksum") return addition ? `0x${addition.value.toString(16).padStart(4, "0")}` : "computed";
    return draft[name] === "" ? fields[name] : "";
}
