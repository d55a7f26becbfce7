// The lab: what no ordinary program does. Each part is made when it is first looked at.

import { Craft } from "../craft/craft.js";
import { h } from "../elements/dom.js";
import { labParts } from "../selection.js";
import { Captures } from "./captures.js";
import { Compare } from "./compare.js";
import { CustomOptions } from "./custom-options.js";
import { Doctor } from "./doctor.js";
import { Impairments } from "./impairments.js";
import { Listeners } from "./listeners.js";
import { Observations } from "./observations.js";
import { Packs } from "./packs.js";
import { Scenarios } from "./scenarios.js";

const parts = {
    craft: { label: "Craft", make: Craft },
    listeners: { label: "Listeners", make: Listeners },
    impairments: { label: "Impairments", make: Impairments },
    options: { label: "Options", make: CustomOptions },
    scenarios: { label: "Scenarios", make: Scenarios },
    packs: { label: "Packs", make: Packs },
    compare: { label: "Compare", make: Compare },
    observations: { label: "Observe", make: Observations },
    captures: { label: "Captures", make: Captures },
    doctor: { label: "Doctor", make: Doctor },
};

/** The parts behind a row of buttons; `selection.lab` says which one is shown. */
export class Lab {
    constructor(element, context) {
        Object.assign(this, { element, context, selection: context.selection });
        this.made = {};
        const button = (name) =>
            h("button", { type: "button", class: "quiet", "data-part": name, on: { click: () => this.selection.set({ lab: name }) } }, parts[name].label);
        this.buttons = labParts.map(button);
        this.place = element.querySelector(".lab-place");
        element.prepend(h("div", { class: "tools lab-parts", role: "group", "aria-label": "Parts of the lab" }, this.buttons));
        this.selection.addEventListener("change", ({ detail }) => (detail.has("lab") || detail.has("tab")) && this.refresh());
    }

    refresh() {
        if (this.selection.tab !== "lab") return;
        const { lab } = this.selection;
        for (const button of this.buttons) button.setAttribute("aria-pressed", button.dataset.part === lab);
        if (!this.made[lab]) {
            const part = (this.made[lab] = new parts[lab].make(this.context));
            this.place.append(part.element);
        }
        for (const [name, { element }] of Object.entries(this.made)) element.hidden = name !== lab;
        this.made[lab].refresh?.();
    }
}
