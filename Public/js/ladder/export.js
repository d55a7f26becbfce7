// The ladder as a file: an SVG that stands on its own, a PNG of it, and the texts that the service makes of a connection.

import { pngOf } from "../elements/canvas.js";
import { svg } from "../elements/dom.js";
import { download } from "../elements/download.js";
import { calls, perform } from "../service/api.js";
import { lifelines, sceneOf } from "./scene.js";
import { elementsOf, frameOf } from "./svg.js";

/** Most rows of one picture. */
const mostRows = 2000;
const width = 1040;
/** Room for the two ends' names above the first row. */
const head = 28;

/** What the service itself writes of a connection: label, the file's ending, what it is accepted as, and the call. */
export const texts = {
    mermaid: { label: "Mermaid", ending: "mmd", accept: "text/vnd.mermaid", call: (connection) => calls.segments({ connection, format: "mermaid" }) },
    pcapng: { label: "pcapng", ending: "pcapng", accept: "application/x-pcapng", call: (connection) => calls.segments({ connection, format: "pcapng" }) },
    packetdrill: { label: "packetdrill", ending: "pkt", accept: "*/*", call: (connection) => calls.script(connection, "packetdrill") },
};

/** Saves what the service writes of a connection. Throws a `Problem` of the service. */
export async function exportText(kind, connection) {
    const { ending, accept, call } = texts[kind];
    const { body, headers } = await perform(call(connection), { accept });
    download(`${connection}.${ending}`, body, headers.get("Content-Type"));
}

/** Saves the chosen span, or else the newest rows, as `svg` or `png`. */
export async function exportPicture(kind, view, scale, { connection, span, marks, names }) {
    const { first, last } = rowsOf(view, span);
    if (last <= first) return;
    const plain = { ...marks, chosen: null, roles: null, isPointing: false };
    const picture = pictureOf(view, scale, { first, last, marks: plain, names, page: document.body });
    if (kind === "svg") download(`${connection}.svg`, textOf(picture), "image/svg+xml");
    else download(`${connection}.png`, await pngOf(picture), "image/png");
}

/** The rows of a span of time; the newest ones without it. */
function rowsOf(view, span) {
    if (span === null) return { first: Math.max(0, view.length - mostRows), last: view.length };
    const isInside = (index) => {
        const elapsed = view.store.elapsedAt(view.position(index));
        return elapsed >= span[0] && elapsed <= span[1];
    };
    let first = 0;
    while (first < view.length && !isInside(first)) first += 1;
    let last = first;
    while (last < view.length && last - first < mostRows && isInside(last)) last += 1;
    return { first, last };
}

/** An SVG element with rows `first ..< last`, coloured as the page is now. */
function pictureOf(view, scale, { first, last, marks, names, page }) {
    const lines = lifelines(width);
    const start = scale.tops[first] - 24;
    const height = scale.tops[last - 1] - start + 60;
    const ends = [
        { x: lines.near, words: names.local, anchor: "middle" },
        { x: lines.far, words: names.remote, anchor: "end" },
    ];
    const shapes = sceneOf(view, scale, { first, last, width, marks });
    const body = svg("g", { transform: `translate(0 ${head - start})` }, elementsOf(shapes));
    const picture = svg(
        "svg",
        { xmlns: "http://www.w3.org/2000/svg", width, height: height + head, viewBox: `0 0 ${width} ${height + head}` },
        svg("rect", { width: "100%", height: "100%", class: "ground" }),
        svg("g", {}, frameOf(lines, height + head, ends)),
        body,
    );
    paint(picture, getComputedStyle(page));
    return picture;
}

/** Writes the page's colours and typefaces into the elements, since a file has no stylesheet. */
function paint(picture, styles) {
    const colour = (name) => styles.getPropertyValue(`--${name}`).trim();
    const inkOf = (element) => {
        const name = [...element.classList].find((word) => word.startsWith("ink-"))?.slice(4);
        return name ? colour(name) : null;
    };
    picture.setAttribute("font-family", styles.getPropertyValue("--sans").trim());
    picture.querySelector(".ground").setAttribute("fill", colour("panel"));
    for (const line of picture.querySelectorAll(".lifeline")) line.setAttribute("stroke", colour("line-strong"));
    for (const hit of picture.querySelectorAll(".hit")) hit.remove();
    for (const element of picture.querySelectorAll(".stroke, .fill, text")) {
        const ink = inkOf(element) ?? inkOf(element.closest("[class*=ink-]"));
        if (element.classList.contains("stroke")) {
            element.setAttribute("stroke", ink);
            element.setAttribute("fill", "none");
            if (!element.hasAttribute("stroke-width")) element.setAttribute("stroke-width", 1.5);
        } else {
            element.setAttribute("fill", ink);
        }
        if (element.tagName === "text") {
            element.setAttribute("stroke", colour("panel"));
            element.setAttribute("stroke-width", 3);
            element.setAttribute("paint-order", "stroke");
            element.setAttribute("stroke-linejoin", "round");
        }
    }
}

/** The picture as a file's text. */
function textOf(picture) {
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`;
}
