// What goes wrong on the way, on purpose: rules that lose, delay or damage segments, with a slider for each number.

import { h, setText } from "../elements/dom.js";
import { slider } from "../elements/slider.js";
import { calls, perform } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { choiceField, durationField, field, numberField, requestOf, textField } from "../service/form.js";
import { ResourceList } from "../service/resource.js";
import { HeldList } from "./held.js";
import { impairmentKinds, matches, toxicity } from "./impairment-kinds.js";

/** While a slider moves, changes are sent at most this often, in milliseconds. */
const spacing = 200;

/** A part of the lab. */
export class Impairments {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection, held: [] });
        this.list = new ResourceList({
            call: calls.impairments(),
            member: "impairments",
            empty: ["The way is clear.", "Add an impairment: it acts on single segments, always the same ones for the same seed, and the log says what it did to each."],
            draw: (items) => this.items(items),
        });
        this.curl = new CurlLine();
        this.form = this.makeForm();
        this.errors = new FieldErrors(this.form);
        this.form.append(this.errors.element);
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        this.drawSliders();
    }

    refresh() {
        return this.list.refresh();
    }

    items(items) {
        for (const held of this.held) held.stop();
        this.held = [];
        return items.map((item) => this.item(item));
    }

    makeForm() {
        this.type = h("select", { name: "type" }, Object.keys(impairmentKinds).map((type) => h("option", {}, type)));
        this.connection = h("select", { name: "connection", "data-type": "text" }, h("option", { value: "" }, "all"));
        this.does = h("p", { class: "hint" });
        this.sliders = h("div", { class: "sliders" });
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Add"), "Add", () => this.call);
        const form = h(
            "form",
            { class: "lab-form", autocomplete: "off", novalidate: true },
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
            h("div", { class: "action" }, submit, this.curl.element),
        );
        form.addEventListener("input", ({ target }) => (target === this.type ? this.drawSliders() : this.curl.update()));
        form.addEventListener("focusin", () => this.listConnections());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.add();
        });
        return form;
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
        this.form.elements["attributes.offset"].closest(".field").hidden = this.type.value !== "corrupt";
        this.form.elements["attributes.offset"].disabled = this.type.value !== "corrupt";
        this.curl.update();
    }

    get call() {
        const { attributes, ...body } = requestOf(this.form).body;
        const inputs = [...this.sliders.querySelectorAll("input")];
        const numbers = Object.fromEntries(inputs.map(({ name, value }) => [name, this.kind.numbers[name].write(Number(value))]));
        return calls.addImpairment({ type: this.type.value, ...body, attributes: { ...numbers, ...attributes } });
    }

    add() {
        return this.errors.guard(async () => {
            await perform(this.call);
            await this.list.refresh();
        });
    }

    /** One impairment in force, its sliders live. */
    item(impairment) {
        const { name, type, stream, connection, attributes = {}, counters } = impairment;
        const curl = new CurlLine();
        const remove = callButton(curl, { label: "Remove", look: "quiet", call: () => calls.removeImpairment(name), act: (call) => this.list.change(call) });
        const sliders = this.liveSliders(impairment, curl);
        const held = type === "hold" ? new HeldList(name, { ...this, curl }) : null;
        if (held) this.held.push(held);
        const match = attributes.match === "any" ? "all segments" : attributes.match;
        const done = counters ? ` · ${counters.impaired} of ${counters.matched} impaired` : "";
        return h(
            "section",
            { class: "card", "data-name": name },
            h("header", {}, h("h4", {}, name), h("span", { class: "hint" }, `${type} · ${stream} · ${match} · ${connection ?? "all connections"}${done}`), remove),
            sliders,
            held?.element,
            curl.element,
        );
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
