/// Takes a request's content out of the octets that follow its head (RFC 9112 §6 and §7.1).
package struct BodyDecoder {
    /// What one step of decoding came to.
    package enum Step: Equatable {
        /// Octets of the content.
        case octets([UInt8])
        /// More input is needed.
        case needsInput
        /// The content is complete.
        case end
    }

    /// Wrong framing; where the content ends cannot be known any more.
    package struct Malformed: Error, Equatable {
        package var detail: String
    }

    private enum Phase {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
    }

    private var phase: Phase

    package init(_ framing: BodyFraming) {
        switch framing {
        case .length(let length): phase = .length(remaining: length)
        case .chunked: phase = .chunked(ChunkedDecoder())
        }
    }

    /// Whether the content was taken to its end.
    package var isComplete: Bool {
        switch phase {
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isComplete
        }
    }

    /// Octets of content still to come, nil if that is unknown.
    package var remaining: Int? {
        switch phase {
        case .length(let remaining): remaining
        case .chunked(let decoder): decoder.isComplete ? 0 : nil
        }
    }

    /// Takes up to `limit` octets of content from the input.
    package mutating func decode(_ input: inout InputBuffer, upTo limit: Int) throws(Malformed) -> Step {
        switch phase {
        case .length(0): return .end
        case .length(let remaining):
            let count = min(remaining, limit, input.count)
            guard count > 0 else { return .needsInput }
            let octets = input.withOctets { Array($0[..<count]) }
            input.consume(count)
            phase = .length(remaining: remaining - count)
            return .octets(octets)
        case .chunked(var decoder):
            defer { phase = .chunked(decoder) }
            return try decoder.decode(&input, upTo: limit)
        }
    }
}
