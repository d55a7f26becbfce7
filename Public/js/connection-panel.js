// The chosen connection: its numbers, what it has carried, and what can be done with it.

import { calls, perform, Problem } from "./api.js";
import { phaseOf } from "./connections.js";
import { CurlLine } from "./curl.js";
import { fact, h, setText } from "./dom.js";
import { FileSender } from "./file-sender.js";
import { duration, endpoint, grouped, octets } from "./format.js";
import { momentOf } from "./moment.js";
import { ProblemBox } from "./problem.js";
import { StreamView } from "./stream.js";

/** States in which a user may still send (RFC 9293 §3.10.2). */
const sendingStates = ["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"];

/** Dispatches `act` after every action, with a sentence of what was done. */
export class ConnectionPanel extends EventTarget {
    constructor(element, feed, selection, trace) {
        super();
        this.feed = feed;
        this.trace = trace;
        this.selection = selection;
        this.empty = element.querySelector(".empty");
        this.content = element.querySelector(".connection-content");
        this.heading = element.querySelector("h2");
        this.badge = element.querySelector(".badge");
        this.facts = element.querySelector(".facts");
        this.notice = element.querySelector(".notice");
        this.form = element.querySelector("form");
        this.stream = new StreamView();
        this.files = new FileSender();
        this.files.addEventListener("sent", ({ detail }) => this.act(() => detail));
        this.files.addEventListener("fail", ({ detail }) => this.problem.show(detail));
        this.curl = {
            send: new CurlLine("send"),
            close: new CurlLine("close"),
            abort: new CurlLine("abort"),
            received: new CurlLine("read what was received"),
        };
        this.problem = new ProblemBox({ onSegment: (segment) => selection.set({ segment, view: "inspector" }) });
        this.assemble(element);
        feed.addEventListener("change", () => this.draw());
        selection.addEventListener("change", ({ detail }) => {
            if (detail.has("connection")) this.changed();
            else if (detail.has("at")) this.draw();
        });
        this.draw();
    }

