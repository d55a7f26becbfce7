import HTTPTypes
import RawTCPWeb
import Testing

/// Conditions and ranges of a representation: RFC 9110 §13 and §14.
@Suite struct HTTPConditionTests {
    private static let validators = Validators(
        entityTag: "\"a-1\"", lastModified: HTTPDate(seconds: 1_000_000_000), size: 10)
    private static let then = HTTPDate(seconds: 1_000_000_000).text
    private static let before = HTTPDate(seconds: 999_999_999).text

    private func select(_ fields: HTTPFields, _ method: HTTPRequest.Method = .get) -> Validators.Selection {
        Self.validators.select(
            for: HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: fields))
    }

    @Test(
        "each condition in its turn",
        arguments: [
            ([.ifMatch: "\"a-1\""], .content(.whole)), ([.ifMatch: "*"], .content(.whole)),
            ([.ifMatch: "\"b\", \"a-1\""], .content(.whole)), ([.ifMatch: "\"b\""], .preconditionFailed),
            ([.ifMatch: "W/\"a-1\""], .preconditionFailed),
            ([.ifUnmodifiedSince: then], .content(.whole)), ([.ifUnmodifiedSince: before], .preconditionFailed),
            ([.ifUnmodifiedSince: "soon"], .content(.whole)),
            ([.ifMatch: "\"a-1\"", .ifUnmodifiedSince: before], .content(.whole)),
            ([.ifNoneMatch: "\"a-1\""], .notModified), ([.ifNoneMatch: "\"b\", W/\"a-1\""], .notModified),
            ([.ifNoneMatch: "*"], .notModified), ([.ifNoneMatch: "\"b\""], .content(.whole)),
            ([.ifModifiedSince: then], .notModified), ([.ifModifiedSince: before], .content(.whole)),
            ([.ifNoneMatch: "\"b\"", .ifModifiedSince: then], .content(.whole)),
            ([.ifMatch: "\"b\"", .ifNoneMatch: "\"a-1\""], .preconditionFailed),
            ([.ifNoneMatch: "\"a-1\"", .range: "bytes=0-1"], .notModified),
            ([.range: "bytes=0-1"], .content(.part(0..<2))),
            ([.range: "bytes=0-1", .ifRange: "\"a-1\""], .content(.part(0..<2))),
            ([.range: "bytes=0-1", .ifRange: "\"b\""], .content(.whole)),
            ([.range: "bytes=0-1", .ifRange: then], .content(.whole)),
        ] as [(HTTPFields, Validators.Selection)])
    func conditionsAreJudged(fields: HTTPFields, expected: Validators.Selection) {
        #expect(select(fields) == expected)
    }

    @Test func aRangeIsForGETOnly() {
        #expect(select([.range: "bytes=0-1"], .head) == .content(.whole))
    }

    @Test(
        "ranges",
        arguments: [
            (nil, .whole), ("bytes=0-0", .part(0..<1)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
            ("bytes=-30", .part(0..<10)), ("bytes=2-99", .part(2..<10)), ("bytes=10-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=3-2", .whole), ("bytes=a-b", .whole), ("bytes=0-1,3-4", .whole),
            ("lines=1-2", .whole), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes=99999999999999999999999-", .unsatisfiable),
        ] as [(String?, ByteRange)])
    func rangesAreRead(field: String?, expected: ByteRange) { #expect(ByteRange(field, size: 10) == expected) }
}
