// A form with all that belongs to it: its fields, the button that sends it, the line of shell that does the same, and the
// place of a refusal.

import { h } from "../elements/dom.js";
import { CurlLine } from "./curl.js";
import { FieldErrors } from "./field-errors.js";
import { requestOf } from "./form.js";

/** `call()` is the call that the form stands for, and `act(call)` what its button, called `label`, does with it. */
export class RequestForm {
    constructor({ look, label, fields, call, act, onSegment, buttonLook = "primary" }) {
        this.curl = new CurlLine();
        this.submit = this.curl.follow(h("button", { type: "submit", class: buttonLook }, label), label, call);
        const action = h("div", { class: "action" }, this.submit, this.curl.element);
        this.element = h("form", { class: look, autocomplete: "off", novalidate: true }, fields, action);
        this.errors = new FieldErrors(this.element, { onSegment });
        this.element.append(this.errors.element);
        this.element.addEventListener("input", () => this.curl.update());
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            act(call());
        });
    }

    /** What its fields stand for: `{ body, query }`. */
    get request() {
        return requestOf(this.element);
    }

    /** Runs an action and shows its refusal beside the fields; answers whether it went well. */
    guard(action) {
        return this.errors.guard(action);
    }
}
