// What this browser remembers of the user's taste: columns and colours, never what was on the wire, and no secret.

const prefix = "rawtcpweb.";

/** What was remembered under a name; null where there is nothing, or nothing readable. */
export function remembered(name) {
    try {
        return JSON.parse(localStorage.getItem(prefix + name));
    } catch {
        return null;
    }
}

/** Remembers a value; null forgets. A browser may refuse to, which costs only the memory. */
export function remember(name, value) {
    try {
        if (value === null) localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, JSON.stringify(value));
    } catch {
        // Storage is full or forbidden.
    }
}
