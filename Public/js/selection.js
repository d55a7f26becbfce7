// What the user looks at: one connection, one segment, one view. Every panel follows it, and the address bar keeps it,
// so that a link opens the page at the same place.

const members = ["view", "connection", "segment"];

/** Dispatches `change` with `detail`: the set of members that changed. */
export class Selection extends EventTarget {
    /** The panel that a narrow window shows. */
    view = "connect";
    /** An id, `"c1"`, or null. */
    connection = null;
    /** A segment's number, or null. */
    segment = null;

    constructor() {
        super();
        addEventListener("hashchange", () => this.set(fromAddress()));
        Object.assign(this, fromAddress());
    }

    /** Changes some members: `set({ segment: 2 })`. */
    set(change) {
        const changed = new Set(members.filter((name) => name in change && change[name] !== this[name]));
        if (changed.size === 0) return;
        Object.assign(this, change);
        history.replaceState(null, "", this.address);
        this.dispatchEvent(new CustomEvent("change", { detail: changed }));
    }

    get address() {
        const words = new URLSearchParams();
        for (const name of members) if (this[name] !== null) words.set(name, this[name]);
        return `#${words}`;
    }
}

function fromAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const number = Number(words.get("segment"));
    const view = words.get("view");
    return {
        view: ["connect", "stream", "segments", "inspector"].includes(view) ? view : "connect",
        connection: /^c\d+$/.test(words.get("connection") ?? "") ? words.get("connection") : null,
        segment: Number.isSafeInteger(number) && number > 0 ? number : null,
    };
}
