import Encodings
import Foundation
import Profiles
import Registry
import Sheets
import Synchronization
import TestSupport
import Vocabulary

@testable import Issuance

/// A home in a temporary folder, with real keys. The first test to ask makes one (each key costs a third of a second by
/// intention); the others copy it.
struct TestHome: ~Copyable {
  static let passphrase = Array("a passphrase of the tests".utf8), officerPassphrase = Array("an officer's own".utf8)
  /// 2026-11-22T09:00:00Z.
  static let start: Int64 = 1_795_338_000

  let home: Home
  deinit { try? FileManager.default.removeItem(atPath: home.path) }

  private static let template = Mutex<String?>(nil)

  init() throws {
    let source = try Self.template.withLock { made in
      if let made { return made }
      let path = try Self.make()
      made = path
      return path
    }
    let path = Self.fresh()
    try FileManager.default.copyItem(atPath: source, toPath: path)
    home = Home(path: path)
  }

  private static func fresh() -> String {
    FileManager.default.temporaryDirectory.appending(path: "khatm-issuance-\(UUID().uuidString)").path
  }

  /// Two chambers, twenty members, and three officers of Dubai: `amal` a clerk, `omar` an approver, `huda` both.
  private static func make() throws -> String {
    let home = Home(path: fresh())
    let now = Instant(seconds: start - 3_600)
    var session: AuthoritySession? = try AuthoritySetup.found(
      home,
      name: "Tests (sample)",
      host: "khatm.example",
      country: "AE",
      source: ProfileSource(folder: VectorSet.projectRoot.appending(path: "certs").path),
      now: now
    ) { passphrase }
    _ = try session?.setup.addChamber(
      slug: "dubai",
      nameEn: "Dubai Chamber (sample)",
      nameAr: "غرفة دبي (نموذج)",
      jurisdiction: "AE-DU",
      domain: "dubai-chamber.example"
    )
    _ = try session?.setup.addChamber(
      slug: "ajman",
      nameEn: "Ajman Chamber (sample)",
      nameAr: "غرفة عجمان (نموذج)",
      jurisdiction: "AE-AJ",
      domain: "ajman-chamber.example"
    )
    let outcome = try session?.members.importMembers(Array(sheet(1...20).utf8))
    guard outcome?.faults.isEmpty == true else { throw RegistryFailure.storage("\(outcome?.faults ?? [])") }
    let own = OfficerCredentials(folder: home.officersPath) { officerPassphrase }
    for (name, roles) in [("amal", [OfficerRole.clerk]), ("omar", [.approver]), ("huda", [.clerk, .approver])] {
      _ = try session?.setup.addOfficer(name: name, chamber: "dubai", roles: roles, credentials: own)
    }
    session = nil
    return home.path
  }

  static let headings =
    "chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,"
    + "member_since,fees_paid_until,storefront,platform,website,contact_name,contact_email,contact_phone"

  /// Members of Dubai with numbers as given; `change` may alter the cells of a row.
  static func sheet(_ numbers: some Sequence<Int>, _ change: (Int, inout [String]) -> Void = { _, _ in }) -> String {
    var text = headings + "\r\n"
    for number in numbers {
      var cells = [
        "dubai", "\(number)", "Palm Trading \(number) LLC", "شركة النخلة \(number) للتجارة ذ.م.م", "LLC", "9\(number)",
        "Dubai Department of Economy and Tourism", "AE-DU",
        "2010-05-01", "2027-12-31", "https://palm-\(number).example/", "", "", "Amal Hassan",
        "office@palm-\(number).example", "+97142281111",
      ]
      change(number, &cells)
      text += cells.joined(separator: ",") + "\r\n"
    }
    return text
  }

  func session(_ officer: String = "registrar", at seconds: Int64 = start, wait: Double = 0) throws -> AuthoritySession
  {
    let credentials = OfficerCredentials(folder: home.officersPath) { Self.officerPassphrase }
    return try AuthoritySession.open(
      home,
      officer: officer,
      at: Instant(seconds: seconds),
      options: SessionOptions(wait: wait, credentials: credentials)
    ) { Self.passphrase }
  }
}

extension AuthoritySession {
  func member(_ number: Int, _ chamber: String = "dubai") throws -> Member {
    try reader.member("\(chamber)/\(number)")
  }
}

extension Issuer {
  func issue(_ numbers: [Int], _ programme: String = "verified-membership", _ options: IssueOptions = IssueOptions())
    throws -> IssueOutcome
  {
    guard let programme = profiles.programme(programme) else { throw IssuanceFailure.profile(programme) }
    return try issue(
      try numbers.map { IssueOrder(member: try session.member($0), row: numbers.count > 1 ? $0 : nil) },
      programme: programme,
      options: options
    )
  }
}

/// The code of the refusal a body ends with; nil when it is not refused.
func refusal(_ body: () throws -> Void) throws -> String? {
  do {
    try body()
    return nil
  } catch let rejection as ActRejection {
    return rejection.code.rawValue
  } catch RegistryFailure.refused(let rule) {
    return rule.rawValue
  }
}
