// The log in files, as the service writes them for Wireshark.

import { h } from "../elements/dom.js";
import { octets } from "../elements/format.js";
import { calls, target } from "../service/api.js";
import { callButton, CurlLine } from "../service/curl.js";
import { card } from "./list-part.js";
import { ResourceList } from "./resource.js";

/** A part of the lab. */
export class Captures {
    constructor() {
        this.curl = new CurlLine();
        this.list = new ResourceList({
            call: calls.captures(),
            member: "captures",
            empty: ["No capture files.", "Start the service with --capture-dir DIR: it then writes every segment into pcapng files, which turn over by their size, and lists them here."],
            draw: (items) => items.map(captureCard),
        });
        const again = callButton(this.curl, { label: "List", look: "primary", call: calls.captures, act: () => this.refresh() });
        this.element = h("div", { class: "lab-part" }, h("div", { class: "action" }, again, this.curl.element), this.list.element);
        this.curl.update();
    }

    refresh() {
        return this.list.refresh();
    }
}

/** A file with a link: the browser saves it by itself, however large it is. */
function captureCard({ file, size, modified }) {
    const curl = new CurlLine();
    const call = () => calls.capture(file);
    const link = h("a", { href: target(call()), download: file }, "Download");
    curl.follow(link, "Download", call);
    curl.update();
    const what = `${octets(size)} · written ${new Date(modified).toLocaleString("en-GB")}`;
    return card({ id: file, what, actions: link, curl });
}
