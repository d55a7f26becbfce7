// Puts the page together: feeds fill the store, the selection says what is looked at, and each panel follows both.

import { calls, perform } from "./api.js";
import { kinds } from "./causes.js";
import { ConnectForm } from "./connect-form.js";
import { ConnectionPanel } from "./connection-panel.js";
import { ConnectionList } from "./connections.js";
import { CurlLine } from "./curl.js";
import { h, setText } from "./dom.js";
import { ConnectionFeed, SegmentFeed } from "./feed.js";
import { grouped } from "./format.js";
import { Inspector } from "./inspector.js";
import { listenToKeys } from "./keys.js";
import { Selection } from "./selection.js";
import { SegmentStore } from "./store.js";
import { SegmentTable } from "./table.js";

const find = (id) => document.getElementById(id);

const store = new SegmentStore();
const selection = new Selection();
const segmentFeed = new SegmentFeed(store);
const connectionFeed = new ConnectionFeed(store);

const inspectSegment = (segment) => selection.set({ segment, view: "inspector" });
const connectForm = new ConnectForm(find("connect-form"), { onSegment: inspectSegment });
const list = new ConnectionList(find("connections"), connectionFeed, selection);
const panel = new ConnectionPanel(find("stream"), connectionFeed, selection);
const inspector = new Inspector(find("inspector"), selection);
const table = new SegmentTable(store);

/** Says something to everyone: in the status line, and through it to screen readers. */
function say(sentence) {
    setText(find("said"), sentence);
}

function legendItem({ name, label, meaning }) {
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    return h("li", { class: `kind-${name}`, title: meaning }, swatch, label);
}

function furnishSegments() {
    const curl = new CurlLine("the segment log as text");
    const showCurl = () => {
        const { connection } = table.view;
        curl.show(calls.segments({ format: "text", ...(connection === null ? {} : { connection }) }));
    };
    find("segments-place").append(table.element);
    find("segments-foot").append(curl.element);
    find("legend").append(...kinds.map(legendItem));

    const scope = find("only-chosen");
    const applyScope = () => {
        const connection = scope.checked ? selection.connection : null;
        if (connection !== table.view.connection) table.show(connection);
        setText(find("scope-name"), `Only ${selection.connection ?? "the chosen connection"}`);
        scope.disabled = selection.connection === null && !scope.checked;
        showCurl();
    };
    scope.addEventListener("change", applyScope);
    find("absolute").addEventListener("change", (event) => table.showAbsolute(event.target.checked));
    find("follow").addEventListener("change", (event) => table.setFollows(event.target.checked));
    table.addEventListener("follow", () => (find("follow").checked = table.follows));
    table.addEventListener("choose", (event) => selection.set({ segment: event.detail }));
    table.element.addEventListener("click", (event) => {
        if (event.target.closest(".rows .row")) selection.set({ view: "inspector" });
    });
    table.addEventListener("draw", () => {
        find("segments-empty").hidden = table.view.length > 0;
        setText(find("segments-count"), table.view.length > 0 ? grouped(table.view.length) : "");
    });
    selection.addEventListener("change", (event) => {
        if (event.detail.has("connection")) applyScope();
        if (event.detail.has("segment")) table.choose(selection.segment);
    });
    // A browser may have restored what was ticked before a reload.
    scope.checked = false;
    find("absolute").checked = false;
    find("follow").checked = true;
    applyScope();
    table.chosen = selection.segment;
}

function furnishStatus() {
    const draw = () => {
        const { state, problem, run, missed } = segmentFeed;
        const words = { connecting: "Connecting…", live: "Live", offline: problem?.title };
        find("status").dataset.state = state;
        find("status").title = problem?.detail ?? "";
        setText(find("status-word"), words[state]);
        setText(find("run"), run === null ? "" : `run ${run}`);
        setText(find("missed"), missed > 0 ? `${grouped(missed)} segments missed: the log had let them go.` : "");
    };
    segmentFeed.addEventListener("status", draw);
    segmentFeed.addEventListener("restart", () => {
        inspector.forget();
        panel.stream.forget();
        selection.set({ connection: null, segment: null });
        say("The service has started anew");
    });
    draw();
}

function furnishViews() {
    const buttons = [...document.querySelectorAll("#views button")];
    const draw = () => {
        document.body.dataset.view = selection.view;
        for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.view === selection.view);
        table.refresh();
    };
    for (const button of buttons) button.addEventListener("click", () => selection.set({ view: button.dataset.view }));
    selection.addEventListener("change", draw);
    draw();
}

function furnishKeys() {
    const dialog = find("keys");
    const focus = (view, element) => {
        selection.set({ view });
        element.focus();
    };
    const key = (keys, meaning, action) => ({ keys, meaning, action });
    listenToKeys(
        [
            key(["j", "ArrowDown"], "Next segment", () => table.move(1)),
            key(["k", "ArrowUp"], "Previous segment", () => table.move(-1)),
            key(["PageDown"], "A page of segments down", () => table.move(table.pageLength)),
            key(["PageUp"], "A page of segments up", () => table.move(-table.pageLength)),
            key(["g", "Home"], "First segment", () => table.move(-Infinity)),
            key(["G", "End"], "Newest segment", () => table.move(Infinity)),
            key(["Enter", "i"], "Look into the chosen segment", () => focus("inspector", find("inspector-title"))),
            key(["f"], "Follow the newest segment, or stop", () => table.setFollows(!table.follows)),
            key(["o"], "Only the chosen connection's segments, or all", () => find("only-chosen").click()),
            key(["a"], "Absolute or relative sequence numbers", () => find("absolute").click()),
            key(["]"], "Next connection", () => list.move(1)),
            key(["["], "Previous connection", () => list.move(-1)),
            key(["t"], "To the segment table", () => focus("segments", table.element)),
            key(["c"], "To the connect form", () => focus("connect", find("remote"))),
            key(["s"], "To the send box", () => focus("stream", find("payload"))),
            key(["Escape"], "Leave a field; choose no segment", () => selection.set({ segment: null })),
        ],
        dialog,
    );
    find("show-keys").addEventListener("click", () => dialog.showModal());
}

connectForm.addEventListener("open", async ({ detail: connection }) => {
    await connectionFeed.refresh();
    selection.set({ connection: connection.id, view: "stream" });
    say(`${connection.id} is ${connection.state}`);
});
connectForm.addEventListener("refuse", () => connectionFeed.refresh());
panel.addEventListener("act", (event) => say(event.detail));

furnishSegments();
furnishStatus();
furnishViews();
furnishKeys();
segmentFeed.start();
connectionFeed.start();
perform(calls.engine()).then(({ body }) => setText(find("version"), body.version ?? ""), () => {});
