// What may still change in the chosen connection.

import { calls, perform } from "../service/api.js";
import { ChangeForm } from "../service/change-form.js";
import { settingGroups } from "./connect-options.js";

/** The form of the connection that it follows; `onChange` is given a sentence of what was done. */
export class ConnectionSettings extends ChangeForm {
    constructor({ onChange }) {
        super({
            groups: () => settingGroups(this.connection),
            call: (change) => calls.change(this.connection.id, change),
            act: async (call) => {
                const { body } = await perform(call);
                this.connection = body;
                onChange(`${body.name ?? body.id} is changed`);
            },
            prefix: "new-",
        });
        this.connection = null;
    }

    /** Is about another connection, or about the same one as it is now; what is being typed stays. */
    follow(connection) {
        const isOther = connection.id !== this.connection?.id;
        this.connection = connection;
        if (isOther && this.element.open) this.draw();
    }
}
