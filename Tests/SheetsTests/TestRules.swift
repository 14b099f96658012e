import Encodings
import Sheets
import Storefronts

/// Two real platforms, for the columns `platform` and `storefront`.
private let platformJSON = #"""
  {"format":"khatm-platforms/1","version":"2026-11-20","platforms":[
   {"id":"alibaba","zones":["alibaba.com"],"account":{"letters":"a-z0-9","inside":"-","min":3,"max":60},\#
  "fold":"lower","reserved":["www"],
    "shops":[{"host":"{account}.en.alibaba.com"}],"proof":["platform-api"],
    "selftest":[{"page":"https://acme.en.alibaba.com/","key":"platform/alibaba/acme"},\#
  {"page":"https://www.alibaba.com/","refused":"platform_url_unknown"}]},
   {"id":"made-in-china","zones":["made-in-china.com"],"account":{"letters":"a-z0-9","inside":"-","min":3,\#
  "max":60},"fold":"lower","reserved":["www"],
    "shops":[{"host":"{account}.en.made-in-china.com"}],"proof":["platform-api"],
    "selftest":[{"page":"https://acme.en.made-in-china.com/","key":"platform/made-in-china/acme"},\#
  {"page":"https://www.made-in-china.com/","refused":"platform_url_unknown"}]}]}
  """#

/// The rules of a small authority.
enum TestRules {
  static let heading =
    "chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,"
    + "member_since,fees_paid_until,"
    + "storefront,platform,website,contact_name,contact_email,contact_phone"

  /// The four chambers, the real address rules, a fixed day.
  static func make(extraColumns: [String] = [], confirmedNames: Set<String> = []) throws -> SheetRules {
    let platforms = try PlatformTable(json: Array(platformJSON.utf8))
    let rules = BindingRules(platforms: platforms, publicSuffixes: .fallback)
    var made = SheetRules(
      chambers: [
        .init(slug: "dubai", jurisdiction: "AE-DU"), .init(slug: "ajman", jurisdiction: "AE-AJ"),
        .init(slug: "ras-al-khaimah", jurisdiction: "AE-RK"), .init(slug: "fujairah", jurisdiction: "AE-FU"),
      ],
      today: CivilDate("2026-11-22") ?? CivilDate(of: Instant(seconds: 0)),
      platforms: platforms.platforms.map(\.id.string),
      judgeStorefront: { address in
        do throws(BindingRejection) {
          return .accepted(platform: try Binding.forIssue(address, rules: rules).key.platform?.id.string)
        } catch {
          return .refused(code: error.code, message: error.code, params: error.why.map { ["why": $0] } ?? [:])
        }
      },
      judgeWebsite: { address in
        do throws(AddressRejection) {
          return .accepted(platform: try PageAddress.read(address, platforms: platforms).key.platform?.id.string)
        } catch {
          return .refused(code: error.code, message: error.code, params: [:])
        }
      },
      skeleton: { Skeleton.of($0).bytes }
    )
    made.confirmedNames = confirmedNames
    made.extraColumns = extraColumns
    return made
  }

  /// A sheet of one good row with some cells changed.
  static func sheet(_ changes: [String: String], heading: String = heading, membership: String? = nil) -> [UInt8] {
    var cells = [
      "chamber": "dubai", "member_number": "495656", "name_en": "Al Noor Trading LLC",
      "name_ar": "شركة النور للتجارة ذ.م.م",
      "legal_form": "LLC", "licence_number": "1256293", "licence_authority": "Dubai Department of Economy and Tourism",
      "jurisdiction": "AE-DU", "member_since": "2019-03-04", "fees_paid_until": "2027-12-31",
      "storefront": "https://www.alnoor.example/",
      "platform": "", "website": "https://www.alnoor.example/", "contact_name": "Fatima Hassan",
      "contact_email": "office@alnoor.example", "contact_phone": "+971501234567",
    ]
    cells["membership"] = membership
    cells.merge(changes) { _, new in new }
    let headings = membership == nil ? heading : heading + ",membership"
    let row = headings.split(separator: ",").map {
      "\"" + (cells[String($0)] ?? "").replacing("\"", with: "\"\"") + "\""
    }
    return Array((headings + "\n" + row.joined(separator: ",") + "\n").utf8)
  }

  static func read(_ changes: [String: String], membership: String? = nil) throws -> MemberSheet {
    MemberSheet.read(sheet(changes, membership: membership), rules: try make())
  }
}
