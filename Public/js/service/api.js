// The HTTP contract as the page uses it. A call is a value: `perform` makes it, and curl.js prints it, so the line that
// is shown is always the call that is made.

/** What a packetdrill script is sent as. */
const scriptType = "text/x-packetdrill";

/**
 * Every call that the page makes, by name. `text` is a body of another `type` than JSON, `file` the name of a file that is one;
 * `isOpen`: it wants no token; `isSaved`: its answer is a file of its own.
 */
export const calls = {
    engine: () => get("/v1/engine"),
    connections: (query = {}) => get("/v1/connections", query),
    connection: (id) => get(`/v1/connections/${id}`),
    open: (request, query = {}) => ({ method: "POST", path: "/v1/connections", query, json: request }),
    send: (id, payload, query = {}) => ({ method: "POST", path: `/v1/connections/${id}/send`, query, json: payload }),
    sendFile: (id, file) => ({ method: "POST", path: `/v1/connections/${id}/send`, file, type: "application/octet-stream" }),
    change: (id, change) => ({ method: "PATCH", path: `/v1/connections/${id}`, json: change }),
    // release=0: looking at the stream must never take it away from a script.
    received: (id, query = {}) => get(`/v1/connections/${id}/received`, { ...query, release: 0 }),
    close: (id) => ({ method: "POST", path: `/v1/connections/${id}/close` }),
    abort: (id) => ({ method: "DELETE", path: `/v1/connections/${id}` }),
    script: (id, as) => get(`/v1/connections/${id}/script`, { as }),
    history: (id, query) => get(`/v1/connections/${id}/history`, query),
    segments: (query = {}) => get("/v1/segments", query),
    segment: (number) => get(`/v1/segments/${number}`),
    craft: (segment, query = {}) => ({ method: "POST", path: "/v1/segments", query, json: segment }),
    impairments: () => get("/v1/impairments"),
    addImpairment: (impairment) => ({ method: "POST", path: "/v1/impairments", json: impairment }),
    changeImpairment: (name, change) => ({ method: "PATCH", path: `/v1/impairments/${name}`, json: change }),
    removeImpairment: (name) => ({ method: "DELETE", path: `/v1/impairments/${name}` }),
    held: (name) => get(`/v1/impairments/${name}/held`),
    releaseHeld: (name, release) => ({ method: "POST", path: `/v1/impairments/${name}/release`, json: release }),
    options: () => get("/v1/options"),
    putOption: (name, option) => ({ method: "PUT", path: `/v1/options/${name}`, json: option }),
    removeOption: (name) => ({ method: "DELETE", path: `/v1/options/${name}` }),
    scenarios: () => get("/v1/scenarios"),
    storedScript: (name) => get(`/v1/scenarios/${name}`),
    runScript: (text, query) => ({ method: "POST", path: "/v1/scenarios", query, text, type: scriptType }),
    putScript: (name, text) => ({ method: "PUT", path: `/v1/scenarios/${name}`, text, type: scriptType }),
    removeScript: (name) => ({ method: "DELETE", path: `/v1/scenarios/${name}` }),
    runStored: (name, query = {}) => ({ method: "POST", path: `/v1/scenarios/${name}/runs`, query }),
    listeners: () => get("/v1/listeners"),
    listen: (request) => ({ method: "POST", path: "/v1/listeners", json: request }),
    changeListener: (id, change) => ({ method: "PATCH", path: `/v1/listeners/${id}`, json: change }),
    stopListening: (id) => ({ method: "DELETE", path: `/v1/listeners/${id}` }),
    accepted: (id, query = {}) => get(`/v1/listeners/${id}/accepted`, query),
    packs: () => get("/v1/packs"),
    runPack: (name, request) => ({ method: "POST", path: `/v1/packs/${name}/runs`, json: request }),
    observations: () => get("/v1/observations"),
    observe: (request) => ({ method: "POST", path: "/v1/observations", json: request }),
    changeObservation: (id, change) => ({ method: "PATCH", path: `/v1/observations/${id}`, json: change }),
    removeObservation: (id) => ({ method: "DELETE", path: `/v1/observations/${id}` }),
    compare: (a, b) => get("/v1/compare", { a, b }),
    captures: () => get("/v1/captures"),
    capture: (file) => ({ ...get(`/v1/captures/${file}`), isSaved: true }),
    doctor: () => get("/v1/doctor"),
    session: () => get("/v1/session"),
    logIn: (token) => ({ method: "POST", path: "/v1/session", json: { token }, isOpen: true }),
    logOut: () => ({ method: "DELETE", path: "/v1/session" }),
};

function get(path, query = {}) {
    return { method: "GET", path, query };
}

/** A payload as the contract takes it: `way` is `text`, `hex` or `base64`. Blanks in digits don't count. */
export function payloadOf(way, text) {
    return { [way]: way === "text" ? text : text.replace(/\s+/g, "") };
}

/** The path and query of a call. */
export function target({ path, query = {} }) {
    const text = new URLSearchParams(query).toString();
    return text === "" ? path : `${path}?${text}`;
}

/** A refusal, with the members of RFC 9457; `title` and `detail` are always there to be shown, `more` has the rest. */
export class Problem extends Error {
    constructor({ type = "about:blank", title, status = 0, detail = "", errors = [], segments = [], ...more }) {
        super(title);
        this.name = "Problem";
        Object.assign(this, { type, title, status, detail, errors, segments, more });
    }

    /** The last part of the type: `connection-refused`. */
    get kind() {
        return this.type.split("/").pop();
    }
}

/** Makes a call. Answers `{ status, headers, body }`; throws `Problem`, or AbortError when `signal` says so. */
export async function perform(call, { signal, accept = "application/json" } = {}) {
    const headers = { Accept: accept };
    let body;
    if (call.json !== undefined) {
        headers["Content-Type"] = "application/json";
        body = JSON.stringify(call.json);
    }
    if (call.text !== undefined) {
        headers["Content-Type"] = call.type;
        body = call.text;
    }
    let response;
    try {
        response = await fetch(target(call), { method: call.method, headers, body, signal });
        if (response.ok) return { status: response.status, headers: response.headers, body: await bodyOf(response) };
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem({
            title: "The service does not answer",
            detail: "Is it still running? Start it with: rawtcpweb serve. The page tries again by itself.",
        });
    }
    const problem = await problemOf(response);
    if (problem.status === 401) dispatchEvent(new Event("token-wanted"));
    throw problem;
}

async function bodyOf(response) {
    const type = response.headers.get("Content-Type") ?? "";
    if (response.status === 204) return null;
    return type.startsWith("application/json") ? response.json() : new Uint8Array(await response.arrayBuffer());
}

async function problemOf(response) {
    const plain = { title: response.statusText || `Status ${response.status}`, status: response.status };
    try {
        return new Problem({ ...plain, ...(await response.json()) });
    } catch {
        return new Problem(plain);
    }
}
