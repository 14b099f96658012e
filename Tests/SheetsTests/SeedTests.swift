import Encodings
import Foundation
import Sheets
import TestSupport
import Testing

/// The members of the sample world.
struct SeedTests {
  /// The members of the sample world are good, and hold the cases the demo tells of.
  @Test func theSampleMembersAreGood() throws {
    let bytes = [UInt8](try Data(contentsOf: VectorSet.projectRoot.appending(path: "seeds/members.csv")))
    let sheet = MemberSheet.read(bytes, rules: try TestRules.make())
    #expect(sheet.faults == [])
    #expect(sheet.rows.count == 30)
    #expect(sheet.rows.filter { $0.membership == .eMember }.map(\.jurisdiction) == ["MA-CAS", "RW-01"])
    #expect(sheet.rows.contains { $0.nameEn == "Oasis, Palm & Partners LLC" })
    #expect(Set(sheet.rows.compactMap(\.platform)) == ["alibaba", "made-in-china"])
    #expect(sheet.rows.contains { $0.storefront == nil })
    #expect(sheet.rows.count { $0.feesPaidUntil.map { $0.year < 2026 } ?? true } == 2)
    // Invented: own sites and mail never leave the reserved names.
    for row in sheet.rows {
      #expect(row.website?.string.contains(".example/") ?? true)
      #expect(row.contactEmail?.string.hasSuffix(".example") ?? false)
      #expect(row.storefront?.string.contains(#/\.example/|\.en\.(alibaba|made-in-china)\.com/$/#) ?? true)
    }
  }
}
