// Judges a set of source files by the rooms they are in.

/// One Swift file: its path under `Sources`, and its text.
struct SourceFile {
    let path: String
    let text: SwiftText

    init(path: String, source: String) {
        self.path = path
        text = SwiftText(source)
    }
}

/// A place where the source breaks a rule of docs/architecture.md.
struct Breach: Hashable, CustomStringConvertible {
    let path: String
    let line: Int
    let name: String
    let reason: String

    var description: String { "\(path):\(line): \(name): \(reason)" }
}

/// The rules about rooms, over a set of files.
struct Architecture {
    let files: [SourceFile]
    /// The types that each room declares at the top of a file, and so under their bare name for the whole module.
    private let exported: [String: Set<String>]
    /// The types that each room declares at any depth: a bare name means one of these before any other room's.
    private let declared: [String: Set<String>]

    init(_ files: [SourceFile]) {
        self.files = files
        var exported: [String: Set<String>] = [:]
        var declared: [String: Set<String>] = [:]
        for file in files {
            guard let room = Room.containing(file.path) else { continue }
            for declaration in file.text.declarations {
                declared[room.name, default: []].insert(declaration.name)
                if declaration.isExported { exported[room.name, default: []].insert(declaration.name) }
            }
        }
        self.exported = exported
        self.declared = declared
    }

    var breaches: [Breach] {
        files.flatMap { file in
            guard let room = Room.containing(file.path) else {
                return [Breach(path: file.path, line: 1, name: file.path, reason: "is in no room")]
            }
            return reversedArrows(in: file, of: room) + forbiddenImports(in: file, of: room)
                + impurities(in: file, of: room)
        }
    }

    /// The names that a room must not say, each with the room that it belongs to.
    func forbiddenNames(for room: Room) -> [String: String] {
        var forbidden: [String: String] = [:]
        for other in Room.all where other.module == room.module && other.name != room.name {
            guard !room.mayName.contains(other.name) else { continue }
            for name in exported[other.name] ?? [] { forbidden[name] = other.name }
        }
        for visible in room.mayName.union([room.name]) {
            for name in declared[visible] ?? [] { forbidden[name] = nil }
        }
        return forbidden
    }

    private func reversedArrows(in file: SourceFile, of room: Room) -> [Breach] {
        let forbidden = forbiddenNames(for: room)
        let parameters = file.text.genericParameters
        return file.text.tokens.compactMap { token in
            guard !token.isMember, !parameters.contains(token.text), let owner = forbidden[token.text] else {
                return nil
            }
            return Breach(
                path: file.path, line: token.line, name: token.text,
                reason: "\(room.name) must not know a type of \(owner)")
        }
    }

    private func forbiddenImports(in file: SourceFile, of room: Room) -> [Breach] {
        file.text.imports.compactMap { module, line in
            let isAllowed = room.mayImport?.contains(module) ?? !room.mayNotImport.contains(module)
            guard !isAllowed else { return nil }
            return Breach(path: file.path, line: line, name: module, reason: "\(room.name) must not import this module")
        }
    }

    private func impurities(in file: SourceFile, of room: Room) -> [Breach] {
        guard room.isPure else { return [] }
        return file.text.tokens.compactMap { token in
            let waits = token.text == "await" && !room.mayAwait.contains(file.path)
            guard waits || token.text == "now" && token.isMember else { return nil }
            return Breach(path: file.path, line: token.line, name: token.text, reason: "\(room.name) is pure")
        }
    }
}
