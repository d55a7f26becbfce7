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

    /// The whole record, with its payload if an encoding is given.
    package static func record(payload: PayloadEncoding?) -> FieldSelection {
        FieldSelection(
            SegmentField.allCases.filter { $0.payloadEncoding == nil || $0.payloadEncoding == payload })
    }

    /// What a table shows that names no fields.
    package static func table(payload: PayloadEncoding?) -> FieldSelection {
        let fields = SegmentField.allCases.filter { payload != nil && $0.payloadEncoding == payload }
        return FieldSelection(SegmentField.table + fields)
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

    /// The chosen members of a record, nested as the record has them.
    package func json(of segment: DecodedSegment) -> JSON { .object(members(tree, segment)) }

    /// The values of the chosen members, one behind the other.
    package func row(of segment: DecodedSegment) -> JSON { .array(fields.map { $0.value(in: segment) }) }

    private func members(_ nodes: [Node], _ segment: DecodedSegment) -> [JSON.Member] {
        nodes.compactMap { node in
            switch node {
            case .leaf(let name, let field):
                let value = field.value(in: segment)
                return field.isOptional && value == .null ? nil : JSON.Member(name, value)
            case .group(let name, let nodes):
                // A packet without such a header has null in its place, not a header of nulls.
                let isAbsent = name == "ip" && segment.headers == nil || name == "tcp" && segment.tcp == nil
                return JSON.Member(name, isAbsent ? .null : .object(members(nodes, segment)))
            }
        }
    }
}
