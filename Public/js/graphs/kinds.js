// Which graphs there are, and what each draws.

import { grouped, octets } from "../elements/format.js";
import { shortTime } from "./chart.js";
import { sackPlotter, segmentPlotter } from "./plotters.js";

const line = (name, colour, more = {}) => ({ name, colour, ...more });
const step = (name, colour) => line(name, colour, { isStep: true });
/** A line that the scale may leave out where it would dwarf the others. */
const aside = (one) => ({ ...one, isAside: true });
const dashedStep = (name, colour) => line(name, colour, { isStep: true, isDashed: true });

/** The graphs' descriptions, as chart.js takes them; `barOf(index)` answers what stands at a row of the first one. */
export function chartKinds(barOf) {
    return [
        {
            title: "Sequence numbers",
            format: (value) => grouped(Math.round(value)),
            series: [
                line("Data", "handshake", { plotter: segmentPlotter(barOf) }),
                line("Repeats", "repeat", { plotter: segmentPlotter(barOf) }),
                step("Acknowledged", "data"),
                aside(dashedStep("Window", "control")),
                line("SACK", "finish", { plotter: sackPlotter(barOf) }),
            ],
        },
        {
            title: "Round-trip time and RTO",
            format: shortTime,
            isLogarithmic: true,
            series: [step("Smoothed RTT", "handshake"), dashedStep("RTO", "repeat")],
        },
        {
            title: "Congestion window",
            format: (value) => octets(Math.round(value)),
            series: [step("Window", "handshake"), dashedStep("Threshold", "finish"), step("In flight", "data"), aside(dashedStep("Peer's window", "control"))],
        },
        {
            title: "Throughput",
            format: (value) => `${octets(Math.round(value))}/s`,
            series: [line("Sent", "handshake"), line("Received", "data")],
        },
    ];
}
