// The form that opens a connection. It sends only what differs from the service's own defaults, so its curl line is as
// short as the wish behind it.

import { h } from "../elements/dom.js";
import { calls, perform } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { requestOf } from "../service/form.js";
import { connectGroups } from "./connect-options.js";

/** Dispatches `open` with the new connection, `refuse` where there is none. */
export class ConnectForm extends EventTarget {
    constructor(form, { onSegment }) {
        super();
        this.form = form;
        this.submit = form.querySelector("[type=submit]");
        this.curl = new CurlLine();
        this.curl.follow(this.submit, "Connect", () => this.call);
        this.errors = new FieldErrors(form, { onSegment });
        form.querySelector(".groups").append(...connectGroups());
        form.append(h("div", { class: "action" }, this.submit, this.curl.element), this.errors.element);
        form.addEventListener("input", () => this.changed());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.open();
        });
        this.changed();
    }

    /** The call that the form stands for: `remote`, and whatever is not as it was. */
    get call() {
        const { body, query } = requestOf(this.form);
        return calls.open({ remote: this.form.elements.remote.value.trim(), ...body }, query);
    }

    changed() {
        this.curl.update();
        const { body, query } = requestOf(this.form);
        const changes = Object.keys(body).length + Object.keys(query).length;
        this.form.querySelector(".changes").textContent = changes === 0 ? "" : `${changes} set`;
    }

    async open() {
        this.busy(true);
        const isOpen = await this.errors.guard(async () => {
            const { body } = await perform(this.call);
            this.dispatchEvent(new CustomEvent("open", { detail: body }));
        });
        this.busy(false);
        if (!isOpen) this.dispatchEvent(new Event("refuse"));
    }

    busy(isBusy) {
        this.form.setAttribute("aria-busy", isBusy);
        this.submit.disabled = isBusy;
        this.submit.textContent = isBusy ? "Connecting…" : "Connect";
    }
}
