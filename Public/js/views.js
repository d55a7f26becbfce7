// Which view is shown: tabs over the workspace of a wide window, a bar at the foot of a narrow one.

import { tabs } from "./selection.js";

/** Dispatches `show` when another view has come into sight: what was hidden has drawn nothing. */
export class Views extends EventTarget {
    constructor(selection) {
        super();
        this.selection = selection;
        this.tabs = [...document.querySelectorAll("#tabs [role=tab]")];
        this.buttons = [...document.querySelectorAll("#views button")];
        for (const tab of this.tabs) tab.addEventListener("click", () => selection.set({ view: tab.dataset.tab }));
        for (const button of this.buttons) {
            button.addEventListener("click", () => selection.set({ view: button.dataset.view }));
        }
        document.getElementById("tabs").addEventListener("keydown", (event) => this.pressed(event));
        selection.addEventListener("change", ({ detail }) => (detail.has("view") || detail.has("tab")) && this.draw());
        this.draw();
    }

    /** The arrow keys go from tab to tab, as tab lists do. */
    pressed(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const at = tabs.indexOf(this.selection.tab);
        this.selection.set({ view: tabs[(at + step + tabs.length) % tabs.length] });
        this.tabs.find((tab) => tab.dataset.tab === this.selection.tab).focus();
    }

    draw() {
        const { view, tab } = this.selection;
        document.body.dataset.view = view;
        document.body.dataset.tab = tab;
        for (const element of this.tabs) {
            const isChosen = element.dataset.tab === tab;
            element.setAttribute("aria-selected", isChosen);
            element.tabIndex = isChosen ? 0 : -1;
        }
        for (const button of this.buttons) button.setAttribute("aria-pressed", button.dataset.view === view);
        this.dispatchEvent(new Event("show"));
    }
}
