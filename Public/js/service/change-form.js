// What may still change in something that exists, folded away.

import { h } from "../elements/dom.js";
import { renameToggles } from "./form.js";
import { RequestForm } from "./request-form.js";

/**
 * `groups()` are its fields, with what is in force as their placeholders; `call(body)` is the change that they stand for, and
 * `act(call)` makes it and may throw. `prefix` keeps its boxes to tick apart from those of other forms.
 */
export class ChangeForm {
    constructor({ groups, call, act, prefix }) {
        Object.assign(this, { groups, prefix });
        this.place = h("div", { class: "groups" });
        this.form = new RequestForm({
            look: "settings-form",
            label: "Change",
            buttonLook: null,
            fields: this.place,
            call: () => call(this.form.request.body),
            act: async (made) => (await this.form.guard(() => act(made))) && this.draw(),
        });
        this.element = h("details", { class: "settings" }, h("summary", {}, "Settings"), this.form.element);
        this.element.addEventListener("toggle", () => this.element.open && this.draw());
    }

    /** Shows what is in force now, and forgets what was typed. */
    draw() {
        this.form.errors.clear();
        this.place.replaceChildren(...this.groups());
        renameToggles(this.place, this.prefix);
        this.form.curl.update();
    }
}
