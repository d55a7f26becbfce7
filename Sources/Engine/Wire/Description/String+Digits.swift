extension String {
    /// The digits of a number that is not negative, with zeros in front up to this width.
    package init(_ number: some BinaryInteger, radix: Int = 10, width: Int) {
        let digits = String(number, radix: radix)
        self = String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }

    /// Two lower-case hexadecimal digits for each octet.
    package init(hex octets: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        let text = octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        self = String(decoding: text, as: UTF8.self)
    }
}
