// A refusal beside the fields that it is about.

import { h } from "../elements/dom.js";
import { Problem } from "./api.js";
import { ProblemBox } from "./problem.js";

/** Problems whose type alone says which member they are about. */
const memberOfKind = {
    "guard-unavailable": "/guard",
    "name-in-use": "/name",
    "port-in-use": "/local",
    "privileged-port": "/local",
    "target-not-allowed": "/remote",
};
/** What a refusal is put behind: the control with all that belongs to it. */
const places = ".bit-row, .field, .slider, .option-field, .script";

/**
 * Shows a form's problems. A control stands for the member that its name says, with dots between levels (`ip.ttl`), or its
 * `data-pointer`; one for a query's parameter has a name that begins with `?`. `within` is the member that holds them all.
 */
export class FieldErrors {
    constructor(form, { onSegment, within = "" } = {}) {
        Object.assign(this, { form, within });
        this.box = new ProblemBox({ onSegment });
        /** Where a problem stands that is about no field. */
        this.element = h("div", { class: "problem-place" }, this.box.element);
        this.notes = [];
    }

    /** Runs an action and shows its problem; answers whether it went well. */
    async guard(action) {
        this.clear();
        try {
            await action();
            return true;
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.show(error);
            return false;
        }
    }

    show(problem) {
        this.clear();
        const errors = problem.errors.length > 0 ? problem.errors : [{ pointer: memberOfKind[problem.kind] }];
        const placed = errors.map((error) => ({ error, control: this.controlOf(error) })).filter(({ control }) => control);
        const [first, ...others] = placed;
        this.box.show(problem, { except: others.map(({ error }) => error) });
        if (!first) return;
        this.mark(first.control, this.box.element);
        for (const { error, control } of others) this.mark(control, this.note(error));
        first.control.focus();
    }

    clear() {
        this.box.clear();
        this.element.append(this.box.element);
        for (const note of this.notes) note.remove();
        this.notes = [];
        for (const control of this.form.querySelectorAll("[data-refused]")) {
            control.removeAttribute("aria-invalid");
            control.removeAttribute("aria-describedby");
            delete control.dataset.refused;
        }
    }

    note({ detail }) {
        const note = h("p", { class: "field-error" }, detail);
        this.notes.push(note);
        return note;
    }

    /** Puts an explanation behind a control's place, and unfolds what hides it. */
    mark(control, explanation) {
        control.closest("details")?.setAttribute("open", "");
        control.dataset.refused = "";
        control.setAttribute("aria-invalid", "true");
        explanation.id ||= `refusal-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
        control.setAttribute("aria-describedby", explanation.id);
        (control.closest(places) ?? control).after(explanation);
    }

    /** The control for the member that an error names, for the one around it, or for the first within it; or undefined. */
    controlOf({ pointer, parameter }) {
        const wanted = parameter === undefined ? pointer?.replace(this.within, "") : `?${parameter}`;
        if (wanted === undefined) return undefined;
        const controls = [...this.form.querySelectorAll("[name]")].filter((control) => control.name);
        const around = controls
            .filter((control) => wanted === pointerOf(control) || wanted.startsWith(`${pointerOf(control)}/`))
            .sort((a, b) => pointerOf(b).length - pointerOf(a).length);
        return around[0] ?? controls.find((control) => pointerOf(control).startsWith(`${wanted}/`));
    }
}

function pointerOf({ name, dataset }) {
    return dataset.pointer ?? (name.startsWith("?") ? name : `/${name.replaceAll(".", "/")}`);
}
