// The rooms of the source tree and the arrows between them.

/// One room of the source tree: which files are in it, and what they may know.
struct Room {
    let name: String
    /// Paths under `Sources`, each a folder (with a slash at the end) or a file.
    let paths: [String]
    /// The rooms whose types it may name, its own aside.
    let mayName: Set<String>
    /// The only modules that it may import; nil: any but those of `mayNotImport`.
    var mayImport: Set<String>?
    var mayNotImport: Set<String> = []
    /// The files of a pure room that may pass a suspension on.
    var mayAwait: Set<String> = []
    /// A pure room neither waits nor asks for the time.
    var isPure: Bool { mayImport != nil }

    private static let collections: Set = ["DequeModule", "HeapModule", "OrderedCollections"]

    private static func pure(_ name: String, _ paths: [String], mayName: Set<String>) -> Room {
        Room(name: name, paths: paths, mayName: mayName, mayImport: collections)
    }

    /// docs/architecture.md, "Rooms": arrows never reverse. Each set is closed: what a room may reach over others is in it.
    static let all: [Room] = [
        .pure("Wire", ["Engine/Wire/"], mayName: []),
        .pure("Recovery", ["Engine/Recovery/"], mayName: ["Wire"]),
        .pure("Congestion", ["Engine/Congestion/"], mayName: ["Wire"]),
        .pure("TCP", ["Engine/TCP/"], mayName: ["Wire", "Recovery", "Congestion"]),
        .pure("Log", ["Engine/Log/"], mayName: ["Wire"]),
        .pure("Stack", ["Engine/Stack/"], mayName: ["Wire", "Recovery", "Congestion", "TCP", "Log"]),
        .pure("Lab", ["Engine/Lab/"], mayName: ["Wire", "Recovery", "Congestion", "TCP", "Log", "Stack"]),
        Room(name: "Link", paths: ["Engine/Link/"], mayName: ["Wire"], mayNotImport: ["Foundation"]),
        Room(
            name: "Engine", paths: ["Engine/"],
            mayName: ["Wire", "Recovery", "Congestion", "TCP", "Log", "Stack", "Lab", "Link"]),
        Room(
            name: "HTTP", paths: ["RawTCPWeb/HTTP/"], mayName: [], mayImport: collections.union(["HTTPTypes"]),
            // Where handlers pull a request's content and push an answer's: how they wait is the server's business.
            mayAwait: ["RawTCPWeb/HTTP/RequestBody.swift", "RawTCPWeb/HTTP/Response.swift"]),
        Room(name: "Files", paths: ["RawTCPWeb/Files/"], mayName: ["HTTP"], mayNotImport: ["Engine"]),
        Room(name: "Server", paths: ["RawTCPWeb/Server/"], mayName: ["HTTP", "Files"], mayNotImport: ["Engine"]),
        Room(name: "Capture", paths: ["RawTCPWeb/Capture/"], mayName: ["HTTP", "Files"], mayNotImport: ["CNIO"]),
        Room(
            name: "API", paths: ["RawTCPWeb/API/"], mayName: ["HTTP", "Files", "Capture"], mayNotImport: ["CNIO"]),
        Room(name: "Command", paths: ["RawTCPWeb/Command/"], mayName: ["HTTP", "Files", "Server", "Capture", "API"]),
    ]

    /// The room of a file, given by its path under `Sources`; the longest path that fits wins.
    static func containing(_ path: String) -> Room? {
        let fitting = all.flatMap { room in
            room.paths.filter { $0.hasSuffix("/") ? path.hasPrefix($0) : path == $0 }.map { (room, $0.utf8.count) }
        }
        return fitting.max { $0.1 < $1.1 }?.0
    }

    /// Rooms of the same module see each other's types without an import; only those need the comparison of names.
    var module: String { String(paths[0].prefix { $0 != "/" }) }
}
