package import Engine

/// Which members of a record are shown.
package struct FieldSelection: Hashable, Sendable {
    /// In the order of the columns.
    package let fields: [SegmentField]
    private let tree: [Node]

    /// A place in the JSON of a record.
    private indirect enum Node: Hashable, Sendable {
        case leaf(String, SegmentField)
        case group(String, [Node])
    }

    /// Exactly these fields.
    package init(_ fields: [SegmentField]) {
        self.fields = fields
        let chosen = Set(fields)
        tree = Self.tree(SegmentField.allCases.filter(chosen.contains), depth: 0)
    }

    // The two that most requests want are made once: it takes as long as writing several records.
    private static let wholeRecord = FieldSelection(SegmentField.allCases.filter { $0.payloadEncoding == nil })
    private static let wholeTable = FieldSelection(SegmentField.table)

    /// The whole record, with its payload if an encoding is given.
    package static func record(payload: PayloadEncoding?) -> FieldSelection {
        guard let payload else { return wholeRecord }
        return FieldSelection(
            SegmentField.allCases.filter { $0.payloadEncoding == nil || $0.payloadEncoding == payload })
    }

    /// What a table shows that names no fields.
    package static func table(payload: PayloadEncoding?) -> FieldSelection {
        guard let payload else { return wholeTable }
        return FieldSelection(SegmentField.table + SegmentField.allCases.filter { $0.payloadEncoding == payload })
    }

    /// Reads `number,elapsed,tcp.flags`: paths of members, or of groups of members such as `tcp`. Whole groups leave out
    /// the payload itself. On failure, the path that is unknown.
    package static func parse(_ text: String, payload: PayloadEncoding?) -> Result<FieldSelection, UnknownField> {
        var fields: [SegmentField] = []
        for path in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let found =
                SegmentField(rawValue: path).map { [$0] }
                ?? SegmentField.allCases.filter { $0.rawValue.hasPrefix(path + ".") && $0.payloadEncoding == nil }
            guard !found.isEmpty else { return .failure(UnknownField(path: path)) }
            fields += found.filter { !fields.contains($0) }
        }
        let payloads = SegmentField.allCases.filter { payload != nil && $0.payloadEncoding == payload }
        return .success(FieldSelection(fields + payloads.filter { !fields.contains($0) }))
    }

    /// A path that no member has.
    package struct UnknownField: Error, Hashable {
        package let path: String
    }

    private static func tree(_ fields: [SegmentField], depth: Int) -> [Node] {
        var nodes: [Node] = []
        var rest = fields[...]
        while let first = rest.first {
            let name = first.path[depth]
            let members = rest.prefix { $0.path[depth] == name }
            rest = rest.dropFirst(members.count)
            let isLeaf = first.path.count == depth + 1
            nodes.append(
                isLeaf ? .leaf(String(name), first) : .group(String(name), tree(Array(members), depth: depth + 1)))
        }
        return nodes
    }

    /// Writes the chosen members of a record, nested as the record has them.
    package func write(_ segment: DecodedSegment, to sink: inout some JSONSink) { write(tree, segment, to: &sink) }

    /// The headers of a packet that is in no record.
    static func headers(of packet: some FieldSource) -> JSON {
        let selection = FieldSelection(SegmentField.ipHeader + SegmentField.tcpHeader)
        var builder = JSONBuilder()
        selection.write(selection.tree, packet, to: &builder)
        return builder.value
    }

    /// Writes the values of the chosen members, one behind the other.
    package func writeRow(_ segment: DecodedSegment, to sink: inout some JSONSink) {
        sink.write(array: fields) { sink, field in field.write(segment, to: &sink) }
    }

    private func write(_ nodes: [Node], _ source: some FieldSource, to sink: inout some JSONSink) {
        sink.beginObject()
        for node in nodes {
            switch node {
            case .leaf(let name, let field):
                if source.leavesOut(field) { continue }
                sink.name(name)
                source.write(field, to: &sink)
            case .group(let name, let nodes):
                sink.name(name)
                // A packet without such a header has null in its place, not a header of nulls.
                let isAbsent = name == "ip" && source.headers == nil || name == "tcp" && source.headers?.tcp == nil
                if isAbsent { sink.writeNull() } else { write(nodes, source, to: &sink) }
            }
        }
        sink.endObject()
    }
}

/// Whatever can say what a record's fields are.
protocol FieldSource {
    /// nil for what is no IP packet.
    var headers: PacketHeaders? { get }
    /// It has nothing to say of the field, which then is not there at all.
    func leavesOut(_ field: SegmentField) -> Bool
    /// Writes the field's value; only asked for what is not left out.
    func write(_ field: SegmentField, to sink: inout some JSONSink)
}

extension DecodedSegment: FieldSource {
    func leavesOut(_ field: SegmentField) -> Bool { field.isLeftOut(of: self) }
    func write(_ field: SegmentField, to sink: inout some JSONSink) { field.write(self, to: &sink) }
}
