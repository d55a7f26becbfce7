// The state diagram, with the chosen connection's way through it: where it is, and which segments took it there.

import { h, oncePerFrame, setText, svg } from "../elements/dom.js";
import { stateAfter, transitionsOf } from "../log/transitions.js";
import { box, edgeOf, edges, places, size } from "./places.js";

/** Follows `trace`; when nothing is replayed the last state is the connection's own, which timers change too. */
export class StateDiagram {
    constructor(element, { trace, feed, selection }) {
        Object.assign(this, { trace, feed, selection, element });
        this.picture = svg("svg", {
            class: "state-picture",
            viewBox: `0 0 ${size.width} ${size.height}`,
            role: "group",
            "aria-label": "The states of RFC 9293 and the edges that this connection took",
        });
        this.way = h("ol", { class: "state-way", "aria-label": "The way so far" });
        element.querySelector(".state-place").append(this.picture, this.way);
        this.hint = element.querySelector(".hint");
        this.refresh = oncePerFrame(() => this.draw());
        trace.store.addEventListener("append", this.refresh);
        trace.store.addEventListener("clear", this.refresh);
        feed.addEventListener("change", this.refresh);
        selection.addEventListener("change", this.refresh);
        element.addEventListener("click", ({ target }) => this.clicked(target));
        element.addEventListener("keydown", (event) => {
            if (event.key === "Enter" || event.key === " ") this.clicked(event.target, event);
        });
    }

    clicked(target, event) {
        const segment = Number(target.closest("[data-segment]")?.dataset.segment);
        if (!segment) return;
        event?.preventDefault();
        this.selection.set({ segment });
    }

    /** All transitions up to the moment that is shown. */
    get transitions() {
        const { trace, selection, feed } = this;
        trace.update();
        if (selection.connection === null) return [];
        const found = transitionsOf(trace);
        const connection = feed.connections.get(selection.connection);
        const state = stateAfter(found);
        const isLive = selection.at === null && connection;
        if (isLive && connection.state !== state && !this.isBehind(connection)) {
            found.push({ from: state, to: connection.state, number: null, index: trace.length });
        }
        return found;
    }

    /** The list of connections is older or newer than the log by a moment: only a settled difference is a timer's work. */
    isBehind({ counters }) {
        const { segmentsSent = 0, segmentsReceived = 0 } = counters;
        return segmentsSent + segmentsReceived !== this.trace.length;
    }

    draw() {
        if (this.element.clientHeight === 0) return;
        const transitions = this.transitions;
        const state = stateAfter(transitions);
        const current = state === "CLOSED" && transitions.length > 0 ? "END" : state;
        const isChosen = this.selection.connection !== null;
        setText(this.hint, isChosen ? "" : "Choose a connection to see its way through the states.");
        const taken = groupByEdge(transitions);
        this.picture.replaceChildren(
            ...edges.filter((edge) => !taken.has(edge.path)).map((edge) => this.drawEdge(edge, null)),
            ...[...taken.values()].map(({ edge, numbers, isLast }) => this.drawEdge(edge, numbers, isLast)),
            ...Object.entries(places).map(([name, place]) => this.drawState(name, place, isChosen && name === current)),
        );
        this.drawWay(transitions);
    }

    drawEdge(edge, numbers, isLast) {
        const isTaken = numbers !== null;
        const classes = ["edge", isTaken && "taken", isLast && "last", edge.isAbrupt && "abrupt"].filter(Boolean).join(" ");
        const { x, y } = edge.at;
        const words = [edge.event, edge.action].filter(Boolean);
        return svg(
            "g",
            { class: classes, "data-edge": `${edge.from} ${edge.to}` },
            svg("path", { class: "edge-line", d: edge.path }),
            arrowOf(edge.path),
            words.map((word, line) =>
                svg("text", { class: "halo edge-words", x, y: y + line * 13, "text-anchor": edge.anchor }, word),
            ),
            isTaken ? labelsOf(numbers, { x, y: y + words.length * 13 + 2, anchor: edge.anchor }) : null,
        );
    }

    drawState(name, { x, y }, isCurrent) {
        const label = name === "END" ? "CLOSED" : name;
        return svg(
            "g",
            { class: isCurrent ? "state current" : "state", "data-state": name, "aria-current": isCurrent && "true" },
            svg("rect", { x: x - box.width / 2, y: y - box.height / 2, width: box.width, height: box.height, rx: 7 }),
            svg("text", { x, y: y + 5, "text-anchor": "middle" }, label),
        );
    }

    drawWay(transitions) {
        const step = ({ from, to, number }) => {
            const by = number === null ? h("span", { class: "by" }, "timer or user") : segmentButton(number);
            return h("li", {}, h("span", { class: "way-state" }, `${from} → ${to}`), " ", by);
        };
        this.way.replaceChildren(...transitions.slice(-40).map(step));
    }
}

function segmentButton(number) {
    return h("button", { type: "button", class: "segment-link", "data-segment": number }, `#${number}`);
}

/** The numbers on a taken edge, each of which leads to its segment. */
function labelsOf(numbers, { x, y, anchor }) {
    const known = [...new Set(numbers.filter((number) => number !== null))].slice(-3);
    if (known.length === 0) return svg("text", { class: "halo edge-by", x, y, "text-anchor": anchor }, "timer or user");
    const parts = known.map((number) =>
        svg("tspan", { "data-segment": number, tabindex: "0", role: "button", "aria-label": `Segment ${number}` }, ` #${number}`),
    );
    return svg("text", { class: "halo edge-by", x, y, "text-anchor": anchor }, parts);
}

/** The head of an edge's arrow, from the end of its path and the direction in which that is reached. */
function arrowOf(path) {
    const line = svg("path", { d: path });
    const length = line.getTotalLength();
    const tip = line.getPointAtLength(length);
    const before = line.getPointAtLength(length - 8);
    const angle = (Math.atan2(tip.y - before.y, tip.x - before.x) * 180) / Math.PI;
    return svg("path", { class: "edge-head", d: "M0 0L-9 -4V4Z", transform: `translate(${tip.x} ${tip.y}) rotate(${angle.toFixed(1)})` });
}

function groupByEdge(transitions) {
    const taken = new Map();
    transitions.forEach((transition, index) => {
        const edge = edgeOf(transition);
        if (edge === null) return;
        if (!taken.has(edge.path)) taken.set(edge.path, { edge, numbers: [] });
        const entry = taken.get(edge.path);
        entry.numbers.push(transition.number);
        entry.isLast = index === transitions.length - 1;
    });
    return taken;
}
