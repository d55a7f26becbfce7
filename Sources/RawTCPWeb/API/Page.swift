/// Which part of a list a request wants.
package struct Page: Sendable {
    /// Most elements.
    package let limit: Int
    /// What marks the last element seen: its id or its name.
    package let after: String?

    /// What stands behind the mark in a list that is ordered by name, be the element so named still there or not.
    func rest<Element>(ofNamed all: [Element], _ name: (Element) -> String) -> [Element] {
        guard let after else { return all }
        return all.filter { name($0) > after }
    }

    /// What stands behind the mark in a list whose elements are numbered as they come. `number` reads the mark, be the
    /// element of that number still there or not.
    func rest<Element, Number: Comparable>(
        of all: [Element], _ own: (Element) -> Number, _ number: (_ mark: String) async -> Number?
    ) async throws(Problem) -> [Element] {
        guard let after else { return all }
        guard let mark = await number(after) else { throw Self.unknownMark }
        return all.filter { own($0) > mark }
    }

    /// Nothing in the list is or was marked so.
    private static var unknownMark: Problem {
        Problem(faults: [.parameter("after", "must be the next of the page before")])
    }
}

extension QueryParameters {
    /// Reads `limit=` and `after=` of a list.
    package mutating func page(defaultLimit: Int = 100, longest: Int = 10_000) -> Page {
        Page(limit: integer("limit", in: 1...longest) ?? defaultLimit, after: string("after"))
    }
}

extension Call {
    /// The page that a list without other parameters is asked for.
    func page() throws(Problem) -> Page {
        var query = query
        let page = query.page()
        try query.finish()
        return page
    }

    /// Answers as much of a list as the page holds, under its name, and as `next` the mark of the last element where there
    /// are more.
    func answer<Element>(
        _ name: String, _ rest: some Collection<Element>, _ page: Page, mark: (Element) -> String,
        _ json: (Element) -> JSON
    ) -> Response {
        let shown = Array(rest.prefix(page.limit))
        return answer([
            name: .array(shown.map(json)), "next": .string(rest.count > shown.count ? shown.last.map(mark) : nil),
        ])
    }
}
