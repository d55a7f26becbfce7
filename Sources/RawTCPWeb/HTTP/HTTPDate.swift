/// A time as HTTP writes it (RFC 9110 §5.6.7), reckoned without a calendar library.
package struct HTTPDate: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    package static func < (a: Self, b: Self) -> Bool { a.seconds < b.seconds }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970 began on a Thursday
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var text: String {
        var octets: [UInt8] = []
        write(into: &octets)
        return octets.text
    }

    /// Appends the preferred form. Every response carries one, hence no formatting and no strings in between.
    package func write(into octets: inout [UInt8]) {
        let second = ((seconds % 86_400) + 86_400) % 86_400
        let days = (seconds - second) / 86_400
        let (year, month, day) = Self.civil(fromDays: days)
        octets.append(Self.weekdays[((days % 7) + 7) % 7])
        octets.append(", ")
        Self.write(day, followedBy: .space, into: &octets)
        octets.append(Self.months[month - 1])
        octets.append(.space)
        octets.append(String(year))
        octets.append(.space)
        Self.write(second / 3600, followedBy: UInt8(ascii: ":"), into: &octets)
        Self.write(second / 60 % 60, followedBy: UInt8(ascii: ":"), into: &octets)
        Self.write(second % 60, followedBy: .space, into: &octets)
        octets.append("GMT")
    }

    /// Reads the preferred form; nil for anything else. RFC 9110 lets an unreadable If-Modified-Since be ignored, so the
    /// two obsolete forms cost a client no more than a fresh copy.
    package init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].count == 4, parts[5] == "GMT", let day = Int(parts[1]), 1...31 ~= day,
            let month = Self.months.firstIndex(of: String(parts[2])), let year = Int(parts[3]), 1...9999 ~= year
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, 0...23 ~= clock[0], 0...59 ~= clock[1], 0...60 ~= clock[2] else { return nil }
        let days = Self.days(fromYear: year, month: month + 1, day: day)
        seconds = days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    private static func write(_ number: Int, followedBy separator: UInt8, into octets: inout [UInt8]) {
        octets.append(UInt8(0x30 + number / 10 % 10))
        octets.append(UInt8(0x30 + number % 10))
        octets.append(separator)
    }

    /// Days are counted from 0000-03-01, so that the leap day is the last of its year; 400 years have 146,097 days.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(fromYear year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
