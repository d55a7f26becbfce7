// What a connection has carried, as the page has seen it: what it sent itself and what the peer sent, in their order.

import { calls, perform, Problem } from "./api.js";
import { h } from "./dom.js";
import { dump, grouped, readable } from "./format.js";

/** Octets of one connection that the page keeps. */
const keptOctets = 256 * 1024;
const pieceSize = 65_536;

/** The pieces of one connection's two streams. */
class Transcript {
    pieces = [];
    kept = 0;
    /** The stream position up to which the received side has been read. */
    offset = 0;
    /** What ended the received stream: "final", a reason, or null. */
    end = null;
    version = 0;

    add(piece) {
        this.pieces.push(piece);
        this.kept += piece.octets.length;
        while (this.kept > keptOctets && this.pieces.length > 1) this.kept -= this.pieces.shift().octets.length;
        this.version += 1;
    }
}

/** The transcript view. `follow(connection)` shows one and reads on where the peer has sent more. */
export class StreamView {
    constructor() {
        this.transcripts = new Map();
        this.mode = "text";
        const label = "Bytes sent and received";
        this.element = h("div", { class: "transcript", tabindex: "0", role: "log", "aria-label": label });
        this.drawn = null;
    }

    transcript(id) {
        if (!this.transcripts.has(id)) this.transcripts.set(id, new Transcript());
        return this.transcripts.get(id);
    }

    /** Another run of the service names its connections anew. */
    forget() {
        this.transcripts.clear();
        this.drawn = null;
    }

    /** Lets go of connections that are no more. */
    keep(connections) {
        for (const id of this.transcripts.keys()) if (!connections.has(id)) this.transcripts.delete(id);
    }

    /** Notes what the page has sent itself; the contract shows nobody else's. */
    noteSent(id, octets, offset) {
        this.transcript(id).add({ isInbound: false, octets, offset });
        this.draw();
    }

    show(mode) {
        this.mode = mode;
        this.draw({ anew: true });
    }

    async follow(connection) {
        this.connection = connection;
        if (connection === null) return;
        this.draw();
        if (this.isReading || !hasMore(connection, this.transcript(connection.id))) return;
        this.isReading = true;
        try {
            await this.read(connection);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
        } finally {
            this.isReading = false;
        }
        if (this.connection && this.connection.id !== connection.id) await this.follow(this.connection);
    }

    async read({ id, state, closeReason }) {
        const transcript = this.transcript(id);
        for (let isFull = true; isFull; ) {
            const { body, headers } = await this.ask(id, transcript.offset);
            const start = Number(headers.get("Stream-Offset"));
            if (body.length > 0) transcript.add({ isInbound: true, octets: body, offset: start });
            transcript.offset = start + body.length;
            transcript.end = headers.get("Stream-Error") ?? (headers.get("Stream-Final") === "true" ? "final" : null);
            transcript.version += 1;
            isFull = body.length === pieceSize;
            this.draw();
        }
        if (state === "CLOSED") transcript.end ??= closeReason ?? "closed";
    }

    async ask(id, offset) {
        const accept = "application/octet-stream";
        try {
            return await perform(calls.received(id, { offset, limit: pieceSize }), { accept });
        } catch (error) {
            // A script has read on and released what we ask for: continue with the oldest octet that is kept.
            if (error.kind !== "offset-released") throw error;
            return perform(calls.received(id, { limit: pieceSize }), { accept });
        }
    }

    draw({ anew = false } = {}) {
        if (!this.connection) return;
        const { id } = this.connection;
        const transcript = this.transcript(id);
        const drawn = `${id} ${this.mode} ${transcript.version}`;
        if (drawn === this.drawn && !anew) return;
        this.drawn = drawn;
        const { element } = this;
        const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
        element.replaceChildren(...this.pieces(transcript));
        if (atEnd) element.scrollTop = element.scrollHeight;
    }

    pieces({ pieces, end }) {
        const shown = pieces.map((piece) => this.piece(piece));
        if (end !== null) return [...shown, h("p", { class: "piece-end" }, endOf(end))];
        const hint = "No byte yet. Send something: what comes back appears here.";
        return shown.length > 0 ? shown : [h("p", { class: "hint" }, hint)];
    }

    piece({ isInbound, octets, offset }) {
        const position = h("span", { class: "piece-offset" }, `at ${grouped(offset)}`);
        return h(
            "div",
            { class: `piece ${isInbound ? "inbound" : "outbound"}` },
            h("span", { class: "piece-label" }, isInbound ? "← received " : "→ sent ", position),
            h("pre", {}, this.mode === "text" ? readable(octets) : dump(octets, offset)),
        );
    }
}

/** The peer has sent more than was read, or its FIN or an error has yet to be seen. */
function hasMore({ counters, state }, { offset, end }) {
    if (counters.bytesReceived > offset) return true;
    return end === null && !["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"].includes(state);
}

function endOf(end) {
    return end === "final" ? "The peer has sent FIN: nothing more will come." : `The stream ended in an error: ${end}.`;
}
