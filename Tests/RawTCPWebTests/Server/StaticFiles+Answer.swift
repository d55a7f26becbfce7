import HTTPTypes
import RawTCPWeb

extension StaticFiles {
    /// What a client gets: a file, the problem that it meets, or nil where there is no file.
    func answer(to method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields) -> Response? {
        let head = HTTPRequest(method: method, scheme: "http", authority: "a", path: path, headerFields: fields)
        do {
            return try respond(path: path, request: Request(head: head, rawTarget: path, path: path))
        } catch {
            return Problem(error).response(instance: path)
        }
    }
}
