import Encodings
import Foundation
import Issuance
import Registry

/// A sample authority of one chamber with as many members as wanted, in a folder that is removed afterwards.
struct World {
  let home: Home
  static let passphrase: @Sendable () throws -> [UInt8] = { Array("benchmark passphrase".utf8) }
  static var now: Instant { Instant(seconds: Int64(Date().timeIntervalSince1970)) }

  /// - Parameter members: how many the programme may certify; nil: as its profile says.
  init(members: Int? = nil) throws {
    home = Home(path: NSTemporaryDirectory() + "khatm-bench-\(ProcessInfo.processInfo.processIdentifier)")
    var certs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "certs"
    ).path
    if let members {
      let copy = home.path + "-certs"
      let profile = copy + "/profiles/verified-membership.yaml"
      try FileManager.default.copyItem(atPath: certs, toPath: copy)
      certs = copy
      try String(contentsOfFile: profile, encoding: .utf8).replacing("quota: 15000", with: "quota: \(members)")
        .replacing("issue: 15000", with: "issue: \(members)")
        .write(toFile: profile, atomically: true, encoding: .utf8)
    }
    // a temporary folder: the system removes what is left
    defer { if members != nil { try? FileManager.default.removeItem(atPath: certs) } }
    let session = try AuthoritySetup.found(
      home,
      name: "Benchmark (sample)",
      host: "khatm.example",
      country: "AE",
      source: ProfileSource(folder: certs),
      now: Self.now,
      passphrase: Self.passphrase
    )
    _ = try session.setup.addChamber(
      slug: "dubai",
      nameEn: "Dubai Chamber (sample)",
      nameAr: "غرفة دبي (نموذج)",
      jurisdiction: "AE-DU",
      domain: "dubai-chamber.example"
    )
  }

  func session() throws -> AuthoritySession {
    try AuthoritySession.open(
      home,
      officer: "registrar",
      at: Self.now,
      options: SessionOptions(wait: 5),
      passphrase: Self.passphrase
    )
  }
  // a temporary folder: the system removes what is left
  func remove() { try? FileManager.default.removeItem(atPath: home.path) }

  /// A sheet as a spreadsheet saves it, with names that do not resemble each other.
  static func sheet(_ count: Int, from start: Int = 0) -> [UInt8] {
    let first = [
      "Desert", "Pearl", "Falcon", "Amber", "Saffron", "Marina", "Oasis", "Cedar", "Coral", "Copper", "Silver",
      "Indigo",
    ]
    let second = [
      "Rose", "Coast", "Gate", "Lantern", "Harbour", "Garden", "Bridge", "Valley", "Tower", "Meadow", "Ridge", "Spring",
    ]
    let trade = [
      "Textiles", "Electronics", "Foodstuff", "Furniture", "Jewellery", "Logistics", "Perfumes", "Packaging",
    ]
    var text =
      "\u{FEFF}chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,"
      + "member_since,fees_paid_until,storefront,platform,website,contact_name,contact_email,contact_phone\r\n"
    for index in start..<(start + count) {
      let name = "\(first[index % 12]) \(second[index / 12 % 12]) \(index + 1) \(trade[index / 144 % 8]) LLC"
      text +=
        """
        dubai,\(100_000 + index),\(name),شركة العينة \(index + 1) للتجارة ذ.م.م,LLC,\(2_000_000 + index),Dubai \
        Department of Economy and Tourism,AE-DU,2011-05-17,2035-12-31,
        """
      text +=
        "https://sample\(index).en.alibaba.com/,alibaba,,Fatima Hassan,office@sample\(index).example,+971500000000\r\n"
    }
    return Array(text.utf8)
  }
}
