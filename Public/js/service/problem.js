// How a refusal looks: title, what happened and what to do, the members at fault, the segments that tell the story.

import { h } from "../elements/dom.js";

/** Segments of a story that are shown: its newest. */
const storyLength = 12;

/** A place beside a form or a panel that shows the newest problem, or nothing. */
export class ProblemBox {
    /** `onSegment(number)` is called when a segment that the problem names is chosen. */
    constructor({ onSegment } = {}) {
        this.onSegment = onSegment;
        this.element = h("div", { class: "problem", role: "alert", hidden: true });
    }

    show(problem, { except = [] } = {}) {
        const errors = problem.errors.filter((error) => !except.includes(error));
        const status = problem.status ? h("span", { class: "problem-status" }, problem.status) : null;
        this.element.replaceChildren(
            h("p", { class: "problem-title" }, problem.title, status),
            // Where members are at fault, the detail is only a list of the same.
            problem.errors.length > 0 ? h("ul", {}, errors.map(errorItem)) : h("p", {}, problem.detail),
            problem.segments.length > 0 ? this.story(problem.segments) : "",
            remedyOf(problem),
        );
        this.element.hidden = false;
    }

    clear() {
        this.element.hidden = true;
        this.element.replaceChildren();
    }

    story(segments) {
        const button = (number) => {
            const click = () => this.onSegment?.(number);
            return h("button", { type: "button", class: "segment-link", on: { click } }, `#${number}`);
        };
        const buttons = segments.slice(-storyLength).flatMap((number) => [button(number), " "]);
        return h("p", { class: "story" }, "Segments that tell it: ", buttons);
    }
}

function errorItem({ pointer, parameter, detail }) {
    return h("li", {}, h("code", {}, pointer ?? parameter ?? ""), " ", detail);
}

/** The service's own page about this kind of problem; nothing where it has none. */
function remedyOf({ type }) {
    if (!type.startsWith("/problems/")) return "";
    return h("p", {}, h("a", { href: type, target: "_blank", rel: "noopener" }, "Cause and remedy"));
}
