// Options that the user has registered, by their names. Pure.

const standing = "tcp.options.";
const fillers = ["noOperation", "endOfOptions"];

/** A segment's fields, in which options that the log knows by a registered name have that name, and say what is in them. */
export function namedFields(fields, options) {
    const known = [...options];
    return fields.map((field) => {
        if (!field.name.startsWith(standing) || fillers.includes(field.name.slice(standing.length))) return field;
        // The record lists the same options in the same order, without those that only fill up space.
        const option = known.shift();
        if (option?.fields === undefined) return field;
        const text = Object.entries(option.fields).map(([name, value]) => `${name} ${value}`).join(", ");
        return { ...field, name: standing + option.name, text, rfc: option.exid ? "RFC 6994" : field.rfc };
    });
}
