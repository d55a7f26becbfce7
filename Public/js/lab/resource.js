// What the lab's lists have in common: ask, show, or say in place why there is nothing.

import { h } from "../elements/dom.js";
import { perform, Problem } from "../service/api.js";
import { ProblemBox } from "../service/problem.js";

/** A list of the service's with an empty state. `draw(items)` answers the elements for its items. */
export class ResourceList {
    constructor({ call, member, empty, draw }) {
        Object.assign(this, { call, member, draw });
        this.problem = new ProblemBox();
        this.words = empty;
        this.empty = h("div", { class: "empty", hidden: true });
        this.list = h("div", { class: "lab-list" });
        this.element = h("div", { class: "resource" }, this.empty, this.problem.element, this.list);
        this.items = [];
    }

    /** Asks again. A service that has no such route says so itself. */
    async refresh() {
        try {
            const { body } = await perform(this.call);
            this.show(body[this.member] ?? []);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            if (![404, 501].includes(error.status)) return this.problem.show(error);
            this.list.replaceChildren();
            this.say(["This service cannot do that.", error.detail]);
        }
    }

    show(items) {
        this.items = items;
        this.say(items.length > 0 ? [] : this.words);
        this.list.replaceChildren(...this.draw(items));
    }

    /** The empty state: a heading, and what to do next; nothing where there is a list. */
    say(words) {
        this.empty.hidden = words.length === 0;
        this.empty.replaceChildren(...words.map((text, index) => h("p", {}, index === 0 ? h("strong", {}, text) : text)));
    }

    /** Runs an action and shows its problem here; answers whether it went well. */
    async guard(action) {
        this.problem.clear();
        try {
            await action();
            return true;
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error);
            return false;
        }
    }

    /** Makes a call that changes something, and asks again. True where it went well. */
    async change(call) {
        if (!(await this.guard(() => perform(call)))) return false;
        await this.refresh();
        return true;
    }
}
