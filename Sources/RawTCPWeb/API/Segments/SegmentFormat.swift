/// The representations of the log, the default first.
package enum SegmentFormat: String, CaseIterable, Hashable, Sendable {
    case json, columns, ndjson, sse, text, pcapng, mermaid

    /// The media type that asks for it in `Accept`. JSON is the default of `application/json`.
    var mediaType: String {
        switch self {
        case .json, .columns: "application/json"
        case .ndjson: "application/x-ndjson"
        case .sse: "text/event-stream"
        case .text: "text/plain"
        case .pcapng: "application/x-pcapng"
        case .mermaid: "text/vnd.mermaid"
        }
    }

    /// The media type that answers declare.
    var contentType: String {
        switch self {
        case .text, .mermaid: mediaType + "; charset=utf-8"
        case .json, .columns, .ndjson, .sse, .pcapng: mediaType
        }
    }

    /// It can go on as records come.
    var mayFollow: Bool {
        switch self {
        case .ndjson, .sse, .text, .pcapng: true
        case .json, .columns, .mermaid: false
        }
    }

    /// The one that the client asks for, by `format=` or by `Accept`.
    static func choose(_ query: inout QueryParameters, _ call: Call) throws(Problem) -> SegmentFormat {
        if query.has("format") { return query.word("format", SegmentFormat.self) ?? .json }
        // Of the texts, the one that ends comes first: it is what `text/*` means.
        let choices: [SegmentFormat] = [.json, .ndjson, .text, .sse, .pcapng, .mermaid]
        return choices[try Representation.choose(among: choices.map(\.mediaType), for: call.request)]
    }
}
