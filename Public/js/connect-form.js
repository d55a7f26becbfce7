// The form that opens a connection. It sends only what differs from the service's own defaults, so its curl line is as
// short as the wish behind it.

import { calls, perform, Problem } from "./api.js";
import { CurlLine } from "./curl.js";
import { h } from "./dom.js";
import { ProblemBox } from "./problem.js";

const wholeNumber = /^\d+$/;

/** Dispatches `open` with the new connection. The markup is in index.html; a control's name is its member's name. */
export class ConnectForm extends EventTarget {
    constructor(form, { onSegment }) {
        super();
        this.form = form;
        this.submit = form.querySelector("[type=submit]");
        this.curl = new CurlLine("open the connection");
        this.problem = new ProblemBox({ onSegment });
        form.append(h("div", { class: "action" }, this.submit, this.curl.element), this.problem.element);
        form.addEventListener("input", () => this.changed());
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.open();
        });
        this.changed();
    }

    /** The request that the form stands for: `remote`, and whatever is not as it was. */
    get request() {
        const request = { remote: this.form.elements.remote.value.trim() };
        for (const control of this.controls) {
            if (control.name !== "remote" && isChanged(control)) request[control.name] = valueOf(control);
        }
        return request;
    }

    get controls() {
        return Array.from(this.form.elements).filter((control) => control.name);
    }

    changed() {
        this.curl.show(calls.open(this.request));
        const changes = Object.keys(this.request).length - 1;
        this.form.querySelector(".changes").textContent = changes === 0 ? "" : `${changes} set`;
    }

    async open() {
        this.clearErrors();
        this.busy(true);
        try {
            const { body } = await perform(calls.open(this.request));
            this.dispatchEvent(new CustomEvent("open", { detail: body }));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error, { except: this.showErrors(error.errors) });
            this.dispatchEvent(new Event("refuse"));
        } finally {
            this.busy(false);
        }
    }

    busy(isBusy) {
        this.form.setAttribute("aria-busy", isBusy);
        this.submit.disabled = isBusy;
        this.submit.textContent = isBusy ? "Connecting…" : "Connect";
    }

    /** Puts each error beside the control that its pointer names; answers those that found their place. */
    showErrors(errors) {
        const placed = errors.filter(({ pointer = "", detail }) => {
            const control = this.controls.find(({ name }) => pointer === `/${name}`);
            if (!control) return false;
            control.closest("details")?.setAttribute("open", "");
            control.setAttribute("aria-invalid", "true");
            const message = h("span", { class: "field-error", id: `error-${control.name}` }, detail);
            control.setAttribute("aria-describedby", message.id);
            control.closest(".field").append(message);
            return true;
        });
        this.form.querySelector("[aria-invalid]")?.focus();
        return placed;
    }

    clearErrors() {
        this.problem.clear();
        for (const message of this.form.querySelectorAll(".field-error")) message.remove();
        for (const control of this.form.querySelectorAll("[aria-invalid]")) {
            control.removeAttribute("aria-invalid");
            control.removeAttribute("aria-describedby");
        }
    }
}

function isChanged(control) {
    if (control.type === "checkbox") return control.checked !== control.defaultChecked;
    return control.value.trim() !== "";
}

/** What is no number is sent as it stands: the service knows what is wrong with it, and says so beside the field. */
function valueOf(control) {
    const text = control.value.trim();
    if (control.type === "checkbox") return control.checked;
    if (control.dataset.type === "number") return text === "none" ? null : wholeNumber.test(text) ? Number(text) : text;
    return text;
}
