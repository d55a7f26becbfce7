// Puts the page together: feeds fill the store, the selection says what is looked at, and each panel follows both.

import { bindKeys } from "./bindings.js";
import { ConnectForm } from "./connections/connect-form.js";
import { ConnectionFeed } from "./connections/feed.js";
import { ConnectionList } from "./connections/list.js";
import { ConnectionPanel } from "./connections/panel.js";
import { setText } from "./elements/dom.js";
import { Graphs } from "./graphs/graphs.js";
import { Inspector } from "./inspector/inspector.js";
import { Lab } from "./lab/lab.js";
import { Ladder } from "./ladder/ladder.js";
import { SegmentFeed } from "./log/feed.js";
import { SegmentStore } from "./log/store.js";
import { SegmentView } from "./log/view.js";
import { Replay } from "./replay.js";
import { SegmentsPanel } from "./segments/panel.js";
import { SegmentTable } from "./segments/table.js";
import { Selection } from "./selection.js";
import { calls, perform } from "./service/api.js";
import { Session } from "./service/session.js";
import { showStatus } from "./service/status.js";
import { StateDiagram } from "./state/diagram.js";
import { Views } from "./views.js";

const find = (id) => document.getElementById(id);

// Before anything else: the lines of shell say whether a token is wanted.
await new Session(find("log-out")).start();

const store = new SegmentStore();
const selection = new Selection();
const segmentFeed = new SegmentFeed(store);
const connectionFeed = new ConnectionFeed(store);
/** All of the chosen connection's segments up to the moment: what ladder, diagram, slider and graphs show. */
const trace = new SegmentView(store);
const followChoice = () => {
    // Without a connection it shows nothing; no connection has an empty name.
    if (trace.connection !== (selection.connection ?? "")) trace.choose(selection.connection ?? "");
    trace.until = selection.at;
};
selection.addEventListener("change", followChoice);
followChoice();

const inspectSegment = (segment) => selection.set({ segment, view: "inspector" });
const connectForm = new ConnectForm(find("connect-form"), { onSegment: inspectSegment });
const list = new ConnectionList(find("connections"), connectionFeed, selection);
const panel = new ConnectionPanel(find("stream"), connectionFeed, selection, trace);
const inspector = new Inspector(find("inspector"), selection);
const table = new SegmentTable(store);
const segments = new SegmentsPanel({ table, store, feed: segmentFeed, selection });
const ladder = new Ladder(find("ladder"), { trace, feed: connectionFeed, selection });
const diagram = new StateDiagram(find("state"), { trace, feed: connectionFeed, selection });
const graphs = new Graphs(find("graphs"), { trace, feed: connectionFeed, selection });
const lab = new Lab(find("lab"), { feed: connectionFeed, selection });
const replay = new Replay(find("replay"), { trace, selection });
const views = new Views(selection);

/** Says something to everyone: in the status line, and through it to screen readers. */
function say(sentence) {
    setText(find("said"), sentence);
}

const showViews = () => {
    for (const view of [table, ladder, diagram, graphs, lab]) view.refresh();
};
views.addEventListener("show", showViews);
segmentFeed.addEventListener("restart", () => {
    inspector.forget();
    panel.stream.forget();
    selection.set({ connection: null, segment: null });
    say("The service has started anew");
});
segmentFeed.live.addEventListener("change", () => connectionFeed.refresh());
connectForm.addEventListener("open", async ({ detail: connection }) => {
    await connectionFeed.refresh();
    selection.set({ connection: connection.id, view: "stream" });
    say(`${connection.id} is ${connection.state}`);
});
connectForm.addEventListener("refuse", () => connectionFeed.refresh());
panel.addEventListener("act", (event) => say(event.detail));

showStatus(segmentFeed);
bindKeys({ table, list, replay, segments, selection, ladder, graphs });
showViews();
segmentFeed.start();
connectionFeed.start();
perform(calls.engine()).then(({ body }) => setText(find("version"), body.version ?? ""), () => {});
