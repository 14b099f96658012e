import Encodings
import Foundation
import Sheets
import TestSupport
import Testing

/// The sample sheets of a chamber's office, found beside the vectors. Absent: a line that says so.
private func sample(_ name: String) throws -> [UInt8]? {
  guard let folder = VectorSet.folder("../samples") else { return nil }
  return [UInt8](try Data(contentsOf: folder.appending(path: name)))
}

/// The shipped sheets with their expected faults.
struct SampleTests {
  /// A fault of the list, as "line column". Unpaid fees are refused when issuing, not here.
  private func expectedFaults() throws -> [String]? {
    guard let bytes = try sample("members-faults.json") else { return nil }
    let list = try #require(try JSON.parse(bytes).object?["faults"]?.array)
    return try list.compactMap { fault in
      let fault = try #require(fault.object)
      let row = try #require(fault["row"]?.int)
      if fault["why"]?.string?.hasPrefix("fees not paid") == true { return nil }
      return "\(row) \(fault["column"]?.string ?? "-")"
    }
  }

  @Test func twelveThousandGoodRowsHaveNoFault() throws {
    guard let bytes = try sample("members.csv") else { return }
    let rules = try TestRules.make()
    let clock = ContinuousClock()
    let start = clock.now
    let sheet = MemberSheet.read(bytes, rules: rules)
    print("members.csv: \(sheet.rowCount) rows in \(clock.now - start)")
    #expect(sheet.rowCount == 12_000 && sheet.rows.count == 12_000)
    #expect(sheet.faults.prefix(5).map(\.description) == [])
    #expect(Set(sheet.rows.map(\.key)).count == 12_000)
    let first = try #require(sheet.rows.first)
    #expect(
      first.key == "dubai/517919" && first.row == 2 && first.nameEn == "Desert Rose Handicrafts Sole Establishment"
    )
    #expect(first.nameAr == "مؤسسة فردية وردة الصحراء للحرف اليدوية" && first.membership == .member)
    let lastDay = try #require(CivilDate("2027-12-31"))
    #expect(first.feesPaid(on: lastDay) && !first.feesPaid(on: lastDay.adding(days: 1)))
    #expect(sheet.rows.count { $0.storefront == nil } == 1_195)
    #expect(sheet.rows.count { $0.platform == "alibaba" } == 6_606)
  }

  @Test func theFaultySheetHasExactlyItsFaults() throws {
    guard let bytes = try sample("members-faults.csv"), let expected = try expectedFaults() else { return }
    let sheet = MemberSheet.read(bytes, rules: try TestRules.make())
    #expect(sheet.rowCount == 301 && sheet.rows.count == 301 - expected.count)
    #expect(sheet.faults.map { "\($0.row) \($0.column ?? "-")" } == expected)
    #expect(
      sheet.faults.map(\.code) == [
        "name_missing", "unknown_chamber", "jurisdiction_unknown", "date_invalid", "date_format", "host_is_ip",
        "binding_too_wide",
        "binding_too_wide", "url_ambiguous", "formula", "name_bidi_control", "name_confusable",
        "licence_number_invalid", "duplicate_member",
        "legal_form_unknown", "email_invalid", "name_ar_not_arabic", "scheme_refused", "name_length", "columns_missing",
      ]
    )
    #expect(
      sheet.faults.filter { $0.code == "binding_too_wide" }.map { $0.params["why"] } == ["platform_apex", "wildcard"]
    )
    // The row with unpaid fees is imported.
    #expect(sheet.rows.contains { $0.row == 157 && $0.feesPaidUntil?.description == "2025-12-31" })
    VectorSet.ran("members-faults", cases: expected.count, passed: sheet.faults.count)
  }

  /// One bad row at each of 200 places: it is found there, with its own data, and nowhere else.
  @Test func aBadRowIsFoundWhereverItStands() throws {
    guard let bytes = try sample("members.csv") else { return }
    let lines = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n").split(
      separator: "\n"
    ).prefix(202).map(String.init)
    let rules = try TestRules.make()
    for place in 1...200 {
      var changed = lines.prefix(place + 3)  // a few rows behind it
      var cells = changed[place].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      cells[8] = "2026-02-3\(place % 10)"
      changed[place] = cells.joined(separator: ",")
      let sheet = MemberSheet.read(Array(changed.joined(separator: "\r\n").utf8), rules: rules)
      #expect(
        sheet.faults.map { "\($0.row) \($0.column ?? "-") \($0.code)" } == ["\(place + 1) member_since date_invalid"]
      )
      #expect(sheet.faults.first?.params["value"] == "'\(cells[8])'")
      #expect(sheet.rows.map(\.row) == (2...changed.count).filter { $0 != place + 1 })
      // Each other row holds its own number.
      #expect(sheet.rows.allSatisfy { row in lines[row.row - 1].hasPrefix("\(row.chamber),\(row.number),") })
    }
  }
}
