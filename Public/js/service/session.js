// Logging in where the service wants a token. The token goes into one request and nowhere else: neither into the address nor
// into any storage of the browser.

import { h } from "../elements/dom.js";
import { calls, perform, Problem } from "./api.js";
import { callButton, CurlLine, wantToken } from "./curl.js";
import { ProblemBox } from "./problem.js";

/** What a shell's line has in the token's place. */
const placeholder = "TOKEN";

/** A dialog that opens when a request was refused for want of a token, and one to log out. */
export class Session {
    constructor(logOutButton) {
        this.problem = new ProblemBox();
        this.token = h("input", { id: "token", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
        this.curl = new CurlLine();
        const submit = this.curl.follow(h("button", { type: "submit", class: "primary" }, "Log in"), "Log in", () => calls.logIn(placeholder));
        this.curl.update();
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
                submit,
                this.curl.element,
            ),
        );
        this.leaving = this.logOutDialog();
        document.body.append(this.dialog, this.leaving);
        this.logOutButton = logOutButton;
        logOutButton.addEventListener("click", () => this.leaving.showModal());
        addEventListener("token-wanted", () => this.ask());
        this.dialog.querySelector("form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.logIn();
        });
    }

    logOutDialog() {
        const curl = new CurlLine();
        const leave = callButton(curl, { label: "Log out", look: "primary", call: calls.logOut, act: (call) => this.logOut(call) });
        curl.update();
        const stay = h("button", { class: "quiet" }, "Stay");
        const hint = h("p", { class: "hint" }, "The session is a cookie that scripts cannot read; it ends by itself after twelve hours.");
        const buttons = h("span", { class: "buttons" }, stay, leave);
        return h("dialog", { class: "login", "aria-labelledby": "logout-title" }, h("form", { method: "dialog" }, h("h2", { id: "logout-title" }, "You are logged in"), hint, buttons, curl.element));
    }

    /** Looks whether a token is wanted; a service without sessions wants none. */
    async start() {
        try {
            const { body } = await perform(calls.session());
            if (body.required) wantToken();
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

    async logOut(call) {
        try {
            await perform(call);
        } finally {
            location.reload();
        }
    }
}
