// Dragging a scrolled picture, without losing the click.

/** Movement in pixels up to which a press is still a click. */
const tremble = 5;

/** Scrolls `element` by dragging it with a mouse; a press that stays in its place is given to `onClick`. */
export function panByDragging(element, onClick) {
    let start = null;
    element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        start = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop, hasMoved: false };
    });
    element.addEventListener("pointermove", (event) => {
        if (start === null || event.pointerType !== "mouse" || event.buttons === 0) return;
        const [right, down] = [event.clientX - start.x, event.clientY - start.y];
        start.hasMoved ||= Math.hypot(right, down) > tremble;
        if (start.hasMoved) element.scrollTo(start.left - right, start.top - down);
    });
    element.addEventListener("click", (event) => {
        if (!start?.hasMoved) onClick(event);
        start = null;
    });
}
