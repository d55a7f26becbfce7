// What each key does.

import { listenToKeys } from "./elements/keys.js";

const find = (id) => document.getElementById(id);
const key = (keys, meaning, action) => ({ keys, meaning, action });

/** Binds the keys to the parts of the page. */
export function bindKeys({ table, list, replay, segments, selection, ladder, graphs }) {
    const dialog = find("keys");
    const focus = (view, element) => {
        selection.set({ view });
        element.focus();
    };
    /** To the picture that is shown, where it has not had the key already. */
    const toPicture = (event) => ({ ladder, graphs })[selection.tab]?.pressed(event);
    listenToKeys(
        [
            ...tableKeys(table, segments, focus),
            key(["]"], "Next connection", () => list.move(1)),
            key(["["], "Previous connection", () => list.move(-1)),
            ...viewKeys(selection),
            ...pictureKeys(toPicture),
            ...replayKeys(replay),
            key(["t"], "To the segment table", () => focus("segments", table.element)),
            key(["c"], "To the connect form", () => focus("connect", find("remote"))),
            key(["s"], "To the send box", () => focus("stream", find("payload"))),
            key(["Escape"], "Leave a field; choose no segment", () => selection.set({ segment: null, range: null })),
        ],
        dialog,
    );
    find("show-keys").addEventListener("click", () => dialog.showModal());
}

function tableKeys(table, segments, focus) {
    return [
        key(["j", "ArrowDown"], "Next segment", () => table.move(1)),
        key(["k", "ArrowUp"], "Previous segment", () => table.move(-1)),
        key(["PageDown"], "A page of segments down", () => table.move(table.pageLength)),
        key(["PageUp"], "A page of segments up", () => table.move(-table.pageLength)),
        key(["g", "Home"], "First segment", () => table.move(-Infinity)),
        key(["G", "End"], "Newest segment", () => table.move(Infinity)),
        key(["Enter", "i"], "Look into the chosen segment", () => focus("inspector", find("inspector-title"))),
        key(["/"], "Filter the segments", () => focus("segments", find("filter"))),
        key(["F"], "Find in the table", () => focus("segments", find("find"))),
        key(["p"], "Pause or resume", () => segments.togglePause()),
        key(["f"], "Follow the newest segment, or stop", () => table.setFollows(!table.follows)),
        key(["o"], "Only the chosen connection's segments, or all", () => find("only-chosen").click()),
        key(["a"], "Absolute or relative sequence numbers", () => find("absolute").click()),
    ];
}

function viewKeys(selection) {
    return ["segments", "ladder", "state", "graphs", "lab"].map((view, index) =>
        key([String(index + 1)], `Show ${view}`, () => selection.set({ view })),
    );
}

function pictureKeys(toPicture) {
    return [
        key(["+", "="], "Ladder, graphs: closer", toPicture),
        key(["-"], "Ladder, graphs: further away", toPicture),
        key(["0"], "Ladder, graphs: all of it", toPicture),
        key(["ArrowLeft", "ArrowRight"], "Graphs: move; with Shift the cursor", toPicture),
        key(["r"], "Graphs: the ruler; Enter puts its ends", toPicture),
    ];
}

function replayKeys(replay) {
    return [
        key([" "], "Replay the connection, or pause the replay", () => replay.toggle()),
        key([","], "Replay: one segment back", () => replay.step(-1)),
        key(["."], "Replay: one segment on", () => replay.step(1)),
        key(["l"], "Back to the present", () => replay.show(null)),
    ];
}
