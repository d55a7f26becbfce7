// TCP options as octets that a draft's hexadecimal field takes: well-formed ones, and some that are not. Pure.

/** `[label, hexadecimal digits]`. */
export const optionWords = [
    ["MSS 1460", "020405b4"],
    ["Window scale 7", "030307"],
    ["SACK permitted", "0402"],
    ["Timestamps 1, 0", "080a0000000100000000"],
    ["SACK block 1–10", "050a000000010000000a"],
    ["Fast Open cookie request", "2202"],
    ["No operation", "01"],
    ["End of options", "00"],
    ["Experiment 253 (RFC 6994)", "fd04f989"],
    ["Illegal: length 0", "0900"],
    ["Illegal: length beyond the end", "02ff"],
];
