// The lamp at the top: whether the page hears the service.

import { setText } from "../elements/dom.js";

/** Shows the feed's state in the page's header. */
export function showStatus(feed) {
    const find = (id) => document.getElementById(id);
    const draw = () => {
        const { state, problem, run } = feed;
        const words = { connecting: "Connecting…", live: "Live", paused: "Paused", offline: problem?.title };
        find("status").dataset.state = state;
        find("status").title = problem?.detail ?? "";
        setText(find("status-word"), words[state]);
        setText(find("run"), run === null ? "" : `run ${run}`);
    };
    feed.addEventListener("status", draw);
    draw();
}
