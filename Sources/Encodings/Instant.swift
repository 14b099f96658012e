/// A moment in UTC, to the nanosecond. Leap seconds do not exist, as in POSIX time.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// 0...999,999,999, always added to `seconds`.
  public let nanoseconds: UInt32

  /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  public init(seconds: Int64, nanoseconds: UInt32 = 0) {
    precondition(nanoseconds < 1_000_000_000)
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// RFC 3339, strictly: `2026-11-22T09:15:03Z`, with a fraction of 1 to 9 digits and `Z` or an offset up to ±23:59.
  /// Nil for a date that does not exist, hour 24, second 60, lower-case letters, or a moment outside the years 0000 to
  /// 9999.
  public init?(rfc3339 text: String) { self.init(Array(text.utf8), offsetRequired: true) }
  public init?(rfc3339 text: Text) { self.init(text.bytes, offsetRequired: true) }
  public init?(rfc3339 text: JSONView) {
    guard let utf8 = text.utf8 else { return nil }
    self.init(utf8, offsetRequired: true)
  }

  /// An XSD dateTimeStamp as VCDM 2.0 section 5.8 reads it: as `rfc3339`, and without an offset it is UTC.
  public init?(xsdDateTime text: String) { self.init(Array(text.utf8), offsetRequired: false) }
  public init?(xsdDateTime text: Text) { self.init(text.bytes, offsetRequired: false) }
  public init?(xsdDateTime text: JSONView) {
    guard let utf8 = text.utf8 else { return nil }
    self.init(utf8, offsetRequired: false)
  }

  private init?(_ bytes: [UInt8], offsetRequired: Bool) {
    guard let found = bytes.withUnsafeBufferPointer({ Instant($0, offsetRequired: offsetRequired) }) else { return nil }
    self = found
  }

  private init?(_ bytes: UnsafeBufferPointer<UInt8>, offsetRequired: Bool) {
    guard bytes.count >= 19, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let date = CivilDate(UnsafeBufferPointer(rebasing: bytes[..<10])), let hour = twoDigits(bytes, 11), hour < 24,
      let minute = twoDigits(bytes, 14), minute < 60, let second = twoDigits(bytes, 17), second < 60
    else { return nil }
    var at = 19
    var nanoseconds: UInt32 = 0
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      let digits = bytes[(at + 1)...].prefix { ASCII.isDigit($0) }
      guard (1...9).contains(digits.count) else { return nil }
      for digit in digits { nanoseconds = nanoseconds * 10 + UInt32(digit - 0x30) }
      for _ in digits.count..<9 { nanoseconds *= 10 }
      at = digits.endIndex
    }
    var offset = 0
    switch bytes[at...].first {
    case nil where !offsetRequired: break
    case UInt8(ascii: "Z") where at + 1 == bytes.count: break
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard bytes.count == at + 6, bytes[at + 3] == UInt8(ascii: ":"), let hours = twoDigits(bytes, at + 1), hours < 24,
        let minutes = twoDigits(bytes, at + 4), minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "-") ? -60 : 60)
    default: return nil
    }
    let seconds = date.days * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
    guard Self.firstSecond <= seconds, seconds <= Self.lastSecond else { return nil }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  private static let firstSecond: Int64 = -62_167_219_200  // 0000-01-01T00:00:00Z
  private static let lastSecond: Int64 = 253_402_300_799  // 9999-12-31T23:59:59Z

  public static func < (left: Instant, right: Instant) -> Bool {
    left.seconds != right.seconds ? left.seconds < right.seconds : left.nanoseconds < right.nanoseconds
  }

  /// `2026-11-22T09:15:03Z`; a fraction only when it is not zero, without trailing zeros.
  public var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The same as bytes.
  func append(to text: inout [UInt8]) {
    let remainder = Int(seconds % 86_400)
    let time = remainder < 0 ? remainder + 86_400 : remainder
    CivilDate(of: self).append(to: &text)
    text.append(UInt8(ascii: "T"))
    appendTwo(time / 3_600, to: &text)
    text.append(UInt8(ascii: ":"))
    appendTwo(time / 60 % 60, to: &text)
    text.append(UInt8(ascii: ":"))
    appendTwo(time % 60, to: &text)
    if nanoseconds > 0 {
      var digits = padded(Int(nanoseconds), 9)
      while digits.last == 0x30 { digits.removeLast() }
      text.append(UInt8(ascii: "."))
      text += digits
    }
    text.append(UInt8(ascii: "Z"))
  }

  /// Stops at the ends of Int64 instead of overflowing.
  public func adding(seconds more: Int64) -> Instant {
    let (sum, overflow) = seconds.addingReportingOverflow(more)
    return Instant(seconds: overflow ? (more > 0 ? .max : .min) : sum, nanoseconds: nanoseconds)
  }

  /// Days of 86,400 seconds.
  public func adding(days: Int64) -> Instant {
    let (more, overflow) = days.multipliedReportingOverflow(by: 86_400)
    return adding(seconds: overflow ? (days > 0 ? .max : .min) : more)
  }
}

