package import Foundation

/// The project as it lies here: what tests read that hold the tree to its own documents.
package enum Checkout {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The text of one file, given by its path below the root.
    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every file under a folder whose name ends so, by its path below that folder.
    package static func files(under folder: String, endingIn endings: [String]) throws -> [(path: String, text: String)]
    {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path())
        return try paths.sorted().filter { path in endings.contains { path.hasSuffix($0) } }.map { path in
            (path, try text("\(folder)/\(path)"))
        }
    }
}
