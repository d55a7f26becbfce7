// What a connection has carried, in two colours: what this end sent, read off the log, and what the peer sent.

import { h, oncePerFrame } from "../elements/dom.js";
import { dump, grouped, octetsOfBase64, readable } from "../elements/format.js";
import { calls, perform, Problem } from "../service/api.js";

/** Octets of one connection that the page keeps. */
const keptOctets = 65_536;
const pieceSize = 16_384;
/** Segments that are asked for at once, with their payloads. */
const sentPage = 100;
/** States in which the peer may still send, so that the end of its stream is not to be asked for yet. */
const receivingStates = ["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"];

/** The pieces of one connection's two streams. */
class Transcript {
    pieces = [];
    kept = 0;
    /** The stream position up to which the received side has been read. */
    offset = 0;
    /** What ended the received stream: "final", a reason, or null. */
    end = null;
    /** The stream position up to which the sent side is known, and the segment up to which the log was read for it. */
    sent = 0;
    after = 0;
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
        this.moment = null;
        this.draw = oncePerFrame(() => this.drawNow());
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

    /** Shows no octet behind a moment's `{ sent, received }`; null for all of them. */
    until(moment) {
        this.moment = moment;
        this.draw();
    }

    show(mode) {
        this.mode = mode;
        this.draw();
    }

    /** Shows a connection as it is now, and reads what it has received since. */
    async follow(connection) {
        this.connection = connection;
        this.draw();
        if (this.isReading) return;
        this.isReading = true;
        try {
            await this.readOn();
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
        } finally {
            this.isReading = false;
        }
    }

    /** Reads piece by piece until one is not full; `connection` may become another or newer one between two of them. */
    async readOn() {
        await this.readSent();
        let read = null;
        let isFull = false;
        while (this.connection && (isFull || read !== this.connection.id) && this.hasMore) {
            read = this.connection.id;
            isFull = await this.read(this.connection);
        }
    }

    /** Reads what this end has sent, whoever asked for it; repeats, and what the log has let go of, are left out. */
    async readSent() {
        const { id, counters } = this.connection ?? {};
        if (id === undefined) return;
        const transcript = this.transcript(id);
        while (counters.bytesSent > transcript.sent) {
            const query = { connection: id, direction: "out", payload: "base64", after: transcript.after, limit: sentPage };
            const { body } = await perform(calls.segments(query));
            for (const record of body.segments) noteSent(transcript, record);
            if (body.next <= transcript.after) break;
            transcript.after = body.next;
            if (body.segments.length < sentPage) break;
        }
        this.draw();
    }

    /** The peer has sent more than was read, or its FIN or an error has yet to be seen. */
    get hasMore() {
        const { id, counters, state } = this.connection;
        const { offset, end } = this.transcript(id);
        return counters.bytesReceived > offset || (end === null && !receivingStates.includes(state));
    }

    async read({ id, counters, state, closeReason }) {
        const transcript = this.transcript(id);
        // What the transcript would let go of at once is not asked for.
        const wanted = Math.max(transcript.offset, counters.bytesReceived - keptOctets);
        const { body: octets, headers } = await this.ask(id, wanted);
        const offset = Number(headers.get("Stream-Offset"));
        if (octets.length > 0) transcript.add({ isInbound: true, octets, offset });
        transcript.offset = offset + octets.length;
        transcript.end = headers.get("Stream-Error") ?? (headers.get("Stream-Final") === "true" ? "final" : null);
        if (state === "CLOSED") transcript.end ??= closeReason ?? "closed";
        transcript.version += 1;
        this.draw();
        return octets.length === pieceSize;
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

    drawNow() {
        if (!this.connection) return;
        const { id } = this.connection;
        const transcript = this.transcript(id);
        const { sent, received } = this.moment ?? {};
        const drawn = `${id} ${this.mode} ${transcript.version} ${sent} ${received}`;
        if (drawn === this.drawn) return;
        this.drawn = drawn;
        const { element } = this;
        const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
        element.replaceChildren(...this.contents(transcript));
        if (atEnd) element.scrollTop = element.scrollHeight;
    }

    contents({ pieces, end }) {
        const shown = pieces.map((piece) => this.pieceUpToMoment(piece)).filter(Boolean);
        if (end !== null && !this.moment) return [...shown, h("p", { class: "piece-end" }, endOf(end))];
        const hint = "No byte yet. Send something: what comes back appears here.";
        return shown.length > 0 ? shown : [h("p", { class: "hint" }, hint)];
    }

    /** A piece as far as the moment goes; null where it came later. */
    pieceUpToMoment(piece) {
        if (!this.moment) return this.elementOf(piece);
        const count = (piece.isInbound ? this.moment.received : this.moment.sent) - piece.offset;
        if (count >= piece.octets.length) return this.elementOf(piece);
        const part = { ...piece, octets: piece.octets.subarray(0, count), length: count };
        return count > 0 ? pieceElement(part, this.mode) : null;
    }

    /** A piece never changes, so its element is made once for each way to show it. */
    elementOf(piece) {
        piece.elements ??= {};
        return (piece.elements[this.mode] ??= pieceElement(piece, this.mode));
    }
}

/** Takes the payload of a sent segment into a transcript, as far as the log has kept it. */
function noteSent(transcript, { tcp, payload }) {
    if (!tcp || !(payload?.length > 0) || tcp.relativeSequence === null) return;
    const offset = tcp.relativeSequence - 1;
    if (offset < transcript.sent) return;
    transcript.sent = offset + payload.length;
    transcript.add({ isInbound: false, octets: octetsOfBase64(payload.base64 ?? ""), offset, length: payload.length });
}

function pieceElement({ isInbound, octets, offset, length = octets.length }, mode) {
    const missing = length > octets.length ? `, ${grouped(length)} octets of which the log keeps ${grouped(octets.length)}` : "";
    const position = h("span", { class: "piece-offset" }, `at ${grouped(offset)}${missing}`);
    return h(
        "div",
        { class: `piece ${isInbound ? "inbound" : "outbound"}` },
        h("span", { class: "piece-label" }, isInbound ? "← received " : "→ sent ", position),
        h("pre", {}, mode === "text" ? readable(octets) : dump(octets, offset)),
    );
}

function endOf(end) {
    return end === "final" ? "The peer has sent FIN: nothing more will come." : `The stream ended here: ${end}.`;
}
