// A TCP option's octets as boxes of the picture: kind, length, and what the option holds. Pure.

/** What follows kind and length, by the option's name: the captions of its 32-bit parts, or one for all of it. */
const contents = {
    mss: ["MSS"],
    windowScale: ["Shift"],
    timestamps: ["TSval", "TSecr"],
    sack: ["Left edge", "Right edge"],
};

/** The parts of an option's field, one behind the other: `[{ start, end, name, isNumber }]`. */
export function partsOfOption(field) {
    const { bitOffset, end } = field;
    const option = field.name.split(".").at(-1);
    const part = (start, stop, name) => ({ start, end: Math.min(stop, end), name, isNumber: stop - start <= 32 });
    const parts = [part(bitOffset, bitOffset + 8, "Kind")];
    if (option === "noOperation") return [part(bitOffset, bitOffset + 8, "NOP")];
    if (option === "endOfOptions") {
        parts[0].name = "EOL";
        return end > parts[0].end ? [...parts, part(bitOffset + 8, end, "Padding")] : parts;
    }
    if (end > bitOffset + 8) parts.push(part(bitOffset + 8, bitOffset + 16, "Length"));
    const captions = contents[option] ?? [option];
    const size = captions.length > 1 ? 32 : end - bitOffset - 16;
    for (let start = bitOffset + 16, index = 0; start < end; start += size, index += 1) {
        parts.push(part(start, start + size, captions[index % captions.length]));
    }
    return parts;
}
