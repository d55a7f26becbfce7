// What most parts of the lab are: a form, and below it the list of what it has made.

import { h } from "../elements/dom.js";
import { perform } from "../service/api.js";
import { callButton } from "../service/curl.js";
import { RequestForm } from "../service/request-form.js";
import { ResourceList } from "./resource.js";

/** A subclass furnishes its form, has the `call` that this stands for, and draws an `item` of the list. */
export class ListPart {
    /** The call that lists, the member of its answer that is the list, and the words where there is nothing. */
    constructor({ call, member, empty }) {
        this.list = new ResourceList({ call, member, empty, draw: (items) => this.items(items) });
    }

    /** Makes the form, whose button is called `label`. */
    furnish({ label, look = "" }, ...fields) {
        this.form = new RequestForm({
            look: `lab-form ${look}`.trim(),
            label,
            fields,
            call: () => this.call,
            act: (call) => this.form.guard(() => this.change(call)),
        });
        this.element = h("div", { class: "lab-part" }, this.form.element, this.list.element);
        this.form.curl.update();
    }

    refresh() {
        return this.list.refresh();
    }

    items(items) {
        return items.map((item) => this.item(item));
    }

    /** Makes a call that changes what is listed, and lists it anew. Whoever asks for it shows its refusal. */
    async change(call) {
        await perform(call);
        await this.list.refresh();
    }

    /** A button that takes an item off the list; a refusal stands above the list. */
    removeButton(curl, label, call) {
        return callButton(curl, { label, look: "quiet", call, act: (made) => this.list.change(made) });
    }
}

/** One thing of a list: what it is called, what it is in a line, what can be done with it, the rest, and what may still change. */
export function card({ id, title = id, what, actions, curl, settings }, ...content) {
    const heading = h("header", {}, h("h4", {}, title), h("span", { class: "hint" }, what), actions);
    return h("section", { class: "card", "data-name": id }, heading, content, curl.element, settings?.element);
}
