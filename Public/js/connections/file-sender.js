// The part of the send form for files: choose one, watch it go, call it back.

import { h, setText } from "../elements/dom.js";
import { octets } from "../elements/format.js";
import { calls, Problem } from "../service/api.js";
import { upload } from "../service/upload.js";

/** Dispatches `sent` with a sentence, `fail` with a `Problem`. */
export class FileSender extends EventTarget {
    constructor() {
        super();
        this.input = h("input", { type: "file", id: "file", class: "visually-hidden", tabindex: "-1", "aria-label": "File to send" });
        this.choose = h("button", { type: "button", class: "quiet choose-file", title: "Send a file, octet by octet" }, "File…");
        this.bar = h("progress", { max: "1", value: "0", "aria-label": "Octets of the file that were taken" });
        this.told = h("span", { class: "file-told", role: "status" });
        this.cancel = h("button", { type: "button", class: "quiet" }, "Cancel");
        this.progress = h("div", { class: "file-progress", hidden: true }, this.bar, this.told, this.cancel);
        this.choose.addEventListener("click", () => this.input.click());
        this.input.addEventListener("change", () => this.input.files[0] && this.send(this.input.files[0]));
        this.cancel.addEventListener("click", () => this.sending?.abort());
    }

    /** The name of the file that was chosen last. */
    get name() {
        return this.file?.name ?? "FILE";
    }

    /** Files go to this connection. */
    follow(id, maySend) {
        this.id = id;
        this.choose.disabled = !maySend || Boolean(this.sending);
    }

    async send(file) {
        this.file = file;
        this.sending = new AbortController();
        this.choose.disabled = true;
        this.progress.hidden = false;
        this.show(0, file.size);
        try {
            const { signal } = this.sending;
            const body = await upload(calls.sendFile(this.id, file.name), file, { signal, onProgress: (count) => this.show(count, file.size) });
            this.dispatchEvent(new CustomEvent("sent", { detail: `${octets(body.accepted)} of ${file.name} sent and acknowledged` }));
        } catch (error) {
            if (error.name === "AbortError") this.dispatchEvent(new CustomEvent("sent", { detail: `${file.name} was called back; what had been taken stays sent` }));
            else if (error instanceof Problem) this.dispatchEvent(new CustomEvent("fail", { detail: error }));
            else throw error;
        } finally {
            this.sending = null;
            this.progress.hidden = true;
            this.choose.disabled = false;
            this.input.value = "";
        }
    }

    show(count, size) {
        this.bar.max = Math.max(1, size);
        this.bar.value = count;
        setText(this.told, `${octets(count)} of ${octets(size)}`);
    }
}
