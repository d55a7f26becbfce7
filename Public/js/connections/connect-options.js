// What a connection may be asked for beside its remote end: every member of the contract's body, in groups.

import { h } from "../elements/dom.js";
import { choiceField, durationField, group, numberField, payloadField, textField, toggle } from "../service/form.js";

const shifts = Array.from({ length: 15 }, (_, shift) => String(shift));

/** The groups of the connect form's advanced options. */
export function connectGroups() {
    return openingGroups({
        ends: [textField("local", "Local", "chosen", "[address:]port")],
        patience: [
            choiceField("?wait", "Wait until", [["", "established"], ["none", "none: answer at once"]]),
            durationField("?timeout", "Patience", "5s"),
        ],
    });
}

/** The groups of what a listener's connections are opened with. */
export function listenGroups() {
    return openingGroups({ ends: [], patience: [] });
}

function openingGroups({ ends, patience }) {
    return [
        group(
            "Ends",
            ...ends,
            textField("name", "Name", "none"),
            numberField("ttl", "Time to live", "64"),
            numberField("dscp", "DSCP", "0", "0–63"),
        ),
        handshakeGroup(),
        group("Options of your own", optionRows("customOptions", ["syn", "data", "every"])),
        group(
            "Flow and congestion",
            ...flowFields(),
            numberField("receiveBuffer", "Receive buffer", "1048576", "octets"),
            numberField("sendBuffer", "Send buffer", "1048576", "octets"),
        ),
        group("Time", ...timeFields(), toggle("reuseTimeWait", "Reuse a port in TIME-WAIT")),
        group(
            "Service",
            choiceField("engine", "Engine", [["", "raw: ours"], ["kernel", "kernel: an ordinary socket"]]),
            choiceField("guard", "Reset guard", [["", "socket"], "range", "nftables", ["none", "none: let the kernel reset it"]]),
            durationField("lease", "Lease", "none", "30s, 5m"),
            toggle("autoRelease", "Drop what comes"),
            ...patience,
        ),
    ];
}

function handshakeGroup() {
    return group(
        "Handshake",
        numberField("initialSequence", "Initial sequence", "RFC 6528"),
        numberField("mss", "MSS", "from the MTU"),
        choiceField("windowScale", "Window scale", [["", "default: 7"], ["none", "leave out"], ...shifts], { type: "number" }),
        choiceField("personality", "Personality", [["", "default"], "linux", "freebsd", "freebsd-12"]),
        h(
            "div",
            { class: "switches" },
            toggle("timestamps", "Timestamps", true),
            toggle("sack", "SACK", true),
            toggle("ecn", "ECN"),
            toggle("fastOpen", "Fast Open"),
            toggle("userTimeoutOption", "UTO option"),
        ),
        payloadField("payload", "First octets", "in the SYN with Fast Open"),
    );
}

/** The groups of what may still change in a connection or, with `more` of its own, in a listener; `options` are those in force. */
export function settingGroups({ name, options = {} }, title = "Connection", ...more) {
    return [
        group(
            title,
            ...more,
            textField("name", "Name", name ?? "none"),
            durationField("lease", "Lease", "none", "30s, 5m"),
            numberField("ttl", "Time to live", String(options.ttl ?? 64)),
            numberField("dscp", "DSCP", String(options.dscp ?? 0)),
        ),
        group("Flow and congestion", ...flowFields(options), toggle("autoRelease", "Drop what comes", Boolean(options.autoRelease))),
        group("Time", ...timeFields(options)),
        group("Options of your own", optionRows("customOptions", ["syn", "data", "every"])),
    ];
}

function flowFields({ congestion, nagle = false, delayedAck = true } = {}) {
    return [
        choiceField("congestion", "Congestion control", [["", congestion ?? "default: cubic"], "cubic", "newreno", ["none", "none at all"]]),
        h("div", { class: "switches" }, toggle("delayedAck", "Delayed ACK", delayedAck), toggle("nagle", "Nagle", nagle)),
    ];
}

function timeFields({ userTimeout, keepAlive, timeWait, timeWaitReset } = {}) {
    return [
        durationField("userTimeout", "User timeout", userTimeout ? `${userTimeout} s` : "R2", "10s, 2m"),
        durationField("timeWait", "TIME-WAIT", `${timeWait ?? 60} s`, "0–240 s"),
        choiceField("timeWaitReset", "RST in TIME-WAIT", [["", timeWaitReset ?? "default: ignore"], ["ignore", "ignore (RFC 1337)"], ["close", "close (RFC 9293)"]]),
        toggle("keepAlive", "Keep-alive", Boolean(keepAlive), true),
        durationField("keepAlive.idle", "… after", `${keepAlive?.idle ?? 7200} s`, "of silence"),
        durationField("keepAlive.interval", "… every", `${keepAlive?.interval ?? 75} s`),
        numberField("keepAlive.count", "… at most", String(keepAlive?.count ?? 9), "probes"),
    ];
}

/** A list of options to add to: kind, octets, and the segments that carry it. */
function optionRows(name, carriers) {
    const list = h("div", { class: "option-rows" });
    const changed = () => list.dispatchEvent(new Event("input", { bubbles: true }));
    const renumber = () =>
        [...list.children].forEach((row, index) => {
            for (const control of row.querySelectorAll("[data-member]")) control.name = `${name}.${index}.${control.dataset.member}`;
        });
    const add = () => {
        list.append(optionRow(carriers, (row) => (row.remove(), renumber(), changed())));
        renumber();
        changed();
    };
    const more = h("button", { type: "button", class: "quiet", on: { click: add } }, "Add an option");
    return h("div", { class: "wide" }, list, more);
}

function optionRow(carriers, onRemove) {
    const remove = h("button", { type: "button", class: "quiet", "aria-label": "Remove the option", on: { click: () => onRemove(row) } }, "×");
    const row = h(
        "div",
        { class: "option-field" },
        h("input", { "data-member": "kind", "data-type": "number", "aria-label": "Kind", value: "253", inputmode: "numeric" }),
        h("input", { "data-member": "hex", "data-type": "text", "aria-label": "Octets after kind and length", placeholder: "0a0b", spellcheck: "false" }),
        h("select", { "data-member": "on", "data-type": "text", "aria-label": "Carried by" }, carriers.map((word) => h("option", {}, word))),
        remove,
    );
    return row;
}
