extension RawSpan {
    /// The octet at `offset`; traps outside the span.
    @inline(__always)
    package func readUInt8(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "octet outside the span")
        return unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The 16 bits at `offset`, most significant octet first; traps outside the span.
    @inline(__always)
    package func readUInt16(at offset: Int) -> UInt16 {
        precondition(offset >= 0 && offset <= byteCount - 2, "16 bits outside the span")
        return UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// The 32 bits at `offset`, most significant octet first; traps outside the span.
    @inline(__always)
    package func readUInt32(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset <= byteCount - 4, "32 bits outside the span")
        return UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The 64 bits at `offset`, most significant octet first; traps outside the span.
    @inline(__always)
    package func readUInt64(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= byteCount - 8, "64 bits outside the span")
        return UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The octets of `range` as an array; traps outside the span.
    package func readOctets(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBytes { [UInt8]($0) }
    }
}

extension MutableRawSpan {
    /// Writes one octet; traps outside the span.
    @inline(__always)
    package mutating func write(_ value: UInt8, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    /// Writes 16 bits, most significant octet first; traps outside the span.
    @inline(__always)
    package mutating func write(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    /// Writes 32 bits, most significant octet first; traps outside the span.
    @inline(__always)
    package mutating func write(_ value: UInt32, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Writes 64 bits, most significant octet first; traps outside the span.
    @inline(__always)
    package mutating func write(_ value: UInt64, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt64.self)
    }
}

extension [UInt8] {
    /// Appends 16 bits, most significant octet first.
    package mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends 32 bits, most significant octet first.
    package mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }
}
