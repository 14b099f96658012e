import Encodings
import Testing

/// Moments and days.
@Suite struct InstantTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-22T00:00:00Z", 1_795_305_600, 0),
      ("2027-11-21T23:59:59Z", 1_826_841_599, 0), ("2026-11-22T12:15:00+04:00", 1_795_335_300, 0),
      ("2026-11-21T20:15:00-12:00", 1_795_335_300, 0), ("2000-02-29T12:00:00Z", 951_825_600, 0),
      ("0000-01-01T00:00:00Z", -62_167_219_200, 0), ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
      ("1969-12-31T23:59:59.5Z", -1, 500_000_000), ("2026-11-22T00:00:00.000000001Z", 1_795_305_600, 1),
      ("2026-11-22T00:00:00.120Z", 1_795_305_600, 120_000_000),
      ("2026-11-22T00:00:00-00:00", 1_795_305_600, 0), ("2026-11-22T23:59:00+23:59", 1_795_305_600, 0),
    ] as [(String, Int64, UInt32)]
  )
  func read(_ text: String, _ seconds: Int64, nanoseconds: UInt32) {
    #expect(Instant(rfc3339: text) == Instant(seconds: seconds, nanoseconds: nanoseconds))
    #expect(Instant(xsdDateTime: text) == Instant(seconds: seconds, nanoseconds: nanoseconds))
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22T00:00:00", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T23:60:00Z", "2026-11-22T23:59:60Z",
    "2026-11-22t00:00:00Z", "2026-11-22T00:00:00z", "2026-11-22 00:00:00Z",
    "2026-11-22T00:00:00Z ", " 2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z junk", "2026-1-1T0:0:0Z",
    "2026-11-22T00:00Z", "2026-11-22T00:00:00.Z", "2026-11-22T00:00:00.1234567890Z",
    "2026-11-22T00:00:00,5Z", "2026-11-22T00:00:00+24:00", "2026-11-22T00:00:00+04:60", "2026-11-22T00:00:00+0400",
    "2026-11-22T00:00:00+04", "2026-11-22T00:00:00+04:00Z",
    "02026-11-22T00:00:00Z", "12026-11-22T00:00:00Z", "-026-11-22T00:00:00Z", "+026-11-22T00:00:00Z",
    "２026-11-22T00:00:00Z", "2026-11-22T00:00:0٣Z", "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01", "2026-11-22T-1:00:00Z", "2026-11-22T+1:00:00Z",
  ]) func refused(_ text: String) { #expect(Instant(rfc3339: text) == nil) }

  @Test func withoutOffsetOnlyWhereAllowed() {
    #expect(Instant(xsdDateTime: "2026-11-22T00:00:00") == Instant(seconds: 1_795_305_600))
    #expect(Instant(xsdDateTime: "2026-11-22T00:00:00.25") == Instant(seconds: 1_795_305_600, nanoseconds: 250_000_000))
    #expect(Instant(xsdDateTime: "2026-11-22") == nil)
    #expect(Instant(xsdDateTime: "2026-11-22T24:00:00") == nil)
  }

  @Test func written() {
    #expect(Instant(seconds: 1_795_335_300).description == "2026-11-22T08:15:00Z")
    #expect(Instant(seconds: -1, nanoseconds: 500_000_000).description == "1969-12-31T23:59:59.5Z")
    #expect(Instant(seconds: 0, nanoseconds: 1).description == "1970-01-01T00:00:00.000000001Z")
    #expect(Instant(seconds: -62_167_219_200).description == "0000-01-01T00:00:00Z")
  }

  @Test func everyDayOfFourCenturiesComesBack() throws {
    var date = try #require(CivilDate("1899-12-25"))
    var seconds = date.startOfDay.seconds
    for _ in 0..<146_200 {
      let next = date.adding(days: 1)
      #expect(date < next)
      #expect(CivilDate(date.description) == date)
      seconds += 86_400
      #expect(next.startOfDay.seconds == seconds)
      date = next
    }
    #expect(date.description == "2300-04-07")
  }

  @Test func civilDates() throws {
    let day = try #require(CivilDate("2026-11-22"))
    #expect((day.year, day.month, day.day) == (2026, 11, 22))
    #expect(day.startOfDay.description == "2026-11-22T00:00:00Z")
    #expect(day.endOfDay.description == "2026-11-22T23:59:59Z")
    #expect(CivilDate(of: Instant(seconds: -1)).description == "1969-12-31")
    for text in ["2026-11-2", "2026-1-22", "2026/11/22", "2026-11-31", "20261122", "2026-11-22T", "", "２026-11-22"] {
      #expect(CivilDate(text) == nil)
    }
  }

  @Test func arithmeticStopsAtTheEnds() {
    #expect(Instant(seconds: .max).adding(seconds: 1).seconds == .max)
    #expect(Instant(seconds: .min).adding(days: -1).seconds == .min)
    #expect(Instant(seconds: 0).adding(days: .max).seconds == .max)
    #expect(Instant(seconds: 0).adding(days: .min).seconds == .min)
    #expect(Instant(seconds: 5, nanoseconds: 7).adding(days: 1) == Instant(seconds: 86_405, nanoseconds: 7))
    #expect(Instant(seconds: 1, nanoseconds: 2) < Instant(seconds: 1, nanoseconds: 3))
    for end in [Instant(seconds: .max), Instant(seconds: .min)] {
      #expect(end.description.hasSuffix("Z"))
      #expect(CivilDate(of: end).startOfDay <= CivilDate(of: end).endOfDay)
    }
  }
}
