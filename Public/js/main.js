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

function furnishSegments() {
    const curl = new CurlLine("the segment log as text");
    const showCurl = () => curl.show(calls.segments(table.view.connection === null ? { format: "text" } : { format: "text", connection: table.view.connection }));
    find("segments-place").append(table.element);
    find("segments-foot").append(curl.element);
    find("legend").append(...kinds.map(({ name, label, meaning }) =>
        h("li", { class: `kind-${name}`, title: meaning }, h("span", { class: "swatch", "aria-hidden": "true" }), label)));

    const scope = find("only-chosen");
    const applyScope = () => {
        const connection = scope.checked ? selection.connection : null;
        if (connection !== table.view.connection) table.show(connection);
        setText(find("scope-name"), selection.connection === null ? "Chosen connection only" : `Only ${selection.connection}`);
        scope.disabled = selection.connection === null && !scope.checked;
        showCurl();
    };
    scope.addEventListener("change", applyScope);
    find("absolute").addEventListener("change", (event) => table.showAbsolute(event.target.checked));
    find("follow").addEventListener("change", (event) => table.setFollows(event.target.checked));
    table.addEventListener("follow", () => (find("follow").checked = table.follows));
    table.addEventListener("choose", (event) => selection.set({ segment: event.detail }));
    table.element.addEventListener("click", (event) => event.target.closest(".rows .row") && selection.set({ view: "inspector" }));
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
    const words = { connecting: "Connecting…", live: "Live", offline: "No answer; trying again" };
    const draw = () => {
        find("status").dataset.state = segmentFeed.state;
        setText(find("status-word"), words[segmentFeed.state]);
        setText(find("run"), segmentFeed.run === null ? "" : `run ${segmentFeed.run}`);
        setText(find("missed"), segmentFeed.missed > 0 ? `${grouped(segmentFeed.missed)} segments missed: the log had let them go` : "");
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
    listenToKeys(
        [
            { keys: ["j", "ArrowDown"], meaning: "Next segment", action: () => table.move(1) },
            { keys: ["k", "ArrowUp"], meaning: "Previous segment", action: () => table.move(-1) },
            { keys: ["PageDown"], meaning: "A page of segments down", action: () => table.move(table.pageLength) },
            { keys: ["PageUp"], meaning: "A page of segments up", action: () => table.move(-table.pageLength) },
            { keys: ["g", "Home"], meaning: "First segment", action: () => table.move(-Infinity) },
            { keys: ["G", "End"], meaning: "Newest segment", action: () => table.move(Infinity) },
            { keys: ["Enter", "i"], meaning: "Look into the chosen segment", action: () => focus("inspector", find("inspector-title")) },
            { keys: ["f"], meaning: "Follow the newest segment, or stop", action: () => table.setFollows(!table.follows) },
            { keys: ["o"], meaning: "Only the chosen connection's segments, or all", action: () => find("only-chosen").click() },
            { keys: ["a"], meaning: "Absolute or relative sequence numbers", action: () => find("absolute").click() },
            { keys: ["]"], meaning: "Next connection", action: () => list.move(1) },
            { keys: ["["], meaning: "Previous connection", action: () => list.move(-1) },
            { keys: ["t"], meaning: "To the segment table", action: () => focus("segments", table.element) },
            { keys: ["c"], meaning: "To the connect form", action: () => focus("connect", find("remote")) },
            { keys: ["s"], meaning: "To the send box", action: () => focus("stream", find("payload")) },
            { keys: ["Escape"], meaning: "Leave a field; choose no segment", action: () => selection.set({ segment: null }) },
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
