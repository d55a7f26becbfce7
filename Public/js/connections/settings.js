// What may still change in a connection, folded away below it.

import { h } from "../elements/dom.js";
import { calls, perform } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { renameToggles, requestOf } from "../service/form.js";
import { settingGroups } from "./connect-options.js";

/** The form of the connection that it follows; `onChange` is given a sentence of what was done. */
export class ConnectionSettings {
    constructor({ onChange }) {
        this.onChange = onChange;
        this.connection = null;
        this.groups = h("div", { class: "groups" });
        this.curl = new CurlLine();
        const submit = this.curl.follow(h("button", { type: "submit" }, "Change"), "Change", () => this.call);
        this.form = h("form", { class: "settings-form", autocomplete: "off", novalidate: true }, this.groups);
        this.errors = new FieldErrors(this.form);
        this.form.append(h("div", { class: "action" }, submit, this.curl.element), this.errors.element);
        this.form.addEventListener("input", () => this.curl.update());
        this.form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.change();
        });
        this.element = h("details", { class: "settings" }, h("summary", {}, "Settings"), this.form);
        this.element.addEventListener("toggle", () => this.element.open && this.draw());
    }

    get call() {
        return calls.change(this.connection.id, requestOf(this.form).body);
    }

    /** Is about another connection, or about the same one as it is now; what is being typed stays. */
    follow(connection) {
        const isOther = connection.id !== this.connection?.id;
        this.connection = connection;
        if (isOther && this.element.open) this.draw();
    }

    draw() {
        this.errors.clear();
        this.groups.replaceChildren(...settingGroups(this.connection));
        renameToggles(this.groups, "new-");
        this.curl.update();
    }

    async change() {
        const isDone = await this.errors.guard(async () => {
            const { body } = await perform(this.call);
            this.connection = body;
            this.onChange(`${body.name ?? body.id} is changed`);
        });
        if (isDone) this.draw();
    }
}
