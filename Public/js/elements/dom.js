// Elements made by code. Nothing here takes markup, so no octet of a peer can ever become any.

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * An element with its attributes, listeners and children.
 * `h("button", { class: "quiet", on: { click } }, "Close")`; `false`, `null` and `undefined` leave things out.
 */
export function h(tag, attributes = {}, ...children) {
    return furnish(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
    return furnish(document.createElementNS(svgNamespace, tag), attributes, children);
}

function furnish(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === false || value === null || value === undefined) continue;
        if (name === "on") {
            for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
        } else {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** A name and a value, an item of a `.facts` list. */
export function fact(name = "", value = "") {
    return h("li", {}, h("span", { class: "fact-name" }, name), " ", h("span", { class: "fact-value" }, value));
}

/** Sets an element's text only where it differs: a live view must not disturb a selection without need. */
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** Runs `action` once in the next frame, however often it is asked for before that. */
export function oncePerFrame(action) {
    let asked = false;
    return () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => {
            asked = false;
            action();
        });
    };
}

/** Controls that take what is typed. */
const textControls = "input:not([type=radio], [type=checkbox]), textarea, select";

/** True where a key press belongs to a control, so that a shortcut must leave it alone. */
export function takesText(element) {
    return element instanceof HTMLElement && element.matches(textControls);
}
