package import Engine

/// The body of `POST /v1/segments`, read strictly. Nothing of the segment itself is judged: nonsense is what a lab wants.
package struct CraftRequestModel: Sendable {
    package var remote: HostPort?
    package var local: HostPort?
    /// The local port where it stands alone, without an address.
    package var localPort: UInt16?
    /// The id or name of the connection that the segment pretends to be of.
    package var connection: String?
    package private(set) var request: CraftRequest

    /// Reads the members; faults are reported together. The request's subject is still to be settled.
    package init(_ body: StrictObject) throws(Problem) {
        var object = body
        connection = object.string("connection")
        remote = object.read("remote", HostPort.withPort) { $0.text.flatMap { HostPort(withPort: $0) } }
        let place = object.localEndpoint()
        local = place?.endpoint
        localPort = place?.port == 0 ? nil : place?.port
        if connection != nil {
            for name in ["remote", "local"] where object.has(name) && !object.isNull(name) {
                object.addFault(name, "comes from the connection: leave it out")
            }
        } else if remote == nil, object.faults.isEmpty {
            object.addFault("remote", "is required, unless connection names one: \"127.0.0.1:6666\"")
        }
        request = CraftRequest(subject: .connection(ConnectionID(rawValue: 0)))
        request.readHeader(&object)
        request.readContent(&object)
        request.readDelivery(&object, isInConnection: connection != nil)
        try object.finish()
    }

    /// The request about `subject`.
    package func settled(_ subject: CraftRequest.Subject) -> CraftRequest {
        var request = request
        request.subject = subject
        return request
    }
}

extension CraftRequest {
    /// The fields of the TCP header.
    package mutating func readHeader(_ object: inout StrictObject) {
        sequence = object.number("sequence", "relativeSequence")
        acknowledgment = object.number("acknowledgment", "relativeAcknowledgment")
        flags = object.flags()
        if let bits = object.integer("reserved", in: 0...15).map(UInt8.init) {
            reserved = bits & 0xe
            // The lowest of the four is the flag AE.
            if bits & 1 != 0 { flags = (flags ?? []).union(.ae) }
        }
        window = object.integer("window", in: 0...65_535).map(UInt16.init)
        urgentPointer = object.integer("urgentPointer", in: 0...65_535).map(UInt16.init)
        dataOffset =
            object.read("dataOffset", "\"auto\" or a whole number from 0 to 15") { value -> UInt8?? in
                if value == .string("auto") { return .some(nil) }
                guard let words = value.wholeNumber, (0...15).contains(words) else { return nil }
                return UInt8(words)
            } ?? nil
        checksum =
            object.read("checksum", "\"auto\" or four hexadecimal digits such as \"0xbeef\"") { value -> UInt16?? in
                if value == .string("auto") { return .some(nil) }
                guard let text = value.text, text.hasPrefix("0x"), (3...6).contains(text.utf8.count) else { return nil }
                let digits = text.dropFirst(2)
                guard digits.allSatisfy(\.isHexDigit), let value = UInt16(digits, radix: 16) else { return nil }
                return .some(value)
            } ?? nil
    }

    /// Options, payload and IP header.
    package mutating func readContent(_ object: inout StrictObject) {
        options = object.craftedOptions()
        if let options, options.count > 40 {
            object.addFault("options", "take \(options.count) octets; a header has room for 40 (RFC 9293 §3.1)")
        }
        payload = object.object("payload", PayloadModel.read)
        var header = self
        _ = object.object("ip") { child -> Bool? in
            header.readIP(&child)
            return true
        }
        self = header
    }

    private mutating func readIP(_ object: inout StrictObject) {
        ttl = object.integer("ttl", in: 0...255).map(UInt8.init)
        dscp = object.integer("dscp", in: 0...63).map(UInt8.init)
        ecn = object.integer("ecn", in: 0...3).map(UInt8.init)
        identification = object.integer("id", in: 0...Int(UInt32.max)).map(UInt32.init)
        dontFragment = object.bool("dontFragment")
        fragmentSize = object.multipleOfEight("fragmentSize", in: 8...65_528)
        let overlap = object.multipleOfEight("fragmentOverlap", in: 0...65_520)
        fragmentOverlap = overlap ?? 0
        if let overlap, overlap >= fragmentSize ?? 0 {
            object.addFault("fragmentOverlap", "must be less than fragmentSize, which is \(fragmentSize ?? 0)")
        }
    }

    /// How it is sent.
    fileprivate mutating func readDelivery(_ object: inout StrictObject, isInConnection: Bool) {
        pair = object.word("pairs", CraftedSegment.Pair.self)
        if let pair, pair != .duplicate, payload?.count ?? 0 < 2, object.faults.isEmpty {
            object.addFault("pairs", "\(pair.rawValue) needs a payload of at least 2 octets to cut")
        }
        repetitions = object.integer("repeat", in: 1...10_000) ?? 1
        guardKind = object.guardKind() ?? guardKind
        hold = object.interval("hold", in: .zero...(.milliseconds(3_600_000))) ?? hold
        answersAsClosed = object.bool("answerReplies") ?? false
        if isInConnection {
            for name in ["guard", "hold", "answerReplies"] where object.has(name) && !object.isNull(name) {
                object.addFault(name, "is for segments without a connection: the connection's endpoint stays as it is")
            }
        }
    }
}

extension StrictObject {
    /// A sequence number, absolute or counted from the beginning; not both.
    fileprivate mutating func number(_ absolute: String, _ relative: String) -> CraftRequest.Number? {
        let range = 0...Int(UInt32.max)
        let given = integer(absolute, in: range).map { CraftRequest.Number.absolute(SequenceNumber(UInt32($0))) }
        let counted = integer(relative, in: range).map { CraftRequest.Number.relative(UInt32($0)) }
        if given != nil, counted != nil { addFault(relative, "cannot stand beside \(absolute)") }
        return given ?? counted
    }

    fileprivate mutating func flags() -> TCPFlags? {
        let names = TCPFlags.names.map(\.name).joined(separator: ", ")
        let elements = read("flags", "a list of \(names)") { value -> [JSON]? in
            guard case .array(let elements) = value else { return nil }
            return elements
        }
        guard let elements else { return nil }
        var flags: TCPFlags = []
        for (index, element) in elements.enumerated() {
            if let flag = TCPFlags.names.first(where: { $0.name == element.text })?.flag {
                flags.formUnion(flag)
            } else {
                addFault("flags", at: index, "must be one of \(names)")
            }
        }
        return flags
    }

    fileprivate mutating func multipleOfEight(_ name: String, in range: ClosedRange<Int>) -> Int? {
        read(name, "a multiple of 8 from \(range.lowerBound) to \(range.upperBound) (RFC 791 §3.1)") { value in
            guard let number = value.wholeNumber, range.contains(number), number % 8 == 0 else { return nil }
            return number
        }
    }
}
