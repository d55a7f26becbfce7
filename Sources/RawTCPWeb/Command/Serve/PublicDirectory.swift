import Glibc

/// The directory of the page, and the description of the HTTP surface that lies in it.
struct PublicDirectory {
    let path: String
    /// The text of `openapi.json`.
    let description: [UInt8]

    /// What a directory must hold to be it.
    private static let mark = "openapi.json"

    /// The directory given, else `Public` here, else `Public` in the package that the program was built in.
    init(_ given: String?) throws {
        let candidates = given.map { [$0] } ?? ["Public"] + Executable.ancestors.prefix(5).map { $0 + "/Public" }
        guard let path = candidates.first(where: { access($0 + "/" + Self.mark, R_OK) == 0 }),
            let description = TextFile.octets(at: path + "/" + Self.mark)
        else {
            let place = given.map { "in \($0)" } ?? "here or beside the program"
            throw Failure(status: EX_NOINPUT, message: "no Public with openapi.json \(place): give --public DIR").exit
        }
        self.path = path
        self.description = description
    }
}
