// What goes wrong on the way, on purpose: rules that lose, delay or damage segments, with a slider for each number.

import { h, setText } from "../elements/dom.js";
import { slider } from "../elements/slider.js";
import { calls, perform } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { choiceField, durationField, field, numberField, textField } from "../service/form.js";
import { HeldList } from "./held.js";
import { impairmentKinds, matches, toxicity } from "./impairment-kinds.js";
import { card, ListPart } from "./list-part.js";

/** While a slider moves, changes are sent at most this often, in milliseconds. */
const spacing = 200;

/** A part of the lab. */
export class Impairments extends ListPart {
    constructor({ feed, selection }) {
        super({
            call: calls.impairments(),
            member: "impairments",
            empty: ["The way is clear.", "Add an impairment: it acts on single segments, always the same ones for the same seed, and the log says what it did to each."],
        });
        Object.assign(this, { feed, selection, held: [] });
        this.type = h("select", { name: "type" }, Object.keys(impairmentKinds).map((type) => h("option", {}, type)));
        this.connection = h("select", { name: "connection", "data-type": "text" }, h("option", { value: "" }, "all"));
        this.does = h("p", { class: "hint" });
        this.sliders = h("div", { class: "sliders" });
        this.furnish({ label: "Add" }, ...this.fields());
        this.type.addEventListener("input", () => this.drawSliders());
        this.form.element.addEventListener("focusin", () => this.listConnections());
        this.drawSliders();
    }

    items(items) {
        for (const held of this.held) held.stop();
        this.held = [];
        return super.items(items);
    }

    fields() {
        return [
            h(
                "div",
                { class: "fields-grid" },
                field("Type", this.type),
                choiceField("stream", "Direction", [["downstream", "↓ downstream"], ["upstream", "↑ upstream"]]),
                choiceField("attributes.match", "Which segments", [["", "any"], ...matches.slice(1)]),
                field("Connection", this.connection),
            ),
            this.does,
            this.sliders,
            h(
                "details",
                {},
                h("summary", {}, "Name, seed, lease"),
                h(
                    "div",
                    { class: "fields-grid" },
                    textField("name", "Name", "type_direction"),
                    numberField("seed", "Seed", "random"),
                    durationField("lease", "Lease", "none", "30s, 5m"),
                    numberField("attributes.offset", "First octet", "anywhere", "of corrupt"),
                ),
            ),
        ];
    }

    listConnections() {
        const ids = [...this.feed.connections.keys()].slice(-50);
        const chosen = this.connection.value;
        if (this.listed === ids.join()) return;
        this.listed = ids.join();
        this.connection.replaceChildren(h("option", { value: "" }, "all"), ...ids.map((id) => h("option", { value: id }, id)));
        this.connection.value = ids.includes(chosen) ? chosen : "";
    }

    get kind() {
        return impairmentKinds[this.type.value];
    }

    drawSliders() {
        const { numbers, initial, does } = this.kind;
        this.sliders.replaceChildren(...Object.entries(numbers).map(([name, number]) => slider(name, number, initial[name])));
        setText(this.does, `${this.type.value}: ${does}.`);
        const offset = this.form.element.elements["attributes.offset"];
        offset.disabled = this.type.value !== "corrupt";
        offset.closest(".field").hidden = offset.disabled;
        this.form.curl.update();
    }

    get call() {
        const { attributes, ...body } = this.form.request.body;
        const inputs = [...this.sliders.querySelectorAll("input")];
        const numbers = Object.fromEntries(inputs.map(({ name, value }) => [name, this.kind.numbers[name].write(Number(value))]));
        return calls.addImpairment({ type: this.type.value, ...body, attributes: { ...numbers, ...attributes } });
    }

    /** One impairment in force, its sliders live. */
    item(impairment) {
        const { name, type, stream, connection, attributes = {}, counters } = impairment;
        const curl = new CurlLine();
        const remove = this.removeButton(curl, "Remove", () => calls.removeImpairment(name));
        const sliders = this.liveSliders(impairment, curl);
        const held = type === "hold" ? new HeldList(name, { ...this, curl }) : null;
        if (held) this.held.push(held);
        const match = attributes.match === "any" ? "all segments" : attributes.match;
        const done = counters ? ` · ${counters.impaired} of ${counters.matched} impaired` : "";
        const what = `${type} · ${stream} · ${match} · ${connection ?? "all connections"}${done}`;
        return card({ id: name, what, actions: remove, curl }, sliders, held?.element);
    }

    /** Sliders that change the impairment while they move. */
    liveSliders({ name, type, toxicity: share, attributes }, curl) {
        const numbers = { toxicity, ...impairmentKinds[type].numbers };
        const values = { toxicity: share, ...attributes };
        let change = {};
        const send = throttled(() => {
            this.patch(calls.changeImpairment(name, change));
            change = {};
        });
        let shown = {};
        const moved = (attribute, value) => {
            const written = numbers[attribute].write(value);
            if (attribute === "toxicity") change.toxicity = written;
            else change.attributes = { ...change.attributes, [attribute]: written };
            shown = change;
            curl.update();
            send();
        };
        const known = Object.entries(numbers).filter(([attribute]) => typeof values[attribute] === "number");
        const place = h("div", { class: "sliders" }, known.map(([attribute, number]) => slider(attribute, number, number.read(values[attribute]), moved)));
        curl.follow(place, "Change", () => calls.changeImpairment(name, shown));
        curl.update();
        return place;
    }

    async patch(call) {
        await this.list.guard(() => perform(call));
    }
}

function throttled(action) {
    let timer = null;
    return () => {
        timer ??= setTimeout(() => {
            timer = null;
            action();
        }, spacing);
    };
}
