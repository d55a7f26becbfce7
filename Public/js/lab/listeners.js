// Passive opens: where we listen, what becomes of whoever calls, and who has called.

import { listenGroups, settingGroups } from "../connections/connect-options.js";
import { h } from "../elements/dom.js";
import { endpoint } from "../elements/format.js";
import { calls } from "../service/api.js";
import { ChangeForm } from "../service/change-form.js";
import { CurlLine } from "../service/curl.js";
import { choiceField, numberField, renameToggles, textField } from "../service/form.js";
import { AcceptedList } from "./accepted.js";
import { card, ListPart } from "./list-part.js";

/** What becomes of accepted connections: they wait for their user, or RFC 862, 863 and 864. */
const services = [["", "hold"], "echo", "discard", "chargen"];

/** A part of the lab. */
export class Listeners extends ListPart {
    constructor({ feed, selection }) {
        super({
            call: calls.listeners(),
            member: "listeners",
            empty: ["Nobody listens.", "Listen at a port above: whoever calls it, any program or a connection of this page, is accepted and appears here."],
        });
        Object.assign(this, { feed, selection, accepted: [] });
        const groups = h("div", { class: "groups" }, listenGroups());
        renameToggles(groups, "accepted-");
        this.furnish(
            { label: "Listen", look: "listeners-form" },
            h(
                "div",
                { class: "fields-grid" },
                textField("local", "Local", "chosen", "[address:]port"),
                choiceField("service", "Service", services),
                numberField("backlog", "Backlog", "128", "handshakes at once"),
            ),
            h("details", {}, h("summary", {}, "Options of its connections"), groups),
        );
    }

    get call() {
        return calls.listen(this.form.request.body);
    }

    items(items) {
        for (const accepted of this.accepted) accepted.stop();
        this.accepted = items.map(({ id }) => new AcceptedList(id, this));
        return items.map((item, index) => this.item(item, this.accepted[index]));
    }

    item(listener, accepted) {
        const { id, name, local, service, backlog } = listener;
        const curl = new CurlLine();
        const stop = this.removeButton(curl, "Stop", () => calls.stopListening(id));
        curl.follow(accepted.element, "Accepted", () => calls.accepted(id));
        curl.update();
        const settings = new ChangeForm({
            groups: () => settingGroups(listener, "Listener", numberField("backlog", "Backlog", String(backlog), "handshakes at once")),
            call: (change) => calls.changeListener(id, change),
            act: (call) => this.change(call),
            prefix: `${id}-`,
        });
        const what = [endpoint(local), service, `backlog ${backlog}`].join(" · ");
        return card({ id, title: name ?? id, what, actions: stop, curl, settings }, accepted.element);
    }
}
