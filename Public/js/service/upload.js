// Sending a file. Not by fetch: it does not tell how far an upload has come.

import { Problem, target } from "./api.js";

/** Sends `file` as it is; `onProgress(octets)` is called on the way. Answers the body; throws `Problem`, or AbortError. */
export function upload(call, file, { onProgress, signal }) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open(call.method, target(call));
        request.responseType = "json";
        request.setRequestHeader("Content-Type", call.type);
        request.setRequestHeader("Accept", "application/json");
        request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
        request.addEventListener("load", () => {
            const { status, response } = request;
            if (status < 300) return resolve(response);
            reject(new Problem({ title: `Status ${status}`, status, ...response }));
        });
        request.addEventListener("error", () => reject(new Problem({ title: "The service does not answer", detail: "The file was not sent to its end." })));
        request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
        signal.addEventListener("abort", () => request.abort());
        request.send(file);
    });
}
