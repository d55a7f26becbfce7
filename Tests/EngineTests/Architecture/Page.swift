// Judges the modules of the page by the rooms they are in.

/// The modules of `Public/js`. A folder is a room; what stands in no folder joins them.
struct Page {
    /// docs/page.md, "Development". Each set is closed: what a room may reach over others is in it.
    static let mayImport: [String: Set<String>] = [
        "elements": [],
        "service": ["elements"],
        "log": ["elements", "service"],
        "connections": ["elements", "service", "log"],
        "segments": ["elements", "service", "log"],
        "ladder": ["elements", "service", "log"],
        "state": ["elements", "service", "log"],
        "graphs": ["elements", "service", "log"],
        "craft": ["elements", "service"],
        "inspector": ["elements", "service", "log", "craft"],
        "lab": ["elements", "service", "log", "connections", "craft"],
    ]
    /// What the user looks at: everything follows it, so that it alone of the root may be imported from a room.
    private static let selection = "selection.js"
    /// The module that makes elements.
    private static let document = "elements/dom.js"

    private let imports: [String: [String]]
    private let pure: Set<String>

    init(_ modules: [(path: String, text: String)]) {
        imports = Dictionary(
            uniqueKeysWithValues: modules.map { path, text in
                (path, text.matches(of: /from "([^"]+)";/).map { Self.resolve($0.1, from: path) })
            })
        pure = Set(modules.filter { $0.text.prefix { $0 != ";" && $0 != "*" }.contains(" Pure.\n") }.map(\.path))
    }

    /// What breaks a rule, a sentence each.
    var breaches: [String] {
        imports.keys.sorted().flatMap { path in
            var found = imports[path, default: []].filter { !isAllowed($0, in: path) }.map {
                "\(path) must not import \($0)"
            }
            if pure.contains(path), reached(from: path).contains(Self.document) {
                found.append("\(path) is pure, and must not reach \(Self.document)")
            }
            return found
        }
    }

    private func isAllowed(_ module: String, in path: String) -> Bool {
        let room = Self.room(of: path)
        guard imports[module] != nil else { return false }
        return room.isEmpty || Self.room(of: module) == room || module == Self.selection
            || Self.mayImport[room]?.contains(Self.room(of: module)) == true
    }

    /// Every module that this one's imports lead to.
    private func reached(from path: String) -> Set<String> {
        var found: Set<String> = []
        var open = [path]
        while let next = open.popLast() {
            open += imports[next, default: []].filter { found.insert($0).inserted }
        }
        return found
    }

    /// The folder of a module; empty for one of the root.
    private static func room(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// The path that a relative one means in a module.
    private static func resolve(_ relative: Substring, from path: String) -> String {
        var folders = path.split(separator: "/").dropLast()
        for step in relative.split(separator: "/") where step != "." {
            if step == ".." { _ = folders.popLast() } else { folders.append(step) }
        }
        return folders.joined(separator: "/")
    }
}
