/// The page that a problem's `type` points to. It reflects nothing of the request.
package enum ProblemPage {
    /// The page of one kind of problem.
    package static func html(_ type: ProblemType) -> String {
        let explanation = type.explanation
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(escaped(explanation.title)) · RawTCPWeb</title>
            <h1>\(escaped(explanation.title))</h1>
            <p><code>\(type.rawValue)</code>, status \(type.status)</p>
            <h2>Cause</h2>
            <p>\(escaped(explanation.cause))</p>
            <h2>Remedy</h2>
            <p>\(escaped(explanation.remedy))</p>
            </html>

            """
    }

    private static func escaped(_ text: String) -> String {
        var html = ""
        for character in text {
            switch character {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            default: html.append(character)
            }
        }
        return html
    }
}
