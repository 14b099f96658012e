/// UTCTime and GeneralizedTime as RFC 5280 4.1.2.5 wants them: to the second, in `Z`, UTCTime up to 2049 and only up to
/// then.
enum ASN1Time {
  /// Unix seconds; nil for another form or a date that does not exist.
  static func read(_ element: DERReader.Element) -> Int64? {
    let text = Array(element.content)
    let yearDigits: Int
    switch element.tag {
    case DERTag.utcTime: yearDigits = 2
    case DERTag.generalizedTime: yearDigits = 4
    default: return nil
    }
    guard text.count == yearDigits + 11, text.last == UInt8(ascii: "Z"),
      text.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    func number(_ range: Range<Int>) -> Int { text[range].reduce(0) { $0 * 10 + Int($1 - 0x30) } }
    func pair(_ index: Int) -> Int { number(yearDigits + 2 * index..<yearDigits + 2 * index + 2) }
    var year = number(0..<yearDigits)
    if yearDigits == 2 { year += year < 50 ? 2000 : 1900 } else if year < 2050 { return nil }
    let (month, day, hour, minute, second) = (pair(0), pair(1), pair(2), pair(3), pair(4))
    guard (1...12).contains(month), day >= 1, day <= days(inMonth: month, of: year), hour < 24, minute < 60, second < 60
    else { return nil }
    return Int64(daysSinceEpoch(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second)
  }

  /// Nil outside the years 1950 to 9999.
  static func write(_ time: Int64) -> [UInt8]? {
    guard time >= earliest, time <= latest else { return nil }
    let days = Int(time >= 0 ? time / 86400 : -((-time + 86399) / 86400))
    let rest = Int(time) - days * 86400
    let (year, month, day) = civil(days)
    func digits(_ value: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(value)".utf8.count)) + "\(value)"
    }
    let tail = [month, day, rest / 3600, rest / 60 % 60, rest % 60].map { digits($0, 2) }.joined() + "Z"
    return year < 2050
      ? DER.element(DERTag.utcTime, Array((digits(year % 100, 2) + tail).utf8))
      : DER.element(DERTag.generalizedTime, Array((digits(year, 4) + tail).utf8))
  }

  static let earliest: Int64 = -631_152_000  // 1950-01-01T00:00:00Z
  static let latest: Int64 = 253_402_300_799  // 9999-12-31T23:59:59Z, also "no end" (RFC 5280 4.1.2.5)

  private static func days(inMonth month: Int, of year: Int) -> Int {
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Gregorian calendar counted from 1 March, 400 years at a time.
  private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int) -> (Int, Int, Int) {
    let z = days + 719_468
    let era = z / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}
