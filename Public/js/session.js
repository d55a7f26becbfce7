// Logging in where the service wants a token. The token goes into one request and nowhere else: neither into the address nor
// into any storage of the browser.

import { calls, perform, Problem } from "./api.js";
import { h } from "./dom.js";
import { ProblemBox } from "./problem.js";

/** A dialog that opens when a request was refused for want of a token. */
export class Session {
    constructor(logOutButton) {
        this.problem = new ProblemBox();
        this.token = h("input", { id: "token", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
        this.dialog = h(
            "dialog",
            { class: "login", "aria-labelledby": "login-title" },
            h(
                "form",
                { method: "dialog", autocomplete: "off" },
                h("h2", { id: "login-title" }, "This service wants a token"),
                h("p", { class: "hint" }, "It is in the file that the service was started with: serve --token-file FILE."),
                h("label", { class: "field wide", for: "token" }, h("span", {}, "Token"), this.token),
                this.problem.element,
                h("button", { type: "submit", class: "primary" }, "Log in"),
            ),
        );
        document.body.append(this.dialog);
        this.logOutButton = logOutButton;
        logOutButton.addEventListener("click", () => this.logOut());
        addEventListener("token-wanted", () => this.ask());
        this.dialog.querySelector("form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.logIn();
        });
    }

    /** Looks whether a token is wanted; a service without sessions wants none. */
    async start() {
        try {
            const { body } = await perform(calls.session());
            this.logOutButton.hidden = !(body.required && body.authenticated);
            if (body.required && !body.authenticated) this.ask();
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
        }
    }

    ask() {
        if (!this.dialog.open) this.dialog.showModal();
    }

    async logIn() {
        const token = this.token.value;
        this.token.value = "";
        this.problem.clear();
        try {
            await perform(calls.logIn(token));
            location.reload();
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            this.problem.show(error);
            this.token.focus();
        }
    }

    async logOut() {
        try {
            await perform(calls.logOut());
        } finally {
            location.reload();
        }
    }
}
