/// Wall-clock times as RFC 3339 writes them, in UTC.
package enum Timestamp {
    /// `2026-01-02T03:04:05.123456789Z` for a time in nanoseconds since 1970.
    package static func text(nanoseconds: Int64) -> String {
        var octets: [UInt8] = []
        write(nanoseconds: nanoseconds, into: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// Appends the same: every record of the log has one, hence no strings in between.
    package static func write(nanoseconds: Int64, into octets: inout [UInt8]) {
        let (seconds, fraction) = floorDivide(nanoseconds, 1_000_000_000)
        let (days, second) = floorDivide(seconds, 86_400)
        let (year, month, day) = civilDate(days: days)
        let parts = [
            (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (second / 3_600, 2, ":"), (second / 60 % 60, 2, ":"),
            (second % 60, 2, "."), (fraction, 9, "Z"),
        ]
        for (number, width, end) in parts {
            octets.append(decimal: UInt(number), width: width)
            octets.append(end)
        }
    }

    /// The Gregorian date that lies `days` after 1970-01-01. Years are counted from 1 March, so that the leap day comes
    /// last and the months' lengths follow one formula.
    private static func civilDate(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)  // days from 0000-03-01; days in 400 years
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
