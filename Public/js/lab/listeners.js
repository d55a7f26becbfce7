// Passive opens: where we listen, what becomes of whoever calls, and who has called.

import { listenGroups } from "../connections/connect-options.js";
import { h } from "../elements/dom.js";
import { endpoint } from "../elements/format.js";
import { calls, perform } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { choiceField, numberField, renameToggles, requestOf, textField } from "../service/form.js";
import { ResourceList } from "../service/resource.js";
import { AcceptedList } from "./accepted.js";

/** What becomes of accepted connections: they wait for their user, or RFC 862, 863 and 864. */
const services = [["", "hold"], "echo", "discard", "chargen"];

/** A part of the lab. */
export class Listeners {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection, accepted: [] });
        this.list = new ResourceList({
            call: calls.listeners(),
            member: "listeners",
            empty: ["Nobody listens.", "Listen at a port above: whoever calls it, any program or a connection of this page, is accepted and appears here."],
            draw: (items) => this.items(items),
        });
        this.curl = new CurlLine();
        this.form = this.makeForm();
        this.errors = new FieldErrors(this.form);
        this.form.append(this.errors.element);
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        this.curl.update();
    }

    refresh() {
        return this.list.refresh();
    }

    makeForm() {
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Listen"), "Listen", () => this.call);
        const groups = h("div", { class: "groups" }, listenGroups());
        renameToggles(groups, "accepted-");
        const form = h(
            "form",
            { class: "lab-form listeners-form", autocomplete: "off", novalidate: true },
            h(
                "div",
                { class: "fields-grid" },
                textField("local", "Local", "chosen", "[address:]port"),
                choiceField("service", "Service", services),
                numberField("backlog", "Backlog", "128", "handshakes at once"),
            ),
            h("details", {}, h("summary", {}, "Options of its connections"), groups),
            h("div", { class: "action" }, submit, this.curl.element),
        );
        form.addEventListener("input", () => this.curl.update());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.listen();
        });
        return form;
    }

    get call() {
        return calls.listen(requestOf(this.form).body);
    }

    listen() {
        return this.errors.guard(async () => {
            await perform(this.call);
            await this.list.refresh();
        });
    }

    items(items) {
        for (const accepted of this.accepted) accepted.stop();
        this.accepted = items.map(({ id }) => new AcceptedList(id, this));
        return items.map((item, index) => this.item(item, this.accepted[index]));
    }

    item({ id, name, local, service, backlog }, accepted) {
        const curl = new CurlLine();
        const stop = callButton(curl, { label: "Stop", look: "quiet", call: () => calls.stopListening(id), act: (call) => this.list.change(call) });
        curl.follow(accepted.element, "Accepted", () => calls.accepted(id));
        curl.update();
        const what = [endpoint(local), service, `backlog ${backlog}`].join(" · ");
        return h(
            "section",
            { class: "card", "data-name": id },
            h("header", {}, h("h4", {}, name ?? id), h("span", { class: "hint" }, what), stop),
            accepted.element,
            curl.element,
        );
    }
}
