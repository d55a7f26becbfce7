import HTTPTypes
import RawTCPWeb
import Testing

/// Dates, percent-encoding, contents and what an exchange says about its answer.
@Suite struct HTTPEncodingTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func datesAreWrittenAndReadBack(seconds: Int, text: String) {
        #expect(HTTPDate(seconds: seconds).text == text)
        #expect(HTTPDate(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Non 1994 08:49:37 GMT", "0 0 0 0 0 0"])
    func otherDatesAreNotRead(text: String) { #expect(HTTPDate(text) == nil) }

    @Test func percentDecodingLeavesMistakesAlone() {
        #expect(PercentEncoding.decode("%41%zz%4".utf8) == Array("A%zz%4".utf8))
        #expect(PercentEncoding.decode("a+b".utf8) == Array("a+b".utf8))
        #expect(PercentEncoding.decode("a+b".utf8, plusIsSpace: true) == Array("a b".utf8))
    }

    @Test func collectingStopsAtTheLimit() async throws {
        let octets = [UInt8](repeating: 7, count: 200_000)
        #expect(try await RequestBody(octets).collect(upTo: 200_000) == octets)
        await #expect(throws: BodyError.tooLarge(limit: 199_999)) {
            try await RequestBody(octets).collect(upTo: 199_999)
        }
        let body = RequestBody(octets)
        #expect(try await body.next()?.count == RequestBody.partSize)
    }

    @Test func chunksOfUnknownTotalAreLimitedToo() async {
        let body = RequestBody(declaredLength: nil) { (_) throws(BodyError) in [1, 2, 3] }
        await #expect(throws: BodyError.tooLarge(limit: 10)) { try await body.collect(upTo: 10) }
    }

    private func encoded(_ head: HTTPResponse, _ framing: ResponseFraming) -> String {
        var octets: [UInt8] = []
        let stamp = ResponseStamp(date: HTTPDate(seconds: 0), server: "s/1", requestID: "id")
        ResponseEncoder.encode(head, framing: framing, connection: "close", stamp: stamp, into: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    @Test func aHandlersOwnFramingFieldsAreNotSent() {
        let fields: HTTPFields = [
            .contentType: "text/plain", .transferEncoding: "gzip", .contentLength: "9", .connection: "keep-alive",
            .server: "other",
        ]
        let head = HTTPResponse(status: .ok, headerFields: fields)
        #expect(
            encoded(head, .length(2))
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n"
                + "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: s/1\r\nRequest-Id: id\r\n\r\n")
    }

    @Test func aValueCannotBecomeAnotherField() {
        var head = HTTPResponse(status: .ok)
        head.headerFields[.location] = "/a\r\nSet-Cookie: b"
        #expect(!encoded(head, .absent).contains("\r\nSet-Cookie"))
    }
}
