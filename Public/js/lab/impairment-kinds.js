// The kinds of impairments: what each does, and the numbers that it takes, with the range of a slider and the ways in which
// a value is written in a request and read from an answer. Pure.

const share = (label) => ({ label, min: 0, max: 100, step: 1, unit: "%", write: (value) => value / 100, read: (value) => value * 100 });
const milliseconds = (label, max) => ({ label, min: 0, max, step: 1, unit: "ms", write: (value) => `${value}ms`, read: (value) => value * 1000 });
const count = (label, min, max, unit = "") => ({ label, min, max, step: 1, unit, write: Number, read: Number });
const kibibytes = (label, max) => ({ label, min: 0, max, step: 1, unit: "KiB", write: (value) => value * 1024, read: (value) => value / 1024 });
const rate = { label: "Rate", min: 8, max: 10_000, step: 8, unit: "kbit/s", write: (value) => value * 125, read: (value) => value / 125 };

const probability = share("Probability");

/** By the contract's word. `initial` is where the sliders of the form begin. */
export const impairmentKinds = {
    loss: { does: "some segments are gone", numbers: { probability }, initial: { probability: 5 } },
    delay: {
        does: "each waits, and none overtakes another",
        numbers: { latency: milliseconds("Latency", 1000), jitter: milliseconds("Jitter", 500), probability },
        initial: { latency: 40, jitter: 10, probability: 100 },
    },
    duplicate: { does: "a copy follows", numbers: { probability }, initial: { probability: 5 } },
    reorder: {
        does: "some wait until others have overtaken them",
        numbers: { probability, gap: count("Overtaken by", 1, 50), latency: milliseconds("At most for", 500) },
        initial: { probability: 5, gap: 1, latency: 100 },
    },
    corrupt: {
        does: "octets are changed, so that the checksum is wrong",
        numbers: { probability, bytes: count("Octets", 1, 100) },
        initial: { probability: 5, bytes: 1 },
    },
    rate: {
        does: "a token bucket; what finds its queue full is gone",
        numbers: { rate, burst: kibibytes("Burst", 1024), queue: kibibytes("Queue", 4096) },
        initial: { rate: 1000, burst: 0, queue: 256 },
    },
    drop: { does: "exactly these are gone", numbers: { nth: count("The n-th", 1, 50), count: count("How many", 1, 50) }, initial: { nth: 3, count: 1 } },
    hold: { does: "they are parked until you release them, edited if you like", numbers: { limit: count("At most", 1, 1000) }, initial: { limit: 1000 } },
};

/** How large the share is of which an impairment in force takes all its chances. */
export const toxicity = share("Toxicity");

/** Which segments an impairment looks at. */
export const matches = ["any", "data", "ack", "syn", "syn-ack", "fin", "rst", "retransmission"];
