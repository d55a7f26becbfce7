// A held segment in its bit picture, to be changed before it goes on.

import { baseOfRecord, emptyDraft, flagsOf, membersOf } from "../craft/draft.js";
import { SegmentEditor } from "../craft/editor.js";
import { octetsOfHex } from "../elements/format.js";

/** Edits the segment of `record`, as the log shows it in full. Dispatches `edit`. */
export class HeldEditor extends EventTarget {
    constructor(record) {
        super();
        this.segment = record.number;
        this.flags = record.tcp.flags;
        this.draft = emptyDraft(record.tcp.flags);
        const base = baseOfRecord(record, octetsOfHex(record.hex));
        const editor = new SegmentEditor(this.draft, () => base);
        editor.addEventListener("edit", () => this.dispatchEvent(new Event("edit")));
        editor.draw();
        this.element = editor.element;
    }

    /** What is to be changed, in the contract's words. */
    get edit() {
        const flags = flagsOf(this.draft);
        const areSame = flags.length === this.flags.length && flags.every((flag) => this.flags.includes(flag));
        return { ...membersOf(this.draft), ...(areSame ? {} : { flags }) };
    }
}
