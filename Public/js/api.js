// The HTTP contract as the page uses it. A call is a value: `perform` makes it, and curl.js prints it, so the line that
// is shown is always the call that is made.

/** Every call that the page makes, by name. */
export const calls = {
    engine: () => get("/v1/engine"),
    connections: (query = {}) => get("/v1/connections", query),
    connection: (id) => get(`/v1/connections/${id}`),
    open: (request) => ({ method: "POST", path: "/v1/connections", json: request }),
    send: (id, payload) => ({ method: "POST", path: `/v1/connections/${id}/send`, json: payload }),
    // release=0: looking at the stream must never take it away from a script.
    received: (id, query = {}) => get(`/v1/connections/${id}/received`, { ...query, release: 0 }),
    close: (id) => ({ method: "POST", path: `/v1/connections/${id}/close` }),
    abort: (id) => ({ method: "DELETE", path: `/v1/connections/${id}` }),
    segments: (query = {}) => get("/v1/segments", query),
    segment: (number) => get(`/v1/segments/${number}`),
};

function get(path, query = {}) {
    return { method: "GET", path, query };
}

/** The path and query of a call. */
export function target({ path, query = {} }) {
    const text = new URLSearchParams(query).toString();
    return text === "" ? path : `${path}?${text}`;
}

/** A refusal, with the members of RFC 9457; `title` and `detail` are always there to be shown. */
export class Problem extends Error {
    constructor({ type = "about:blank", title, status = 0, detail = "", errors = [], segments = [] }) {
        super(title);
        this.name = "Problem";
        Object.assign(this, { type, title, status, detail, errors, segments });
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
    throw await problemOf(response);
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
