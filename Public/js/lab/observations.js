// Connections of other programs, which the kernel owns and we only follow.

import { h } from "../elements/dom.js";
import { endpoint, grouped } from "../elements/format.js";
import { calls } from "../service/api.js";
import { ChangeForm } from "../service/change-form.js";
import { CurlLine } from "../service/curl.js";
import { durationField, group, textField } from "../service/form.js";
import { card, ListPart } from "./list-part.js";

/** A part of the lab. */
export class Observations extends ListPart {
    constructor({ feed }) {
        super({
            call: calls.observations(),
            member: "observations",
            empty: ["Nothing is observed.", "Name both ends of another program's connection: its segments are in the log from then on. The service allows it under serve --observe, with a token."],
        });
        this.furnish(
            { label: "Observe", look: "observations-form" },
            h(
                "div",
                { class: "fields-grid" },
                textField("local", "Local", "127.0.0.1:40000", "address:port"),
                textField("remote", "Remote", "127.0.0.1:6666", "address:port"),
                textField("name", "Name", "none"),
                durationField("lease", "Lease", "none", "30s, 5m"),
            ),
        );
        // Not while somebody stands on a control of the list: it would be another one afterwards.
        const isFree = () => this.element.offsetParent !== null && !this.list.element.contains(document.activeElement);
        feed.addEventListener("change", () => this.list.items.length > 0 && isFree() && this.refresh());
    }

    get call() {
        return calls.observe(this.form.request.body);
    }

    item({ id, name, state, local, remote, knowsBeginning, counters = {} }) {
        const curl = new CurlLine();
        const remove = this.removeButton(curl, "Remove", () => calls.removeObservation(id));
        curl.update();
        const settings = new ChangeForm({
            groups: () => [group("Observation", textField("name", "Name", name ?? "none"), durationField("lease", "Lease", "none", "30s, 5m"))],
            call: (change) => calls.changeObservation(id, change),
            act: (call) => this.change(call),
            prefix: `${id}-`,
        });
        const { segmentsSent = 0, segmentsReceived = 0 } = counters;
        const seen = `${grouped(segmentsSent + segmentsReceived)} segments`;
        const beginning = knowsBeginning ? "from its beginning" : "without its beginning";
        const what = [`${endpoint(local)} → ${endpoint(remote)}`, state ?? "no segment seen yet", seen, beginning].join(" · ");
        return card({ id, title: name ?? id, what, actions: remove, curl, settings });
    }
}
