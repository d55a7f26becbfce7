extension SegmentRecord {
    /// The record as one line, much as tcpdump writes it, with what only the engine knows at its end.
    package var line: String {
        var line = "\(Self.padded(String(number), 6)) \(Self.padded(Self.seconds(facts.elapsed), 12))"
        line += direction == .outbound ? " > " : " < "
        line += Self.paddedRight(connection?.description ?? "-", 4)
        let headers = headers
        line += headers.map { " \(description($0))" } ?? " \(captured) octets that are no IP packet"
        line += ", \(cause.name)"
        if let because { line += ", because \(because)" }
        if let retransmits { line += ", retransmits \(retransmits)" }
        let answers = answers
        if let impairment { line += ", \(impairment.action.name) by \(impairment.name)" }
        if !answers.isEmpty { line += ", answers \(answers.map { String($0) }.joined(separator: "+"))" }
        if checksumVerdict == .bad || checksumVerdict == .zero { line += ", checksum \(checksumVerdict.name)" }
        if before != after { line += ", \(before) -> \(after)" }
        return line
    }

    /// The payload that the log still has, in quotes; what is missing is counted.
    package var payloadText: String {
        let missing = payloadLength - captured
        return "\"\(String(printable: payload))\"" + (missing > 0 ? " and \(missing) octets more" : "")
    }

    private func description(_ headers: PacketHeaders) -> String {
        guard let tcp = headers.tcp else { return "\(headers.source) > \(headers.destination): no TCP header" }
        let source = Endpoint(headers.source, tcp.sourcePort)
        let destination = Endpoint(headers.destination, tcp.destinationPort)
        var text = "\(source) > \(destination): Flags [\(Self.letters(tcp.flags))]"
        text += ", \(sequenceText(tcp))"
        if tcp.flags.contains(.ack) {
            text += ", ack \(relativeAcknowledgment(tcp.acknowledgment) ?? tcp.acknowledgment.rawValue)"
        }
        text += ", win \(scaledWindow(tcp.window, flags: tcp.flags))"
        if tcp.flags.contains(.urg) { text += ", urg \(tcp.urgentPointer)" }
        let options = TCPOption.decode(tcp.options)
        if !options.isEmpty { text += ", options [\(options.map { $0.dumpText(definitions) }.joined(separator: ","))]" }
        return text + ", length \(payloadLength)"
    }

    /// As in tcpdump: a SYN shows its own number, everything else counts from there.
    private func sequenceText(_ tcp: TCPHeader) -> String {
        let isSYN = tcp.flags.contains(.syn)
        let first = isSYN ? tcp.sequence.rawValue : relativeSequence(tcp.sequence) ?? tcp.sequence.rawValue
        return payloadLength == 0 ? "seq \(first)" : "seq \(first):\(first &+ UInt32(payloadLength))"
    }

    /// tcpdump's letters; the dot is ACK.
    private static func letters(_ flags: TCPFlags) -> String {
        let letters: [(TCPFlags, String)] = [
            (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"), (.ece, "E"), (.cwr, "W"),
            (.ae, "e"),
        ]
        let text = letters.filter { flags.contains($0.0) }.map(\.1).joined()
        return text.isEmpty ? "none" : text
    }

    /// Seconds with six decimals, rounded down.
    private static func seconds(_ nanoseconds: Int64) -> String {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + "\(whole)." + String(rest / 1_000, width: 6)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    private static func paddedRight(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}
