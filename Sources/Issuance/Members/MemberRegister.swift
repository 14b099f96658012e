package import Encodings
internal import Messages
package import Registry
package import Sheets
internal import Storefronts
internal import Support
internal import Vocabulary

/// What became of a sheet of members.
package struct ImportOutcome: Sendable {
  package let rows: Int
  /// All rows, or 0 when there are faults.
  package let imported: Int
  package let counts: ImportCounts
  package let faults: [CellRejection]
}

extension CellRejection {
  /// As `khatm member import --json` prints it.
  package var json: JSON {
    [
      "row": .integer(Int64(row)), "column": column.map { JSON($0) } ?? .null, "code": JSON(code),
      "message": JSON(message),
    ]
  }
}

/// The members of the chambers: sheets, the persons a chamber writes to, and the letters they get.
package struct MemberRegister: Service {
  let session: AuthoritySession

  /// 64 MiB: three times the largest chamber of the world at 300 bytes a row.
  package static let largestSheet = 64 << 20

  /// Imports a sheet whole or not at all.
  package func importMembers(_ bytes: [UInt8]) throws -> ImportOutcome {
    let sheet = try read(sheet: bytes)
    for chamber in Set(sheet.rows.map(\.chamber)).sorted() {
      try session.require(.clerk, chamber: chamber, act: .memberImport, subject: "\(sheet.rowCount) rows")
    }
    guard sheet.faults.isEmpty else {
      let detail: JSON = ["code": "faults", "faults": .integer(Int64(sheet.faults.count))]
      try session.record(.init(.memberImport, on: "\(sheet.rowCount) rows", detail: detail, outcome: .refused))
      return ImportOutcome(rows: sheet.rowCount, imported: 0, counts: ImportCounts(), faults: sheet.faults)
    }
    let skeletons = parallelMap(sheet.rows) { NamePolicy.skeletons(en: $0.nameEn, ar: $0.nameAr) }
    let rows = zip(sheet.rows, skeletons).map { row, skeleton in
      var member = Member(row)
      (member.skeletonEn, member.skeletonAr) = skeleton
      return (
        member,
        Contact(
          name: row.contactName?.string ?? "",
          email: row.contactEmail?.string ?? "",
          phone: row.contactPhone?.string ?? ""
        )
      )
    }
    let counts = try session.record(.init(.memberImport, on: "\(rows.count) rows")) {
      try registry.members.importRows(rows, at: now.seconds, audit: $0)
    }
    return ImportOutcome(rows: sheet.rowCount, imported: rows.count, counts: counts, faults: [])
  }

  /// Reads a sheet and judges every row against the chambers and the platform table of this home.
  package func read(sheet bytes: [UInt8]) throws -> MemberSheet {
    let rules = try session.bindingRules
    let reserved = try session.reservedWords
    let judge: SheetRules.StorefrontJudge = { address in
      do throws(BindingRejection) {
        let binding = try Binding.forIssue(address, rules: rules)
        return .accepted(platform: binding.key.platform?.id.string)
      } catch {
        var params: [String: String] = [:]
        for member in error.params.members {
          params[member.name.string] = member.value.string ?? member.value.int.map { "\($0)" } ?? ""
        }
        return .refused(code: error.code, message: error.sentence, params: params)
      }
    }
    var sheetRules = SheetRules(
      chambers: try registry.keys.chambers().map { .init(slug: $0.slug, jurisdiction: $0.jurisdiction) },
      today: CivilDate(of: now),
      platforms: platforms.platforms.map(\.id.string),
      judgeStorefront: judge,
      judgeWebsite: judge,
      skeleton: { Skeleton.of($0).bytes }
    )
    sheetRules.reservedPhrase = { reserved.phrase(in: Skeleton.of($0).string) }
    return MemberSheet.read(bytes, rules: sheetRules)
  }
}

extension Member {
  init(_ row: MemberRow) {
    self.init(chamber: row.chamber, number: row.number)
    nameEn = row.nameEn.string
    nameAr = row.nameAr.string
    legalForm = row.legalForm
    licenceNumber = row.licenceNumber
    licenceAuthority = row.licenceAuthority.string
    jurisdiction = row.jurisdiction
    memberSince = row.memberSince.description
    feesPaidUntil = row.feesPaidUntil?.description ?? ""
    storefront = row.storefront?.string ?? ""
    platform = row.platform ?? ""
    website = row.website?.string ?? ""
    membership =
      switch row.membership {
      case .member: .member
      case .eMember: .eMember
      }
  }

  /// Whether a row of a sheet says of this member what the register says.
  package func agrees(with row: MemberRow) -> Bool {
    var said = Member(row)
    (said.rowID, said.skeletonEn, said.skeletonAr, said.nameAccepted, said.erased) = (
      rowID, skeletonEn, skeletonAr, nameAccepted, erased
    )
    return said == self
  }
}
