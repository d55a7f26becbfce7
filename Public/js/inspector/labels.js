// The words that the RFCs' pictures use for a field, in a size that fits its box.

/** By the last part of a field's name, in lower case without separators. */
const words = new Map(Object.entries({
    version: "Ver",
    headerlength: "IHL",
    ihl: "IHL",
    dscp: "DSCP",
    ecn: "ECN",
    length: "Length",
    totallength: "Total Length",
    id: "Identification",
    identification: "Identification",
    flags: "Flags",
    dontfragment: "DF",
    df: "DF",
    morefragments: "MF",
    mf: "MF",
    fragmentoffset: "Fragment Offset",
    ttl: "Time to Live",
    timetolive: "Time to Live",
    protocol: "Protocol",
    checksum: "Checksum",
    headerchecksum: "Header Checksum",
    source: "Source Address",
    sourceaddress: "Source Address",
    destination: "Destination Address",
    destinationaddress: "Destination Address",
    trafficclass: "Traffic Class",
    flowlabel: "Flow Label",
    payloadlength: "Payload Length",
    nextheader: "Next Header",
    hoplimit: "Hop Limit",
    sourceport: "Source Port",
    destinationport: "Destination Port",
    sequence: "Sequence Number",
    sequencenumber: "Sequence Number",
    acknowledgment: "Acknowledgment Number",
    acknowledgmentnumber: "Acknowledgment Number",
    dataoffset: "DOff",
    reserved: "Rsrvd",
    reservedflag: "Rsrvd",
    window: "Window",
    urgentpointer: "Urgent Pointer",
    payload: "Payload",
    data: "Data",
}));

/** The picture's name of a field, e.g. `tcp.sourcePort` → `Source Port`. */
export function labelOf(field) {
    const parts = field.name.split(".");
    const last = parts.at(-1).toLowerCase().replace(/[^a-z0-9]/g, "");
    if (field.bitLength === 1) return flagOf(last);
    return words.get(last) ?? field.name;
}

/** A single bit's name, short enough to be written from top to bottom. */
function flagOf(last) {
    const word = words.get(last) ?? last.toUpperCase();
    return word === "Rsrvd" ? "–" : word.slice(0, 3);
}

/** The layer's name as a heading. */
export const layerLabels = { ip: "IP header", tcp: "TCP header", options: "TCP options", payload: "Payload" };

/** What a field's value means; nothing where the explanation is only the value again. */
export function meaningOf(field) {
    return field.text === undefined || field.text === valueOf(field) ? "" : field.text;
}

/** A field's value as a short text: addresses with their dots, checksums in hexadecimal, the rest as it comes. */
export function valueOf({ name, value, bitLength, layer }) {
    if (value === null || value === undefined) return "";
    if (typeof value !== "number") return typeof value === "object" ? JSON.stringify(value) : String(value);
    if (/checksum$/i.test(name)) return `0x${value.toString(16).padStart(4, "0")}`;
    if (layer === "ip" && bitLength === 32) return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
    return String(value);
}