/// A day of the Gregorian calendar, in UTC.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let year, month, day: Int

  /// `YYYY-MM-DD`, a day that exists, year 0000 to 9999.
  public init?(_ text: String) {
    guard let day = Array(text.utf8).withUnsafeBufferPointer({ CivilDate($0) }) else { return nil }
    self = day
  }

  /// `YYYY-MM-DD`, nothing before it or behind it.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let century = twoDigits(bytes, 0), let rest = twoDigits(bytes, 2), let month = twoDigits(bytes, 5),
      let day = twoDigits(bytes, 8)
    else { return nil }
    self.init(year: century * 100 + rest, month: month, day: day)
  }

  /// Nil when there is no such day between the years 0 and 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let length =
      switch month {
      case 2: leap ? 29 : 28
      case 4, 6, 9, 11: 30
      default: 31
      }
    guard day <= length else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day in which the moment lies.
  public init(of instant: Instant) { self.init(days: Self.floorDays(instant.seconds)) }

  /// Whole days since 1970, also before it: -1 second is in day -1.
  static func floorDays(_ seconds: Int64) -> Int64 {
    let days = seconds / 86_400
    return seconds % 86_400 < 0 ? days - 1 : days
  }

  // Eras of 400 years = 146,097 days, counted from 0000-03-01, so that the leap day is the last of its year.
  private init(days: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = Int(yearOfEra + era * 400 + (shiftedMonth >= 10 ? 1 : 0))
  }

  /// Days since 1970-01-01.
  var days: Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  public static func < (left: CivilDate, right: CivilDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  public var startOfDay: Instant { Instant(seconds: 0).adding(days: days) }
  /// 23:59:59.
  public var endOfDay: Instant { startOfDay.adding(seconds: 86_399) }
  public func adding(days more: Int64) -> CivilDate { CivilDate(of: startOfDay.adding(days: more)) }

  public var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  fileprivate func append(to text: inout [UInt8]) {
    if (0...9_999).contains(year) {
      appendTwo(year / 100, to: &text)
      appendTwo(year % 100, to: &text)
    } else {
      text += padded(year, 4)
    }
    text.append(UInt8(ascii: "-"))
    appendTwo(month, to: &text)
    text.append(UInt8(ascii: "-"))
    appendTwo(day, to: &text)
  }
}

private func twoDigits(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
  guard ASCII.isDigit(bytes[at]), ASCII.isDigit(bytes[at + 1]) else { return nil }
  return Int(bytes[at] - 0x30) * 10 + Int(bytes[at + 1] - 0x30)
}

/// Of 0...99.
private func appendTwo(_ number: Int, to text: inout [UInt8]) {
  text.append(0x30 + UInt8(truncatingIfNeeded: number / 10))
  text.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
}

private func padded(_ number: Int, _ width: Int) -> [UInt8] {
  var digits: [UInt8] = []
  var rest = number.magnitude
  while rest > 0 || digits.count < width {
    digits.append(UInt8(0x30 + rest % 10))
    rest /= 10
  }
  if number < 0 { digits.append(UInt8(ascii: "-")) }
  return digits.reversed()
}
