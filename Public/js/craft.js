// Making a segment by hand, legal or not, and seeing what comes back.

import { calls, perform, Problem } from "./api.js";
import { hexWord } from "./checksum.js";
import { CraftPicture } from "./craft-picture.js";
import { emptyDraft, faultsOf, octetsOf, requestOf } from "./craft-segment.js";
import { CurlLine } from "./curl.js";
import { h, setText } from "./dom.js";
import { hexOctet } from "./format.js";
import { ProblemBox } from "./problem.js";

/** How long the answer to a crafted segment is waited for. */
const patience = "2s";

/** The lab's first part. */
export class Craft {
    constructor({ feed, selection }) {
        Object.assign(this, { feed, selection });
        this.draft = emptyDraft();
        this.picture = new CraftPicture();
        this.picture.addEventListener("edit", ({ detail }) => this.edited(detail));
        this.dump = h("pre", { class: "craft-dump", tabindex: "0", "aria-label": "The segment's octets" });
        this.faults = h("ul", { class: "craft-faults", "aria-label": "What the RFC has against it" });
        this.sum = h("p", { class: "hint" });
        this.problem = new ProblemBox({ onSegment: (segment) => selection.set({ segment, view: "inspector" }) });
        this.result = h("div", { class: "craft-result", role: "status" });
        this.curl = new CurlLine("send this segment");
        this.submit = h("button", { type: "submit", class: "primary" }, "Send");
        this.replies = h("input", { type: "checkbox", name: "awaitReply", checked: true });
        this.connections = h("select", { name: "connection" });
        this.element = h("form", { class: "craft", autocomplete: "off", novalidate: true }, this.contents());
        this.element.addEventListener("input", ({ target }) => this.typed(target));
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.send();
        });
        feed.addEventListener("change", () => this.listConnections());
        this.listConnections();
        this.draw();
    }

    contents() {
        const field = (label, control, hint = "") => h("label", { class: "field" }, h("span", {}, label, " ", h("small", {}, hint)), control);
        const input = (name, placeholder) => h("input", { name, placeholder, spellcheck: "false", value: this.draft[name] });
        const guard = h("select", { name: "guard" }, h("option", { value: "" }, "socket"), h("option", { value: "none" }, "none: the kernel answers"));
        const as = (value, label) => h("label", {}, h("input", { type: "radio", name: "payloadAs", value, checked: value === "text" }), h("span", {}, label));
        return [
            h(
                "div",
                { class: "fields-grid craft-ends" },
                field("Of connection", this.connections),
                field("Remote", input("remote", "127.0.0.1:6666")),
                field("Local", input("local", "chosen"), "[address:]port"),
                field("Reset guard", guard),
            ),
            this.picture.element,
            h(
                "div",
                { class: "fields-grid craft-more" },
                field("Options", input("options", "020405b4"), "hex"),
                h(
                    "div",
                    { class: "field" },
                    h("label", { for: "craft-payload" }, "Payload"),
                    h(
                        "span",
                        { class: "craft-payload" },
                        h("input", { id: "craft-payload", name: "payload", spellcheck: "false" }),
                        h("fieldset", { class: "switch" }, h("legend", { class: "visually-hidden" }, "Payload as"), as("text", "Text"), as("hex", "Hex")),
                    ),
                ),
                field("Time to live", input("ttl", "64")),
                field("Repeat", input("repeat", "1")),
            ),
            h("div", { class: "craft-octets" }, h("h3", {}, "Octets"), this.dump, this.sum, this.faults),
            h("div", { class: "action craft-send" }, this.submit, this.curl.element),
            h("label", { class: "craft-await" }, this.replies, " Wait for the first reply"),
            this.problem.element,
            this.result,
        ];
    }

    get connection() {
        return this.feed.connections.get(this.draft.connection) ?? null;
    }

    listConnections() {
        const option = (value, label) => h("option", { value, selected: value === this.draft.connection }, label);
        const open = [...this.feed.connections.values()].filter(({ state }) => state !== "CLOSED").slice(-50);
        const known = open.map(({ id }) => id).join();
        if (known === this.known) return;
        this.known = known;
        this.connections.replaceChildren(option("", "none"), ...open.map(({ id, name }) => option(id, name ? `${id} ${name}` : id)));
        this.connections.value = this.draft.connection;
    }

    edited({ flag, name, value }) {
        if (flag) {
            const { flags } = this.draft;
            if (!flags.delete(flag)) flags.add(flag);
        } else {
            this.draft[name] = value;
        }
        this.draw();
    }

    typed({ name, value, type, checked }) {
        if (!(name in this.draft) || name === "flags" || (type === "radio" && !checked)) return;
        this.draft[name] = value;
        this.draw();
    }

    draw() {
        const { draft, connection } = this;
        const packet = octetsOf(draft, connection);
        const faults = faultsOf(draft, packet);
        this.picture.show(draft, packet, faults);
        for (const name of ["remote", "local", "guard"]) this.element.elements[name].disabled = connection !== null;
        this.drawDump(packet);
        const { addition } = packet;
        setText(this.sum, addition ? `The words add up to 0x${addition.sum.toString(16)}; folded ${hexWord(addition.folded)}, complement ${hexWord(addition.value)}.` : "The service adds up the checksum once it knows the addresses.");
        this.faults.replaceChildren(...faults.map(({ field, text }) => h("li", {}, h("code", {}, field), ` ${text}`)));
        this.curl.show(this.call);
    }

    /** The octets, those lit that the last edit has changed. */
    drawDump({ octets, headerLength }) {
        const before = this.octets ?? octets;
        this.octets = octets;
        const shown = Array.from(octets.subarray(0, 256), (octet, index) => {
            const layer = index < 20 ? "tcp" : index < headerLength ? "options" : "payload";
            const isChanged = before[index] !== octet || before.length <= index;
            return h("span", { class: `octet layer-${layer}${isChanged ? " changed" : ""}` }, hexOctet(octet));
        });
        const rows = [];
        for (let index = 0; index < shown.length; index += 16) rows.push(...shown.slice(index, index + 16).flatMap((cell) => [cell, " "]), "\n");
        this.dump.replaceChildren(...rows, octets.length > 256 ? `… ${octets.length - 256} more` : "");
    }

    get call() {
        return calls.craft(requestOf(this.draft), this.replies.checked ? { wait: "reply", timeout: patience } : {});
    }

    async send() {
        this.problem.clear();
        this.result.replaceChildren();
        this.submit.disabled = true;
        try {
            const { body } = await perform(this.call);
            this.showResult(body);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error);
        } finally {
            this.submit.disabled = false;
        }
    }

    showResult({ segments, replies, kernelRewrote }) {
        const link = (number) =>
            h("button", { type: "button", class: "segment-link", on: { click: () => this.selection.set({ segment: number, view: "inspector" }) } }, `#${number}`);
        const list = (label, numbers) => h("p", {}, label, numbers.slice(0, 20).flatMap((number) => [link(number), " "]));
        const answered = replies ?? [];
        this.result.replaceChildren(
            list("Sent as ", segments),
            answered.length > 0 ? list(`Answered by ${answered[0].tcp?.flags?.join(" ") ?? ""} `, answered.map(({ number }) => number)) : "",
            kernelRewrote?.length > 0 ? h("p", { class: "hint" }, `The kernel rewrote: ${kernelRewrote.join(", ")}.`) : "",
        );
        this.selection.set({ segment: segments[0] });
    }
}
