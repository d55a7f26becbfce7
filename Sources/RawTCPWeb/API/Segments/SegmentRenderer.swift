package import Engine

/// Renders stretches of the log, one behind the other.
package struct SegmentRenderer {
    package let selection: SegmentSelection
    /// A page is the last where the query's connection has come to its end. Whoever wants what is kept reads on behind it.
    private let stopsWithConnection: Bool
    private var diagram = SequenceDiagram()
    private var isFirstRow = true
    /// Packets that the kernel dropped since the segment written last.
    private var dropped: UInt64 = 0

    /// Segments examined for one page: what a slow reader pins, and what a follower catches up with in one step.
    package static let batch: UInt64 = 1_024

    package init(_ selection: SegmentSelection, stopsWithConnection: Bool = true) {
        self.selection = selection
        self.stopsWithConnection = stopsWithConnection
    }

    /// What stands before the first segment.
    package var header: [UInt8] {
        switch selection.format {
        case .pcapng: return PcapNG.header(application: "rawtcpweb \(Version.number)", run: selection.run)
        case .mermaid: return Array(SequenceDiagram.header.utf8)
        case .columns:
            let names = JSON.array(selection.fields.fields.map { .string($0.rawValue) }).line
            guard selection.isPretty else {
                return Array("{\"run\":\"\(selection.run)\",\"columns\":\(names),\"rows\":[\n".utf8)
            }
            return Array("{\n  \"run\": \"\(selection.run)\",\n  \"columns\": \(names),\n  \"rows\": [".utf8)
        // Sent at once, so that the client knows that it is connected.
        case .sse: return Array(": run \(selection.run)\n\n".utf8)
        case .json, .ndjson, .text: return []
        }
    }

    /// What stands behind the last segment; the log was examined up to `next`.
    package func trailer(next: UInt64, in log: LogSnapshot) -> [UInt8] {
        guard selection.format == .columns else { return [] }
        let counts = [("next", next), ("oldest", log.oldest), ("evicted", log.evicted), ("dropped", log.dropped)]
        if selection.isPretty {
            let members = counts.map { "  \"\($0)\": \($1)" }.joined(separator: ",\n")
            return Array("\(isFirstRow ? "" : "\n  ")],\n\(members)\n}\n".utf8)
        }
        let members = counts.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return Array("],\(members)}\n".utf8)
    }

    /// Renders what is behind `position`, at most `limit` segments, none behind the one numbered `last`.
    package mutating func page(
        after position: LogPosition, in log: AnalyzedLog, through last: UInt64, limit: Int
    ) -> RenderedPage {
        var page = RenderedPage(end: position)
        skipEvicted(&page, log.log)
        let through = min(last, page.end.number + Self.batch)
        var events = log.log.events(after: page.end, through: through)[...]
        let start = page.end.number
        write(&events, through: start, to: &page)
        for number in log.log.numbers(after: start) {
            guard number <= through, page.count < limit, !page.isLast else { break }
            if let segment = selection.query.find(number, in: log) {
                write(segment, to: &page)
            }
            page.end = LogPosition(number)
            write(&events, through: number, to: &page)
        }
        // What was dropped goes with the next packet, so it is read again with it.
        if selection.format == .pcapng { page.end.ordinal = page.end.number == start ? position.ordinal : 0 }
        dropped = 0
        return page
    }

    /// A line that says what is no longer there.
    private mutating func skipEvicted(_ page: inout RenderedPage, _ log: LogSnapshot) {
        let from = page.end.number + 1
        if from < log.oldest {
            page.octets += gap(["reason": "evicted", "from": .number(from), "to": .number(log.oldest - 1)])
            page.end = LogPosition(log.oldest - 1)
        }
        guard selection.format == .sse, log.newestEvictedEvent > page.end else { return }
        let through = log.newestEvictedEvent
        page.octets += gap(["reason": "events-evicted", "through": .string("\(through.number).\(through.ordinal)")])
        page.end.ordinal = through.number == page.end.number ? through.ordinal : page.end.ordinal
    }

    /// A gap, as the format writes it.
    package func gap(_ description: JSON) -> [UInt8] {
        switch selection.format {
        case .ndjson: return (["gap": description] as JSON).serialized()
        case .sse: return Array("event: gap\ndata: \(description.line)\n\n".utf8)
        case .text: return Array("# gap: \(description.line)\n".utf8)
        case .mermaid: return Array("    %% gap: \(description.line)\n".utf8)
        case .json, .columns, .pcapng: return []
        }
    }

    // MARK: Segments

    private mutating func write(_ segment: DecodedSegment, to page: inout RenderedPage) {
        page.count += 1
        switch selection.format {
        case .json, .ndjson:
            page.write { selection.fields.write(segment, to: &$0) }
            page.octets.append("\n")
        case .columns:
            if !isFirstRow { page.octets.append(UInt8(ascii: ",")) }
            isFirstRow = false
            if selection.isPretty { page.octets.append("\n    ") }
            page.write { selection.fields.writeRow(segment, to: &$0) }
            if !selection.isPretty { page.octets.append("\n") }
        case .sse:
            page.octets.append("id: \(id(of: LogPosition(segment.record.number)))\nevent: segment\ndata: ")
            page.write { selection.fields.write(segment, to: &$0) }
            page.octets.append("\n\n")
        case .text: page.octets.append(line(of: segment.record))
        case .pcapng:
            page.octets += PcapNG.packet(segment.record, dropped: dropped)
            dropped = 0
        case .mermaid: page.octets.append(diagram.lines(for: segment))
        }
    }

    private func line(of record: SegmentRecord) -> String {
        guard let payload = selection.payload, record.payloadLength > 0 else { return record.line + "\n" }
        let text =
            switch payload {
            case .text: record.payloadText
            case .hex: String(hex: record.payload)
            case .base64: Base64.encode(record.payload)
            }
        return "\(record.line), \(text)\n"
    }

    // MARK: Events

    /// Writes the events that stand no further than behind the segment `number`.
    private mutating func write(
        _ events: inout ArraySlice<LogEvent>, through number: UInt64, to page: inout RenderedPage
    ) {
        while let next = events.first, next.position.number <= number {
            events.removeFirst()
            if next.position > page.end { page.end = next.position }
            if case .dropped(let count) = next.kind { dropped += count }
            guard selection.query.matches(next) else { continue }
            if selection.format == .sse { page.octets += rendered(next) }
            if stopsWithConnection, let wanted = selection.query.connection, next.ends(wanted) { page.isLast = true }
        }
    }

    private func rendered(_ entry: LogEvent) -> [UInt8] {
        let time = JSON.string(Timestamp.text(nanoseconds: entry.wall))
        switch entry.kind {
        case .state(let id, let from, let to, let bySegment):
            let segment: JSON = bySegment ? .number(entry.position.number) : .null
            return event(
                "state",
                [
                    "connection": .string(id.description), "from": .string(from.name), "to": .string(to.name),
                    "segment": segment, "time": time,
                ], at: entry.position)
        case .connection(let id, let fate):
            return event(
                "connection",
                ["connection": .string(id.description), "change": .string(fate.rawValue), "time": time],
                at: entry.position)
        case .impairment(let name, let fate):
            return event(
                "impairment", ["impairment": .string(name), "change": .string(fate.rawValue), "time": time],
                at: entry.position)
        case .dropped(let count):
            return event("gap", ["reason": "dropped", "count": .number(count), "time": time], at: entry.position)
        }
    }

    private func event(_ name: String, _ data: JSON, at position: LogPosition) -> [UInt8] {
        Array("id: \(id(of: position))\nevent: \(name)\ndata: \(data.line)\n\n".utf8)
    }

    private func id(of position: LogPosition) -> String {
        "\(selection.run)-\(position.number).\(position.ordinal)"
    }
}

extension RenderedPage {
    /// Writes JSON behind what is there.
    fileprivate mutating func write(_ body: (inout JSONText) -> Void) {
        // Taken out and put back: two owners would have it copied for each record.
        var text = JSONText(behind: exchange(&octets, with: []))
        body(&text)
        octets = text.octets
    }
}

extension LogEvent {
    /// Nothing more comes of the connection.
    fileprivate func ends(_ wanted: ConnectionID) -> Bool {
        switch kind {
        case .state(let id, _, .closed, _), .connection(let id, .deleted): id == wanted
        case .state, .connection, .impairment, .dropped: false
        }
    }
}

extension JSON {
    /// The value in one line, without a newline.
    fileprivate var line: String { String(decoding: serialized().dropLast(), as: UTF8.self) }
}
