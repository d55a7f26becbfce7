package import Engine

/// A request for the log, read: which segments, and how each is shown. Two requests that are equal get the same octets.
package struct SegmentSelection: Hashable, Sendable {
    package var query: SegmentQuery
    package var format: SegmentFormat
    package var fields: FieldSelection
    /// Of the payload in lines for people.
    package var payload: PayloadEncoding?
    /// The run of the service; it is part of the ids of events.
    package var run: String
    /// Indents a table: one row a line.
    package var isPretty = false

    package init(
        query: SegmentQuery, format: SegmentFormat, fields: FieldSelection, payload: PayloadEncoding?, run: String
    ) {
        self.query = query
        self.format = format
        self.fields = fields
        self.payload = payload
        self.run = run
    }
}

/// A stretch of the log, rendered.
package struct RenderedPage: Sendable {
    package var octets: [UInt8] = []
    /// What has been examined: the next page begins behind it.
    package var end: LogPosition
    /// Segments in it.
    package var count = 0
    /// The connection that was asked for is over.
    package var isLast = false
}
