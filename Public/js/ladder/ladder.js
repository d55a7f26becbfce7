// The ladder: the chosen connection as a live sequence diagram. Only the rows in sight exist as elements.

import { h, oncePerFrame, setText, svg } from "../elements/dom.js";
import { duration, endpoint } from "../elements/format.js";
import { panByDragging } from "../elements/pan.js";
import { relationsOf, rolesOf, sentenceOf } from "../log/relations.js";
import { CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { exportPicture, exportText, texts } from "./export.js";
import { ladderLegend } from "./legend.js";
import { LadderScale } from "./scale.js";
import { lifelines, sceneOf } from "./scene.js";
import { elementsOf, frameOf } from "./svg.js";

const zooms = { least: 0.35, most: 400, step: 1.35 };
/** Height of the shapes of a row that may reach into sight from outside it. */
const reach = 120;

/** Draws `trace`, the view of the chosen connection. */
export class Ladder {
    constructor(element, { trace, feed, selection }) {
        Object.assign(this, { trace, feed, selection, element });
        this.scale = new LadderScale();
        this.hovered = null;
        this.follows = true;
        /** A segment that is to be brought into sight once there is something to see. */
        this.pending = selection.segment;
        /** Where the chosen segment was brought into sight; null once the user has scrolled on. */
        this.revealedAt = null;
        this.errors = new FieldErrors(element);
        this.ends = h("div", { class: "ladder-ends", "aria-hidden": "true" }, h("span"), h("span"));
        this.picture = svg("svg", { class: "ladder-picture", "aria-hidden": "true" });
        this.sheet = h("div", { class: "ladder-sheet" }, this.picture);
        const label = "Sequence diagram; j and k go from segment to segment, plus and minus zoom";
        this.scroller = h("div", { class: "ladder-scroller", tabindex: "0", role: "group", "aria-label": label }, this.sheet);
        this.told = h("p", { class: "ladder-told", role: "status" });
        this.curl = new CurlLine();
        const foot = h("div", { class: "ladder-foot" }, this.told, ladderLegend(), this.curl.element, this.errors.element);
        element.querySelector(".ladder-place").append(this.ends, this.scroller, foot);
        for (const [kind, { label, call }] of Object.entries(texts)) {
            this.curl.follow(element.querySelector(`[data-ladder=${kind}]`), label, () => call(selection.connection));
        }
        this.empty = element.querySelector(".empty");
        this.refresh = oncePerFrame(() => this.draw());
        this.listen();
    }

    listen() {
        const { element, scroller, selection } = this;
        this.trace.store.addEventListener("append", this.refresh);
        this.trace.store.addEventListener("clear", this.refresh);
        element.addEventListener("change", ({ target }) => target.name === "ladder-mode" && this.showBy(target.value));
        element.addEventListener("click", ({ target }) => this.clicked(target));
        scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
        scroller.addEventListener("pointerover", ({ target }) => this.hover(numberAt(target)));
        scroller.addEventListener("pointerleave", () => this.hover(null));
        scroller.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
        scroller.addEventListener("keydown", (event) => this.pressed(event));
        panByDragging(scroller, ({ target, shiftKey }) => {
            const number = numberAt(target);
            if (number !== null) this.choose(number, shiftKey);
        });
        new ResizeObserver(this.refresh).observe(scroller);
        selection.addEventListener("change", ({ detail }) => {
            if (detail.has("segment")) this.reveal(selection.segment);
            if (detail.has("connection")) this.follows = true;
            this.refresh();
        });
    }

    /** By `order`, or by `time`. */
    showBy(mode) {
        this.scale.mode = mode;
        this.keep(() => {});
    }

    clicked(target) {
        const action = target.closest("[data-ladder]")?.dataset.ladder;
        if (action === "in") this.zoomBy(zooms.step);
        else if (action === "out") this.zoomBy(1 / zooms.step);
        else if (action === "fit") this.zoomBy(1 / this.scale.zoom);
        else if (action) this.export(action);
    }

    /** A click chooses; with Shift it spans the time from the chosen segment to this one. */
    choose(number, isSpan) {
        const { selection, trace } = this;
        const other = isSpan && selection.segment !== null ? trace.indexOf(selection.segment) : null;
        if (other === null) return selection.set({ segment: number, range: isSpan ? selection.range : null });
        const times = [other, trace.indexOf(number)].map((index) => trace.row(index).elapsed).sort((a, b) => a - b);
        if (times[1] > times[0]) selection.set({ range: times.join("~") });
    }

    wheeled(event) {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? zooms.step : 1 / zooms.step);
    }

    pressed(event) {
        const factor = { "+": zooms.step, "=": zooms.step, "-": 1 / zooms.step, 0: 1 / this.scale.zoom }[event.key];
        if (!factor || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.zoomBy(factor);
    }

    zoomBy(factor) {
        this.keep(() => (this.scale.zoom = Math.max(zooms.least, Math.min(zooms.most, this.scale.zoom * factor))));
    }

    /** Changes the scale, and keeps in its place what is chosen, or else what is at the top. */
    keep(change) {
        this.scale.update(this.trace);
        const { scroller } = this;
        const chosen = this.trace.indexOf(this.selection.segment ?? -1);
        const index = Math.min(chosen ?? this.scale.rowAt(scroller.scrollTop), Math.max(0, this.scale.count - 1));
        const offset = this.scale.tops[index] - scroller.scrollTop;
        change();
        this.scale.update(this.trace);
        this.resizeSheet();
        scroller.scrollTop = this.scale.tops[index] - offset;
        this.refresh();
    }

    hover(number) {
        if (number === this.hovered) return;
        this.hovered = number;
        this.refresh();
    }

    scrolled() {
        const { scrollTop, clientHeight, scrollHeight } = this.scroller;
        // That a chosen segment stands at the end is no wish to leave it.
        if (scrollTop !== this.revealedAt) {
            this.revealedAt = null;
            this.follows = scrollTop + clientHeight >= scrollHeight - 4;
        }
        this.refresh();
    }

    reveal(number) {
        const { trace, scale, scroller } = this;
        trace.update();
        scale.update(trace);
        const index = number === null ? null : trace.indexOf(number);
        // While it is hidden it has no height, and what was chosen may be still to come: then the next drawing does it.
        this.pending = scroller.clientHeight === 0 || index === null ? number : null;
        if (index === null) return;
        // Who looks at one does not want to be carried away by the next that comes.
        this.follows = false;
        const top = scale.tops[index];
        if (top < scroller.scrollTop + 20 || top > scroller.scrollTop + scroller.clientHeight - 50) {
            this.resizeSheet();
            scroller.scrollTop = top - scroller.clientHeight / 2;
            this.revealedAt = scroller.scrollTop;
        }
    }

    resizeSheet() {
        this.sheet.style.height = `${this.scale.height(this.trace.length)}px`;
    }

    /** What is lit: the hovered segment, else the chosen one, with all that it has to do with. */
    get marks() {
        const { selection, trace } = this;
        const index = trace.indexOf(this.hovered ?? selection.segment ?? -1);
        const relations = index === null ? null : relationsOf(trace, index);
        const roles = relations && rolesOf(relations);
        if (roles?.size > 0) roles.set(trace.row(index).number, "self");
        const journey = (this.feed.connections.get(selection.connection)?.rtt?.minimum ?? 0) / 2;
        const isPointing = this.hovered !== null && roles !== null;
        return { chosen: selection.segment, roles, relations, span: selection.span, journey, isPointing, at: index };
    }

    draw() {
        const { trace, scale, scroller } = this;
        if (scroller.clientHeight === 0) return;
        trace.update();
        scale.update(trace);
        this.empty.hidden = trace.length > 0 && this.selection.connection !== null;
        scroller.parentElement.classList.toggle("bare", !this.empty.hidden);
        this.resizeSheet();
        if (this.pending !== null && trace.length > 0) this.reveal(this.pending);
        if (this.follows) scroller.scrollTop = scroller.scrollHeight;
        const top = scroller.scrollTop;
        const width = scroller.clientWidth;
        const first = Math.max(0, scale.rowAt(top - reach) - 1);
        const last = Math.min(trace.length, scale.rowAt(top + scroller.clientHeight + reach) + 1);
        const { marks } = this;
        const shapes = this.empty.hidden ? sceneOf(trace, scale, { first, last, width, marks }) : [];
        this.picture.setAttribute("viewBox", `0 ${top} ${width} ${scroller.clientHeight}`);
        this.picture.setAttribute("width", width);
        this.picture.setAttribute("height", scroller.clientHeight);
        const lines = lifelines(width);
        const frame = svg("g", { transform: `translate(0 ${top})` }, frameOf(lines, scroller.clientHeight));
        this.picture.replaceChildren(frame, ...elementsOf(shapes));
        this.tell(marks, lines);
        this.curl.update();
    }

    tell(marks, lines) {
        const [near, far] = this.ends.children;
        const { local, remote } = this.names;
        setText(near, local);
        setText(far, remote);
        near.style.left = `${lines.near}px`;
        far.style.left = `${lines.far}px`;
        const { span } = this.selection;
        const words = marks.relations && marks.at !== null ? sentenceOf(marks.relations) : "";
        const number = this.hovered ?? this.selection.segment;
        const what = words === "" ? "" : `#${number} ${words}.`;
        setText(this.told, [what, span ? `Span: ${duration(span[1] - span[0])}.` : ""].filter(Boolean).join(" "));
    }

    get names() {
        const connection = this.feed.connections.get(this.selection.connection);
        if (!connection) return { local: "here", remote: "peer" };
        return { local: endpoint(connection.local), remote: endpoint(connection.remote) };
    }

    async export(kind) {
        const { connection, span } = this.selection;
        if (connection === null) return;
        await this.errors.guard(() =>
            kind in texts
                ? exportText(kind, connection)
                : exportPicture(kind, this.trace, this.scale, { connection, span, marks: this.marks, names: this.names }),
        );
    }
}

/** The segment whose shape is under the pointer, or null. */
function numberAt(target) {
    const group = target.closest?.("[data-number]");
    return group ? Number(group.dataset.number) : null;
}
