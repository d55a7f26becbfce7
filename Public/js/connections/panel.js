// The chosen connection: its numbers, what it has carried, and what can be done with it.

import { fact, h, setText } from "../elements/dom.js";
import { duration, endpoint, grouped, octets } from "../elements/format.js";
import { momentOf } from "../log/moment.js";
import { calls, payloadOf, perform } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { FieldErrors } from "../service/field-errors.js";
import { requestOf } from "../service/form.js";
import { FileSender } from "./file-sender.js";
import { phaseOf } from "./list.js";
import { ConnectionSettings } from "./settings.js";
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
        this.files.addEventListener("fail", ({ detail }) => this.errors.show(detail));
        this.errors = new FieldErrors(this.form, { onSegment: (segment) => selection.set({ segment, view: "inspector" }) });
        this.settings = new ConnectionSettings({ onChange: (sentence) => this.act(() => sentence) });
        this.assemble(element);
        feed.addEventListener("change", () => this.draw());
        selection.addEventListener("change", ({ detail }) => {
            if (detail.has("connection")) this.changed();
            else if (detail.has("at")) this.draw();
        });
        this.draw();
    }

    /** One line serves all that can be done with the connection. */
    assemble(element) {
        const id = () => this.selection.connection;
        const curl = (this.curl = new CurlLine());
        const button = (look, label, title, call, act) =>
            callButton(curl, { label, title, look, call, act: (made) => this.act(() => act(made)) });
        this.submit = curl.follow(this.form.querySelector("[type=submit]"), "Send", () => this.sendCall);
        curl.follow(this.form.elements.payload, "Send", () => this.sendCall);
        curl.follow(this.files.choose, "Send a file", () => calls.sendFile(id(), this.files.name));
        this.close = button("close", "Close", "Close: send FIN, we have said all", () => calls.close(id()), (call) => this.doClose(call));
        this.abort = button("abort", "Abort", "Abort: send RST and forget the connection", () => calls.abort(id()), (call) => this.doAbort(call));
        curl.follow(this.stream.element, "Read", () => calls.received(id()));
        element.querySelector(".stream-place").append(this.stream.element);
        const ending = h("span", { class: "ending" }, this.close, this.abort);
        const buttons = h("div", { class: "stream-buttons" }, this.submit, this.files.choose, this.files.input, ending);
        this.form.append(buttons, this.files.progress, curl.element, this.errors.element);
        this.numbers = h("ul", { class: "facts", "aria-label": "All its numbers" });
        const folds = h("div", { class: "folds" }, h("details", {}, h("summary", {}, "Numbers"), this.numbers), this.settings.element);
        this.form.after(folds);
        this.form.addEventListener("input", () => this.typed());
        this.form.addEventListener("keydown", (event) => this.pressed(event));
        this.form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.act(() => this.doSend(this.sendCall));
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

    /** What Send does, as the form stands. */
    get sendCall() {
        const { payload, encoding, newline } = this.form.elements;
        const end = encoding.value === "text" && newline.checked ? "\n" : "";
        return calls.send(this.selection.connection, payloadOf(encoding.value, payload.value + end), requestOf(this.form).query);
    }

    changed() {
        this.errors.clear();
        this.draw();
    }

    pressed(event) {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.name !== "payload") return;
        event.preventDefault();
        this.form.requestSubmit();
    }

    typed() {
        this.form.elements.newline.disabled = this.form.elements.encoding.value !== "text";
        if (this.selection.connection !== null) this.curl.update();
    }

    /** Runs an action, shows its problem where there is one, and looks at the connections again. */
    async act(action) {
        await this.errors.guard(async () => this.dispatchEvent(new CustomEvent("act", { detail: await action() })));
        await this.feed.refresh();
    }

    async doSend(call) {
        const { body } = await perform(call);
        this.form.elements.payload.value = "";
        this.typed();
        return `${grouped(body.accepted)} octets sent${body.acked ? " and acknowledged" : ""}`;
    }

    async doClose(call) {
        const { body } = await perform(call);
        return `Closed: ${body.state}`;
    }

    async doAbort(call) {
        const id = this.selection.connection;
        await perform(call);
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
        this.submit.disabled = !maySend;
        this.close.disabled = !maySend;
        this.files.follow(connection.id, maySend);
        this.settings.follow(connection);
        setText(this.abort, connection.state === "CLOSED" ? "Forget" : "Abort");
        this.typed();
    }

    drawFacts(connection) {
        fillFacts(this.facts, mainFacts(connection));
        fillFacts(this.numbers, moreFacts(connection));
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

function mainFacts({ rtt, congestion, counters }) {
    return [
        ["Octets", `↑ ${grouped(counters.bytesSent)}  ↓ ${grouped(counters.bytesReceived)}`],
        ["RTT", rtt?.smoothed == null ? "–" : `${duration(rtt.smoothed)} ± ${duration(rtt.variation)}`],
        ["cwnd", congestion?.window == null ? "–" : `${octets(congestion.window)} ${congestion.phase ?? ""}`.trim()],
        ["Repeated", String(counters.retransmissions)],
    ];
}

function moreFacts({ local, remote, send, receive, rtt, mss, origin, counters }) {
    return [
        ["From", endpoint(local)],
        ["To", endpoint(remote)],
        ["Origin", origin],
        ["MSS", grouped(mss ?? 0)],
        ["RTO", duration(rtt?.rto)],
        ["SND.UNA", String(send.una)],
        ["SND.NXT", String(send.nxt)],
        ["SND.WND", octets(send.wnd)],
        ["RCV.NXT", String(receive.nxt)],
        ["RCV.WND", octets(receive.wnd)],
        ["Segments", `↑ ${grouped(counters.segmentsSent)}  ↓ ${grouped(counters.segmentsReceived)}`],
    ];
}

/** Writes names and values into a list, and disturbs only what differs. */
function fillFacts(list, facts) {
    while (list.children.length < facts.length) list.append(fact());
    facts.forEach(([name, value], index) => {
        const [term, content] = list.children[index].children;
        setText(term, name);
        setText(content, value);
    });
}
