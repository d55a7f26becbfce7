// What the user looks at: one connection, one segment, one view, one moment. Every panel follows it, and the address bar
// keeps it, so that a link opens the page at the same place.

/** The views of the workspace: a wide window shows one of them at a time. */
export const tabs = ["segments", "ladder", "state", "graphs", "lab"];
/** The panels of a narrow window, which shows only one. */
const panels = ["connect", "stream", ...tabs, "inspector"];
/** The parts of the lab. */
export const labParts = [
    ...["craft", "listeners", "impairments", "options", "scenarios"],
    ...["packs", "compare", "observations", "captures", "doctor"],
];

/** Each member beside how the address bar writes it and reads it back; `null` is left out. */
const members = {
    view: { initial: "connect", read: (text) => (panels.includes(text) ? text : null) },
    tab: { initial: "segments", read: (text) => (tabs.includes(text) ? text : null) },
    lab: { initial: "craft", read: (text) => (labParts.includes(text) ? text : null) },
    connection: { initial: null, read: (text) => (/^c\d+$/.test(text) ? text : null) },
    segment: { initial: null, read: wholeNumber },
    at: { initial: null, read: wholeNumber },
    range: { initial: null, read: range },
    filter: { initial: "", read: (text) => text },
};
const names = Object.keys(members);

function wholeNumber(text) {
    const number = Number(text);
    return Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** Two times in seconds, `0.1~2.5`; kept as text, so that equal ranges are equal. */
function range(text) {
    const [from, to] = text.split("~").map(Number);
    return from >= 0 && to > from ? text : null;
}

/**
 * Dispatches `change` with `detail`: the set of members that changed.
 *
 * `view` is the panel of a narrow window, `tab` the view of a wide one; `at` is the segment up to which everything is
 * replayed (null: live), `range` a span of the connection's time.
 */
export class Selection extends EventTarget {
    constructor() {
        super();
        addEventListener("hashchange", () => this.set(fromAddress()));
        Object.assign(this, fromAddress());
    }

    /** Changes some members: `set({ segment: 2 })`. */
    set(change) {
        const whole = tabs.includes(change.view) ? { tab: change.view, ...change } : change;
        const changed = new Set(names.filter((name) => name in whole && whole[name] !== this[name]));
        // A moment and a span belong to the connection that they were chosen in.
        if (changed.has("connection")) {
            for (const name of ["at", "range"]) {
                if (name in whole || this[name] === null) continue;
                whole[name] = null;
                changed.add(name);
            }
        }
        if (changed.size === 0) return;
        Object.assign(this, Object.fromEntries([...changed].map((name) => [name, whole[name]])));
        history.replaceState(null, "", this.address);
        this.dispatchEvent(new CustomEvent("change", { detail: changed }));
    }

    /** The chosen span of time as two numbers of seconds, or null. */
    get span() {
        return this.range === null ? null : this.range.split("~").map(Number);
    }

    get address() {
        const words = new URLSearchParams();
        for (const name of names) if (this[name] !== members[name].initial) words.set(name, this[name]);
        return `#${words}`;
    }
}

function fromAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const found = names.map((name) => {
        const { initial, read } = members[name];
        return [name, words.has(name) ? (read(words.get(name)) ?? initial) : initial];
    });
    const selection = Object.fromEntries(found);
    if (tabs.includes(selection.view)) selection.tab = selection.view;
    return selection;
}