    assemble(element) {
        const button = (name, label, title, action) =>
            h("button", { type: "button", class: name, title, on: { click: () => this.act(action) } }, label);
        this.close = button("close", "Close", "Send FIN: we have said all", () => this.doClose());
        this.abort = button("abort", "Abort", "Send RST and forget the connection", () => this.doAbort());
        element.querySelector(".stream-place").append(this.stream.element);
        const action = (control, curl) => h("div", { class: "action" }, control, curl.element);
        this.form.querySelector(".send-line").append(this.files.choose, this.files.input);
        this.form.append(this.files.progress);
        this.form.append(action(this.form.querySelector("[type=submit]"), this.curl.send), this.problem.element);
        element.querySelector(".ending").append(
            action(this.close, this.curl.close),
            action(this.abort, this.curl.abort),
            action(h("span", { class: "action-name" }, "Read"), this.curl.received),
        );
        this.form.addEventListener("input", () => this.typed());
        this.form.addEventListener("keydown", (event) => this.pressed(event));
        this.form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.act(() => this.doSend());
        });
        element.addEventListener("change", ({ target }) => target.name === "show" && this.stream.show(target.value));
    }

    get connection() {
        return this.feed.connections.get(this.selection.connection) ?? null;
    }

    /** What the connection had come to at the moment that is replayed; null in the present. */
    get moment() {
        if (this.selection.at === null) return null;
        this.trace.update();
        return momentOf(this.trace);
    }

    /** The payload as the contract takes it. */
    get payload() {
        const { payload, encoding, newline } = this.form.elements;
        if (encoding.value === "hex") return { hex: payload.value.replace(/\s+/g, "") };
        return { text: payload.value + (newline.checked ? "\n" : "") };
    }

    changed() {
        this.problem.clear();
        this.draw();
    }

    pressed(event) {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.name !== "payload") return;
        event.preventDefault();
        this.form.requestSubmit();
    }

    typed() {
        const id = this.selection.connection;
        this.form.elements.newline.disabled = this.form.elements.encoding.value === "hex";
        if (id !== null) this.curl.send.show(calls.send(id, this.payload));
    }

    /** Runs an action, shows its problem where there is one, and looks at the connections again. */
    async act(action) {
        this.problem.clear();
        try {
            this.dispatchEvent(new CustomEvent("act", { detail: await action() }));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error);
        }
        await this.feed.refresh();
    }

    async doSend() {
        const id = this.selection.connection;
        const { payload } = this;
        const { body } = await perform(calls.send(id, payload));
        this.form.elements.payload.value = "";
        this.typed();
        return `${grouped(body.accepted)} octets sent and acknowledged`;
    }

    async doClose() {
        const { body } = await perform(calls.close(this.selection.connection));
        return `Closed: ${body.state}`;
    }

    async doAbort() {
        const id = this.selection.connection;
        await perform(calls.abort(id));
        this.selection.set({ connection: null });
        return `${id} is gone`;
    }

    draw() {
        const { connection } = this;
        this.stream.keep(this.feed.connections);
        this.empty.hidden = connection !== null;
        this.content.hidden = connection === null;
        this.stream.follow(connection);
        setText(this.heading, connection === null ? "Connection" : `Connection ${connection.name ?? connection.id}`);
        if (connection === null) return setText(this.badge, "");
        const moment = this.moment;
        const state = moment?.state ?? connection.state;
        setText(this.badge, state);
        this.badge.dataset.phase = phaseOf({ ...connection, state });
        this.stream.until(moment);
        this.drawFacts(connection);
        this.drawNotice(connection);
        const maySend = sendingStates.includes(connection.state);
        this.form.querySelector("[type=submit]").disabled = !maySend;
        this.close.disabled = !maySend;
        this.files.follow(connection.id, maySend);
        setText(this.abort, connection.state === "CLOSED" ? "Forget" : "Abort");
        this.typed();
        this.curl.close.show(calls.close(connection.id));
        this.curl.abort.show(calls.abort(connection.id));
        this.curl.received.show(calls.received(connection.id));
    }

    drawFacts(connection) {
        const facts = factsOf(connection);
        while (this.facts.children.length < facts.length) this.facts.append(fact());
        facts.forEach(([name, value], index) => {
            const [term, content] = this.facts.children[index].children;
            setText(term, name);
            setText(content, value);
        });
    }

    /** Says what needs the user's attention: a window that nobody opens, or how the connection ended. */
    drawNotice({ receive, state, closeReason }) {
        let notice = "";
        if (receive.wnd === 0 && receive.buffered > 0) {
            notice =
                `Our window is closed: ${grouped(receive.buffered)} octets wait for a reader. This page only looks; ` +
                "reading from a higher offset= without release=0 releases what lies before it.";
        } else if (state === "CLOSED" && closeReason && closeReason !== "normal") {
            notice = `It ended: ${closeReason}.`;
        }
        setText(this.notice, notice);
        this.notice.hidden = notice === "";
    }
}

function factsOf({ local, remote, send, receive, rtt, congestion, counters }) {
    return [
        ["From", endpoint(local)],
        ["To", endpoint(remote)],
        ["RTT", rtt?.smoothed == null ? "–" : `${duration(rtt.smoothed)} ± ${duration(rtt.variation)}`],
        ["RTO", duration(rtt?.rto)],
        ["snd una/nxt", `${send.una} / ${send.nxt}`],
        ["snd wnd", octets(send.wnd)],
        ["rcv nxt", String(receive.nxt)],
        ["rcv wnd", octets(receive.wnd)],
        ["cwnd", congestion?.window == null ? "–" : `${octets(congestion.window)} ${congestion.phase ?? ""}`.trim()],
        ["Octets", `↑ ${grouped(counters.bytesSent)}  ↓ ${grouped(counters.bytesReceived)}`],
        ["Repeated", String(counters.retransmissions)],
    ];
}
