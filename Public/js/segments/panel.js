// The segment table with everything around it: filter, search, columns, colours, pause, and what is missing.

import { h, setText } from "../elements/dom.js";
import { grouped } from "../elements/format.js";
import { kinds } from "../log/causes.js";
import { Matcher } from "../log/matcher.js";
import { calls } from "../service/api.js";
import { CurlLine } from "../service/curl.js";
import { ColourRules } from "./colour-rules.js";
import { ColumnChooser } from "./column-chooser.js";
import { FilterBar } from "./filter-bar.js";
import { FindBar } from "./find-bar.js";

/** Keeps the table, the controls around it, the selection and the feed in step. */
export class SegmentsPanel {
    constructor({ table, store, feed, selection }) {
        Object.assign(this, { table, store, feed, selection });
        const find = (id) => document.getElementById(id);
        this.find = find;
        this.curl = new CurlLine();
        this.curl.follow(null, "These segments as text", () => this.call);
        this.filterBar = new FilterBar();
        this.findBar = new FindBar(table);
        this.columns = new ColumnChooser(table);
        this.colours = new ColourRules(store, table);
        document.querySelector("#segments .filter-place").append(this.filterBar.element, this.findBar.element);
        find("segments-place").append(table.element);
        find("segments-foot").append(this.curl.element);
        find("legend").append(...kinds.map(legendItem));
        this.listenToControls();
        this.listenToTable();
        this.listenToFeed();
        selection.addEventListener("change", ({ detail }) => this.follow(detail));
        this.reset();
    }

    /** A browser may have restored what was ticked before a reload. */
    reset() {
        this.find("only-chosen").checked = false;
        this.find("absolute").checked = false;
        this.find("follow").checked = true;
        this.applyScope();
        this.table.chosen = this.selection.segment;
        this.table.replay(this.selection.at);
        if (this.selection.filter !== "") this.filterBar.show(this.selection.filter);
    }

    listenToControls() {
        const { find, table, filterBar, findBar, selection } = this;
        find("only-chosen").addEventListener("change", () => this.applyScope());
        find("absolute").addEventListener("change", (event) => table.showAbsolute(event.target.checked));
        find("follow").addEventListener("change", (event) => table.setFollows(event.target.checked));
        find("choose-columns").addEventListener("click", () => this.columns.open());
        find("choose-colours").addEventListener("click", () => this.colours.open());
        find("pause").addEventListener("click", () => this.togglePause());
        filterBar.addEventListener("apply", ({ detail }) => this.applyFilter(detail));
        findBar.addEventListener("find", ({ detail }) => selection.set({ segment: detail }));
    }

    listenToTable() {
        const { find, table, selection } = this;
        table.addEventListener("follow", () => (find("follow").checked = table.follows));
        table.addEventListener("choose", (event) => selection.set({ segment: event.detail }));
        table.element.addEventListener("click", (event) => {
            if (event.target.closest(".rows .row:not(.gap)")) selection.set({ view: "inspector" });
        });
        table.addEventListener("draw", () => {
            find("segments-empty").hidden = table.view.length > 0;
            setText(find("segments-count"), table.view.length > 0 ? grouped(table.view.length) : "");
            if (table.view.length > 0 && !this.isPainted) this.notePaint();
        });
    }

    /** Leaves a mark on the browser's own timeline when the first rows have been painted. */
    notePaint() {
        this.isPainted = true;
        requestAnimationFrame(() => setTimeout(() => performance.mark("segments-painted")));
    }

    listenToFeed() {
        const { find, feed } = this;
        feed.addEventListener("status", () => {
            const { missed, isPaused } = feed;
            setText(find("missed"), missed > 0 ? `${grouped(missed)} segments missed: the log had let them go.` : "");
            setText(find("pause"), isPaused ? "Resume" : "Pause");
            find("pause").setAttribute("aria-pressed", isPaused);
        });
    }

    follow(changed) {
        const { selection, table } = this;
        if (changed.has("connection")) this.applyScope();
        if (changed.has("at")) table.replay(selection.at);
        if (changed.has("segment")) table.choose(selection.segment);
        if (changed.has("filter") && selection.filter !== this.filterBar.applied) this.filterBar.show(selection.filter);
    }

    togglePause() {
        if (this.feed.isPaused) this.feed.resume();
        else this.feed.pause();
    }

    applyScope() {
        const { find, selection, table } = this;
        const scope = find("only-chosen");
        const connection = scope.checked ? selection.connection : null;
        if (connection !== table.view.connection) table.show(connection);
        setText(find("scope-name"), `Only ${selection.connection ?? "the chosen"}`);
        scope.disabled = selection.connection === null && !scope.checked;
        this.curl.update();
    }

    applyFilter(expression) {
        this.matcher?.stop();
        this.matcher = expression === "" ? null : new Matcher(this.store, expression);
        this.matcher?.addEventListener("change", () => this.table.refresh());
        this.matcher?.addEventListener("fail", ({ detail }) => this.filterBar.fail(detail));
        this.table.filter(this.matcher);
        this.selection.set({ filter: expression });
        this.curl.update();
    }

    /** What the table shows, for a shell. */
    get call() {
        const { connection } = this.table.view;
        const filter = this.filterBar.applied;
        return calls.segments({ format: "text", ...(connection === null ? {} : { connection }), ...(filter === "" ? {} : { filter }) });
    }
}

function legendItem({ name, label, meaning }) {
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    return h("li", { class: `kind-${name}`, title: meaning }, swatch, label);
}
