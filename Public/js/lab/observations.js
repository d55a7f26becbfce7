// Connections of other programs, which the kernel owns and we only follow.

import { h } from "../elements/dom.js";
import { endpoint, grouped } from "../elements/format.js";
import { calls, perform } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { durationField, requestOf, textField } from "../service/form.js";
import { ResourceList } from "../service/resource.js";

/** A part of the lab. */
export class Observations {
    constructor({ feed }) {
        this.list = new ResourceList({
            call: calls.observations(),
            member: "observations",
            empty: ["Nothing is observed.", "Name both ends of another program's connection: its segments are in the log from then on. The service allows it under serve --observe, with a token."],
            draw: (items) => items.map((item) => this.item(item)),
        });
        this.curl = new CurlLine();
        this.form = this.makeForm();
        this.errors = new FieldErrors(this.form);
        this.form.append(this.errors.element);
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        // Not while somebody stands on a button of the list: it would be another one afterwards.
        const isFree = () => this.element.offsetParent !== null && !this.list.element.contains(document.activeElement);
        feed.addEventListener("change", () => this.list.items.length > 0 && isFree() && this.refresh());
        this.curl.update();
    }

    refresh() {
        return this.list.refresh();
    }

    makeForm() {
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Observe"), "Observe", () => this.call);
        const form = h(
            "form",
            { class: "lab-form observations-form", autocomplete: "off", novalidate: true },
            h(
                "div",
                { class: "fields-grid" },
                textField("local", "Local", "127.0.0.1:40000", "address:port"),
                textField("remote", "Remote", "127.0.0.1:6666", "address:port"),
                textField("name", "Name", "none"),
                durationField("lease", "Lease", "none", "30s, 5m"),
            ),
            h("div", { class: "action" }, submit, this.curl.element),
        );
        form.addEventListener("input", () => this.curl.update());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.observe();
        });
        return form;
    }

    get call() {
        return calls.observe(requestOf(this.form).body);
    }

    observe() {
        return this.errors.guard(async () => {
            await perform(this.call);
            await this.list.refresh();
        });
    }

    item({ id, name, state, local, remote, knowsBeginning, counters = {} }) {
        const curl = new CurlLine();
        const remove = callButton(curl, { label: "Remove", look: "quiet", call: () => calls.removeObservation(id), act: (call) => this.list.change(call) });
        curl.update();
        const { segmentsSent = 0, segmentsReceived = 0 } = counters;
        const seen = `${grouped(segmentsSent + segmentsReceived)} segments`;
        const beginning = knowsBeginning ? "from its beginning" : "without its beginning";
        const what = [`${endpoint(local)} → ${endpoint(remote)}`, state ?? "no segment seen yet", seen, beginning].join(" · ");
        return h(
            "section",
            { class: "card", "data-name": id },
            h("header", {}, h("h4", {}, name ?? id), h("span", { class: "hint" }, what), remove),
            curl.element,
        );
    }
}
