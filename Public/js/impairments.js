// What goes wrong on the way, on purpose: rules that lose, delay or damage segments, with a slider for each number.

import { calls, perform, Problem } from "./api.js";
import { CurlLine } from "./curl.js";
import { h, setText } from "./dom.js";
import { HeldList } from "./held.js";
import { ResourceList } from "./resource.js";

/** The types with the attributes that each takes: label, range of its slider, how its value is written in a request. */
const share = { label: "Probability", min: 0, max: 100, step: 1, unit: "%", write: (value) => value / 100, read: (value) => value * 100 };
const milliseconds = (label, max) => ({ label, min: 0, max, step: 1, unit: "ms", write: (value) => `${value}ms`, read: readMilliseconds });
const types = {
    loss: { probability: share },
    delay: { latency: milliseconds("Latency", 1000), jitter: milliseconds("Jitter", 500) },
    duplicate: { probability: share },
    reorder: { probability: share, latency: milliseconds("Held back", 500) },
    corrupt: { probability: share },
    rate: { rate: { label: "Rate", min: 8, max: 10_000, step: 8, unit: "kbit/s", write: (value) => value * 125, read: (value) => value / 125 } },
    drop: { nth: { label: "The n-th", min: 1, max: 50, step: 1, unit: "", write: Number, read: Number } },
    hold: {},
};
const initial = { probability: 5, latency: 40, jitter: 10, rate: 1000, nth: 3 };
/** While a slider moves, changes are sent at most this often, in milliseconds. */
const spacing = 200;

function readMilliseconds(value) {
    if (typeof value === "number") return value * 1000;
    const [, number, unit] = String(value).match(/^([\d.]+)(ms|s|m)?$/) ?? [0, 0, "ms"];
    return Number(number) * { ms: 1, s: 1000, m: 60_000 }[unit ?? "s"];
}

/** The lab's second part. */
export class Impairments {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection, held: [] });
        this.curl = new CurlLine("add this impairment");
        this.list = new ResourceList({
            call: calls.impairments(),
            member: "impairments",
            empty: ["The way is clear.", "Add an impairment: it acts on single segments, always the same ones for the same seed, and the log says what it did to each."],
            draw: (items) => this.items(items),
        });
        this.form = this.makeForm();
        this.element = h("div", { class: "lab-part" }, this.form, this.list.element);
        this.changed();
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
        const option = (value, label = value) => h("option", { value }, label);
        const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
        this.sliders = h("div", { class: "sliders" });
        const form = h(
            "form",
            { class: "lab-form", autocomplete: "off", novalidate: true },
            h(
                "div",
                { class: "fields-grid" },
                field("Type", h("select", { name: "type" }, Object.keys(types).map((type) => option(type)))),
                field("Direction", h("select", { name: "stream" }, option("upstream", "upstream: what we send"), option("downstream", "downstream: what we receive"))),
                field("Name", h("input", { name: "name", placeholder: "lossy", spellcheck: "false" })),
                field("Connection", h("select", { name: "connection" }, option("", "all"))),
                field("Only segments", h("select", { name: "match" }, option("", "all"), ["data", "ack", "syn", "fin", "rst"].map((match) => option(match)))),
                field("Seed", h("input", { name: "seed", inputmode: "numeric", placeholder: "7" })),
            ),
            this.sliders,
            h("div", { class: "action" }, h("button", { type: "submit", class: "primary" }, "Add"), this.curl.element),
        );
        form.addEventListener("input", ({ target }) => this.changed(target.name === "type"));
        form.addEventListener("focusin", () => this.listConnections());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.add();
        });
        this.form = form;
        this.drawSliders();
        return form;
    }

    listConnections() {
        const { connection } = this.form.elements;
        const ids = [...this.feed.connections.keys()].slice(-50);
        const chosen = connection.value;
        connection.replaceChildren(h("option", { value: "" }, "all"), ...ids.map((id) => h("option", { value: id }, id)));
        connection.value = ids.includes(chosen) ? chosen : "";
    }

    drawSliders() {
        const attributes = types[this.form.elements.type.value];
        this.sliders.replaceChildren(
            ...Object.entries(attributes).map(([name, kind]) => slider(name, kind, initial[name], () => this.changed())),
        );
    }

    changed(isOtherType = false) {
        if (isOtherType) this.drawSliders();
        this.curl.show(calls.addImpairment(this.request));
    }

    get request() {
        const { type, stream, name, connection, match, seed } = this.form.elements;
        const attributes = attributesOf(types[type.value], this.sliders);
        if (match.value !== "") attributes.match = match.value;
        const request = { name: name.value.trim() || type.value, type: type.value, stream: stream.value, attributes };
        if (connection.value !== "") request.connection = connection.value;
        if (seed.value.trim() !== "") request.seed = Number(seed.value);
        return request;
    }

    add() {
        return this.list.change(calls.addImpairment(this.request));
    }

    /** One impairment in force, its sliders live. */
    item(impairment) {
        const { name, type, stream, connection, attributes = {}, toxicity } = impairment;
        const kinds = { toxicity: { ...share, label: "Toxicity" }, ...types[type] };
        const values = { toxicity, ...attributes };
        const place = h("div", { class: "sliders" });
        const send = throttled(() => this.patch(name, kinds, place));
        for (const [attribute, kind] of Object.entries(kinds)) {
            if (values[attribute] !== undefined && values[attribute] !== null) {
                place.append(slider(attribute, kind, kind.read(values[attribute]), send));
            }
        }
        const remove = h("button", { type: "button", class: "quiet", on: { click: () => this.list.change(calls.removeImpairment(name)) } }, "Remove");
        const held = type === "hold" ? new HeldList(name, this) : null;
        if (held) this.held.push(held);
        return h(
            "section",
            { class: "card", "data-name": name },
            h("header", {}, h("h4", {}, name), h("span", { class: "hint" }, `${type}, ${stream}, ${connection ?? "all connections"}`), remove),
            place,
            held?.element,
        );
    }

    async patch(name, kinds, place) {
        const { toxicity, ...attributes } = attributesOf(kinds, place);
        try {
            await perform(calls.changeImpairment(name, { ...(toxicity === undefined ? {} : { toxicity }), attributes }));
            this.list.problem.clear();
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.list.problem.show(error);
        }
    }
}

/** A slider with its number beside it. */
function slider(name, { label, min, max, step, unit }, value, onInput) {
    const output = h("output", {}, `${Math.round(value)} ${unit}`);
    const input = h("input", { type: "range", name, min, max, step, value });
    input.addEventListener("input", () => {
        setText(output, `${input.value} ${unit}`);
        onInput();
    });
    return h("label", { class: "slider" }, h("span", {}, label), input, output);
}

function attributesOf(kinds, place) {
    const inputs = [...place.querySelectorAll("input[type=range]")];
    return Object.fromEntries(inputs.map((input) => [input.name, kinds[input.name].write(Number(input.value))]));
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
