// Touching a chart: one finger moves along the time, two zoom round what is between them. Up and down the page scrolls.

/** Least distance of two fingers, in pixels, that a zoom is reckoned from. */
const least = 12;

/** `shown()` answers `{ span, left, width }` of what the chart shows; `onSpan(span)` is given what it shall show. */
export function watchTouch(element, { shown, onSpan }) {
    const fingers = new Map();
    let start = null;
    const places = () => [...fingers.values()].sort((a, b) => a - b);
    const begin = () => (start = fingers.size > 0 ? { ...shown(), places: places() } : null);
    element.addEventListener("pointerdown", (event) => {
        if (event.pointerType !== "touch" || fingers.size === 2) return;
        fingers.set(event.pointerId, event.clientX);
        begin();
    });
    element.addEventListener("pointermove", (event) => {
        if (!fingers.has(event.pointerId)) return;
        fingers.set(event.pointerId, event.clientX);
        onSpan(spanOf(start, places()));
    });
    for (const end of ["pointerup", "pointercancel"]) {
        element.addEventListener(end, ({ pointerId }) => fingers.delete(pointerId) && begin());
    }
}

/** The span in which every finger is still where it was put. */
function spanOf({ span: [from, to], left, width, places }, now) {
    const middle = (xs) => (xs[0] + xs.at(-1)) / 2;
    const distance = (xs) => Math.max(least, xs.at(-1) - xs[0]);
    const length = (to - from) * (now.length > 1 ? distance(places) / distance(now) : 1);
    const held = from + ((middle(places) - left) / width) * (to - from);
    const first = held - ((middle(now) - left) / width) * length;
    return [first, first + length];
}
