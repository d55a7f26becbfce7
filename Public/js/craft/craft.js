// Making a segment by hand, legal or not, and seeing what comes back.

import { h } from "../elements/dom.js";
import { calls, perform, Problem } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { choiceField, field, requestOf } from "../service/form.js";
import { baseOfConnection, baseOfEnds, emptyDraft, flagsOf, membersOf } from "./draft.js";
import { SegmentEditor } from "./editor.js";

/** Links to segments of one answer; a repeated segment may have thousands. */
const listed = 20;

/** The lab's first part. */
export class Craft {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection, observations: new Map() });
        this.draft = { ...emptyDraft(), remote: "127.0.0.1:6666" };
        this.editor = new SegmentEditor(this.draft, () => this.base);
        this.connections = h("select", { name: "connection" });
        this.submit = h("button", { type: "submit", class: "primary" }, "Send");
        this.result = h("div", { class: "craft-result", role: "status" });
        this.curl = new CurlLine();
        this.element = h("form", { class: "craft", autocomplete: "off", novalidate: true }, this.contents());
        this.curl.follow(this.submit, "Send", () => this.call);
        this.errors = new FieldErrors(this.element, { onSegment: (segment) => selection.set({ segment, view: "inspector" }) });
        this.element.append(this.errors.element, this.result);
        this.listen();
        this.listConnections();
        this.changed();
    }

    contents() {
        const input = (name, placeholder, value = "") => h("input", { name, placeholder, value, spellcheck: "false", autocapitalize: "off" });
        const guards = [["", "socket"], "range", "nftables", ["none", "none: the kernel answers"]];
        const cuts = [["", "in one segment"], ["overlap", "overlap: two that overlap"], ["out-of-order", "out-of-order: the second first"], ["duplicate", "duplicate: twice"]];
        const answer = h("label", {}, h("input", { type: "checkbox", name: "answerReplies" }), " Answer replies as a closed port does");
        return [
            h(
                "div",
                { class: "fields-grid craft-ends" },
                field("Of connection", this.connections),
                field("Remote", input("remote", "127.0.0.1:6666", this.draft.remote)),
                field("Local", input("local", "chosen"), "[address:]port"),
            ),
            this.editor.element,
            h(
                "div",
                { class: "fields-grid craft-more" },
                choiceField("pairs", "Payload goes", cuts),
                field("Repeat", input("repeat", "once")),
                choiceField("guard", "Reset guard", guards),
                field("Guard it for", input("hold", "10s")),
                choiceField("?wait", "Wait for", [["reply", "the first reply"], ["", "nothing"]]),
                field("Patience", h("input", { name: "?timeout", "data-type": "text", value: "2s", spellcheck: "false" })),
                h("span", { class: "field toggle" }, answer),
            ),
            h("div", { class: "action craft-send" }, this.submit, this.curl.element),
        ];
    }

    listen() {
        this.editor.addEventListener("edit", () => this.curl.update());
        this.element.addEventListener("input", ({ target }) => this.typed(target));
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.send();
        });
        this.feed.addEventListener("change", () => this.listConnections());
    }

    get connection() {
        return this.feed.connections.get(this.draft.connection) ?? this.observations.get(this.draft.connection) ?? null;
    }

    get base() {
        return this.connection ? baseOfConnection(this.connection, this.draft.flags.has("ACK")) : baseOfEnds(this.draft);
    }

    /** Looks which connections of other programs are observed: segments may be made in their names as well. */
    async refresh() {
        try {
            const { body } = await perform(calls.observations());
            this.observations = new Map(body.observations.map((one) => [one.id, one]));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.observations.clear();
        }
        this.listConnections();
    }

    listConnections() {
        const option = (value, label) => h("option", { value }, label);
        const ours = [...this.feed.connections.values()].filter(({ state }) => state !== "CLOSED").slice(-50);
        const open = [...ours, ...this.observations.values()];
        const known = open.map(({ id }) => id).join();
        if (known === this.known) return;
        this.known = known;
        this.connections.replaceChildren(option("", "none"), ...open.map(({ id, name }) => option(id, name ? `${id} ${name}` : id)));
        this.connections.value = this.draft.connection;
    }

    typed(target) {
        if (this.editor.element.contains(target)) return;
        const { name, value, type, checked } = target;
        if (name in this.draft && name !== "flags") this.draft[name] = type === "checkbox" ? checked : value;
        if (name === "connection" && !this.draft.areFlagsChosen) this.draft.flags = new Set(value === "" ? ["SYN"] : ["ACK"]);
        this.changed();
    }

    changed() {
        const isAlone = this.connection === null;
        for (const name of ["remote", "local", "guard", "hold", "answerReplies"]) this.element.elements[name].disabled = !isAlone;
        this.editor.draw();
        this.curl.update();
    }

    /** What Send does: only what differs from the service's own choice is asked for. */
    get call() {
        const { draft } = this;
        const alone = { remote: draft.remote.trim(), ...(draft.local.trim() === "" ? {} : { local: draft.local.trim() }) };
        const ends = draft.connection === "" ? alone : { connection: draft.connection };
        const { query } = requestOf(this.element);
        return calls.craft({ ...ends, flags: flagsOf(draft), ...membersOf(draft) }, query.wait ? query : {});
    }

    async send() {
        this.result.replaceChildren();
        this.submit.disabled = true;
        await this.errors.guard(async () => this.showResult((await perform(this.call)).body));
        this.submit.disabled = false;
    }

    showResult({ segments, replies, kernelRewrote }) {
        const look = (segment) => this.selection.set({ segment, view: "inspector" });
        const link = (number) => h("button", { type: "button", class: "segment-link", on: { click: () => look(number) } }, `#${number}`);
        const list = (label, numbers) => h("p", {}, label, numbers.slice(0, listed).flatMap((number) => [link(number), " "]));
        const answered = replies ?? [];
        this.result.replaceChildren(
            list("Sent as ", segments),
            answered.length > 0 ? list(`Answered by ${answered[0].tcp?.flags?.join(" ") ?? ""} `, answered.map(({ number }) => number)) : "",
            kernelRewrote?.length > 0 ? h("p", { class: "hint" }, `The kernel rewrote: ${kernelRewrote.join(", ")}.`) : "",
        );
        this.selection.set({ segment: segments[0] });
    }
}
