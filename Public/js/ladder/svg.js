// The ladder's shapes as SVG elements.

import { svg } from "../elements/dom.js";

/** Elements for a scene's shapes. Colours are classes here; a file of its own needs `paint` as well. */
export function elementsOf(shapes) {
    return shapes.map(elementOf);
}

function elementOf(shape) {
    switch (shape.type) {
        case "group":
            return svg("g", { class: shape.traits.join(" "), "data-number": shape.number }, hitArea(shape), elementsOf(shape.shapes));
        case "line":
            return svg("g", { class: `ink-${shape.colour}` }, lineOf(shape), shape.hasArrow ? arrowOf(shape) : null);
        case "cross":
            return svg("path", { class: `stroke ink-${shape.colour}`, "stroke-width": 2.4, d: crossAt(shape.at) });
        case "dot":
            return svg("circle", { class: `fill ink-${shape.colour}`, cx: shape.at.x, cy: shape.at.y, r: 4 });
        case "break":
            return svg("path", { class: `stroke ink-${shape.colour}`, d: breakAt(shape.at) });
        case "state":
            return stateOf(shape);
        case "text":
            return textOf(shape);
    }
}

/** A wide, unseen line over the arrow: what the pointer finds. */
function hitArea({ shapes }) {
    const { from, to } = shapes[0];
    return svg("path", { class: "hit", d: `M${from.x} ${from.y}L${to.x} ${to.y}`, fill: "none", stroke: "transparent", "stroke-width": 16 });
}

function lineOf({ from, to, isDashed }) {
    return svg("path", {
        class: "stroke",
        d: `M${from.x} ${from.y}L${to.x} ${to.y}`,
        "stroke-dasharray": isDashed ? "6 4" : null,
    });
}

/** The head of an arrow, drawn and not a marker: markers don't take a line's colour everywhere. */
function arrowHead({ from, to }) {
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    const corner = (turn) => ({ x: to.x - 9 * Math.cos(angle + turn), y: to.y - 9 * Math.sin(angle + turn) });
    return [to, corner(0.36), corner(-0.36)];
}

function arrowOf(shape) {
    return svg("polygon", { class: "fill", points: arrowHead(shape).map(({ x, y }) => `${x},${y}`).join(" ") });
}

function crossAt({ x, y }) {
    return `M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x + 6} ${y - 6}L${x - 6} ${y + 6}`;
}

function breakAt({ x, y }) {
    return `M${x - 6} ${y - 4}L${x + 6} ${y - 8}M${x - 6} ${y + 8}L${x + 6} ${y + 4}`;
}

function stateOf({ at, text, colour, isLeft }) {
    const place = isLeft ? { x: at.x - 10, y: at.y + 6, "text-anchor": "end" } : { x: at.x + 8, y: at.y + 11 };
    return svg(
        "g",
        { class: "ladder-state" },
        svg("circle", { class: `fill ink-${colour}`, cx: at.x, cy: at.y, r: 3.5 }),
        svg("text", { class: `halo ink-${colour}`, ...place, "font-size": 10.5, "font-weight": 700 }, text),
    );
}

const sizes = { label: 12, cause: 11.5, small: 11 };

function textOf({ x, y, words, colour, anchor, turn, at, role }) {
    const transform = turn === 0 ? null : `rotate(${turn.toFixed(2)} ${at.x} ${at.y})`;
    const attributes = { class: `halo ink-${colour} ${role}`, x, y, "text-anchor": anchor, transform, "font-size": sizes[role] };
    return svg("text", attributes, words);
}

/** The life lines with their names at the top of a picture. */
export function frameOf({ near, far }, height, names) {
    return [
        svg("path", { class: "lifeline", d: `M${near} 0V${height}` }),
        svg("path", { class: "lifeline", d: `M${far} 0V${height}` }),
        ...(names ?? []).map(({ x, words, anchor }) =>
            svg("text", { class: "halo ink-ink label", x, y: 14, "text-anchor": anchor, "font-size": 12 }, words),
        ),
    ];
}
