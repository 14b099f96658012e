internal import Encodings

/// What a row calls its member, known chamber or not.
struct MemberKey: Hashable {
  let chamber: Text
  let number: Text
}

/// Reads one row cell by cell, and judges it. Each cell has at most one fault; cells are judged by their own content,
/// and relations between cells only where both are good.
struct RowReader {
  private let row: CSVRow
  private let columns: [MemberColumn: Int]
  private let extra: [(heading: String, place: Int)]
  private let rules: SheetRules
  private let ahead: Ahead
  private(set) var faults: [CellRejection] = []
  /// Made when no cell is at fault.
  private(set) var member: MemberRow?

  init(
    row: CSVRow,
    columns: [MemberColumn: Int],
    extra: [(heading: String, place: Int)],
    rules: SheetRules,
    ahead: Ahead
  ) {
    self.row = row
    self.columns = columns
    self.extra = extra
    self.rules = rules
    self.ahead = ahead
  }

  /// What costs time and depends on one row alone.
  struct Ahead: Sendable {
    let nameEn: NameRejection?
    let nameAr: NameRejection?
    /// Empty where the name is refused.
    let skeleton: [UInt8]
    let storefront: SheetRules.AddressJudgement?
    let website: SheetRules.AddressJudgement?
  }

  static func ahead(of row: CSVRow, columns: [MemberColumn: Int], rules: SheetRules) -> Ahead {
    func cell(_ column: MemberColumn) -> Text { columns[column].map { row.cells[$0] } ?? "" }
    func judge(_ column: MemberColumn, _ judge: SheetRules.StorefrontJudge) -> SheetRules.AddressJudgement? {
      cell(column).isEmpty ? nil : judge(cell(column).bytes)
    }
    let english = NameRules.rejection(cell(.nameEn).bytes, language: .english)
    return Ahead(
      nameEn: english,
      nameAr: NameRules.rejection(cell(.nameAr).bytes, language: .arabic),
      skeleton: english == nil ? rules.skeleton(cell(.nameEn)) : [],
      storefront: judge(.storefront, rules.judgeStorefront),
      website: judge(.website, rules.judgeWebsite)
    )
  }

  mutating func read(members: inout [MemberKey: Int], names: inout NameTwins) {
    let chamber = chamber()
    let (number, isNew) = number(members: &members)
    let membership = membership()
    let nameEn = name(.nameEn, ahead.nameEn)
    let nameAr = name(.nameAr, ahead.nameAr)
    if let nameEn, let line = names.twin(of: nameEn, line: row.line, skeleton: ahead.skeleton),
      !rules.confirmedNames.contains("\(cell(.chamber))/\(number ?? "")")
    {
      fault(.nameEn, .nameConfusable, params: ["line": "\(line)"])
    }
    for (column, name) in [(MemberColumn.nameEn, nameEn), (.nameAr, nameAr)] {
      if let phrase = name.flatMap(rules.reservedPhrase) {
        fault(column, .nameReservedPhrase, params: ["phrase": phrase])
      }
    }
    let legalForm = legalForm(membership)
    let licence = shaped(.licenceNumber, .licenceNumberInvalid, fits: CellRules.isLicenceNumber)
    let authority = requiredText(.licenceAuthority)
    // A row with another member's number has the wrong number or the wrong chamber: whether its territory fits is
    // unknown.
    let jurisdiction = jurisdiction(chamber: isNew ? chamber : nil, membership)
    let since = day(.memberSince, farthest: SheetRules.farthestMemberSince, required: true)
    let paid = day(.feesPaidUntil, farthest: SheetRules.farthestFeesPaid, required: false)
    let shop = storefront()
    let website = address(.website, ahead.website)
    let contactName = contactName()
    let email = optional(.contactEmail, .emailInvalid, fits: EmailAddress.isValid)
    let phone = optional(.contactPhone, .phoneInvalid, fits: PhoneNumber.isValid)
    let extra = extraCells()
    guard faults.isEmpty, let chamber, let number, let nameEn, let nameAr, let legalForm, let licence, let authority,
      let jurisdiction,
      let since
    else { return orderFaults() }
    member = MemberRow(
      row: row.line,
      chamber: chamber.slug,
      number: number,
      membership: membership ?? .member,
      nameEn: nameEn,
      nameAr: nameAr,
      legalForm: legalForm,
      licenceNumber: licence,
      licenceAuthority: authority,
      jurisdiction: jurisdiction,
      memberSince: since,
      feesPaidUntil: paid,
      storefront: shop.address,
      platform: shop.platform,
      website: website.address,
      contactName: contactName,
      contactEmail: email,
      contactPhone: phone,
      extra: extra
    )
  }

  // MARK: who

  private mutating func chamber() -> SheetRules.Chamber? {
    let cell = cell(.chamber)
    if let known = rules.chambers[cell] { return known }
    refuse(.chamber, .unknownChamber)
    return nil
  }

  private mutating func number(members: inout [MemberKey: Int]) -> (String?, isNew: Bool) {
    guard let number = shaped(.memberNumber, .memberNumberInvalid, fits: CellRules.isMemberNumber) else {
      return (nil, true)
    }
    let key = MemberKey(chamber: cell(.chamber), number: cell(.memberNumber))
    if let line = members[key] {
      fault(
        .memberNumber,
        .duplicateMember,
        params: ["existing": "\(quoted(key.chamber.bytes))/\(number)", "line": "\(line)"]
      )
      return (number, false)
    }
    members[key] = row.line
    return (number, true)
  }

  /// nil: the cell is at fault.
  private mutating func membership() -> MemberRow.Membership? {
    let cell = cell(.membership)
    if cell.isEmpty { return .member }
    if let membership = MemberRow.Membership.allCases.first(where: { Text($0.rawValue) == cell }) { return membership }
    refuse(.membership, .membershipUnknown)
    return nil
  }

  private mutating func name(_ column: MemberColumn, _ rejection: NameRejection?) -> Text? {
    let cell = cell(column)
    guard let rejection else { return cell }
    let (code, found) = CellRules.nameFault(rejection)
    var params = found
    if code == .formula { params["with"] = quoted(cell.bytes.prefix(1)) }
    fault(column, code, params: params)
    return nil
  }

  private mutating func legalForm(_ membership: MemberRow.Membership?) -> String? {
    let cell = cell(.legalForm)
    if SheetRules.legalForms.contains(cell) || (membership != .member && SheetRules.foreignLegalForms.contains(cell)) {
      return cell.string
    }
    refuse(.legalForm, .legalFormUnknown)
    return nil
  }

  private mutating func jurisdiction(chamber: SheetRules.Chamber?, _ membership: MemberRow.Membership?) -> String? {
    let cell = cell(.jurisdiction)
    let code = cell.string
    // Of a chamber nobody knows the territory is unknown too: that is one fault, not two.
    let isKnown =
      membership == .eMember || rules.chambers[self.cell(.chamber)] == nil
      ? CellRules.isRegion(cell.bytes) : rules.jurisdictions.contains(code)
    guard isKnown else {
      refuse(.jurisdiction, .jurisdictionUnknown)
      return nil
    }
    guard let chamber, let membership else { return code }
    let isInside = Text(chamber.jurisdiction) == cell
    if membership == .member && !isInside {
      refuse(.jurisdiction, .jurisdictionMismatch, params: ["expected": chamber.jurisdiction])
    }
    if membership == .eMember && isInside { refuse(.jurisdiction, .jurisdictionInside) }
    return code
  }

  // MARK: where it sells

  private mutating func storefront() -> (address: Text?, platform: String?) {
    let platform = cell(.platform)
    let none = Text("none")
    let isKnown = platform.isEmpty || platform == none || rules.platforms.contains(platform)
    if !isKnown { refuse(.platform, .platformUnknown) }
    guard !cell(.storefront).isEmpty else {
      if isKnown && !platform.isEmpty && platform != none { fault(.storefront, .storefrontMissing) }
      return (nil, nil)
    }
    let shop = address(.storefront, ahead.storefront)
    // What the address is counts; the column only repeats it, and an own site's is empty.
    if shop.address != nil, isKnown, !platform.isEmpty, shop.platform.map({ Text($0) }) != platform {
      refuse(.platform, .platformMismatch)
    }
    return shop
  }

  private mutating func address(_ column: MemberColumn, _ judgement: SheetRules.AddressJudgement?) -> (
    address: Text?, platform: String?
  ) {
    let cell = cell(column)
    guard let judgement else { return (nil, nil) }
    if beginsFormula(column) { return (nil, nil) }
    switch judgement {
    case .accepted(let platform): return (cell, platform)
    case .refused(let code, let message, let params):
      faults.append(CellRejection(row: row.line, column: column.rawValue, code: code, message: message, params: params))
      return (nil, nil)
    }
  }

  // MARK: dates, numbers, texts

  private mutating func day(_ column: MemberColumn, farthest: Int64, required: Bool) -> CivilDate? {
    let cell = cell(column)
    if cell.isEmpty {
      if required { fault(column, .valueMissing) }
      return nil
    }
    switch CellRules.day(cell.bytes) {
    case .wrongFormat: refuse(column, .dateFormat)
    case .noSuchDay: refuse(column, .dateInvalid)
    case .valid(let day) where day.year < SheetRules.earliestYear || day > rules.today.adding(days: farthest):
      refuse(column, .dateImplausible)
    case .valid(let day): return day
    }
    return nil
  }

  private mutating func shaped(_ column: MemberColumn, _ code: CellRejection.Code, fits: ([UInt8]) -> Bool) -> String? {
    let cell = cell(column)
    if fits(cell.bytes) { return cell.string }
    refuse(column, code)
    return nil
  }

  private mutating func optional(_ column: MemberColumn, _ code: CellRejection.Code, fits: ([UInt8]) -> Bool) -> Text? {
    let cell = cell(column)
    if cell.isEmpty || fits(cell.bytes) { return cell.isEmpty ? nil : cell }
    fault(column, code)  // personal data: not quoted
    return nil
  }

  private mutating func requiredText(_ column: MemberColumn) -> Text? {
    let cell = cell(column)
    if cell.isEmpty { fault(column, .valueMissing) }
    return checkedText(cell, column.rawValue)
  }

  private mutating func contactName() -> Text? {
    let cell = cell(.contactName)
    return cell.isEmpty ? nil : checkedText(cell, MemberColumn.contactName.rawValue)
  }

  private mutating func extraCells() -> [String: Text] {
    var kept: [String: Text] = [:]
    for (heading, place) in extra where !row.cells[place].isEmpty {
      kept[heading] = checkedText(row.cells[place], heading)
    }
    return kept
  }

  private mutating func checkedText(_ cell: Text, _ column: String) -> Text? {
    guard let (code, found) = CellRules.textFault(cell.bytes) else { return cell }
    var params = found
    if code == .formula { params["with"] = quoted(cell.bytes.prefix(1)) }
    faults.append(CellRejection(row: row.line, column: column, code, params: params))
    return nil
  }

  // MARK: faults

  private func cell(_ column: MemberColumn) -> Text { columns[column].map { row.cells[$0] } ?? "" }

  /// A fault that quotes the cell; an empty one is said to be empty, and a formula is called one.
  private mutating func refuse(_ column: MemberColumn, _ code: CellRejection.Code, params: [String: String] = [:]) {
    let cell = cell(column)
    if cell.isEmpty { return fault(column, .valueMissing) }
    if beginsFormula(column) { return }
    fault(column, code, params: params.merging(["value": "'\(quoted(cell.bytes))'"]) { first, _ in first })
  }

  private mutating func beginsFormula(_ column: MemberColumn) -> Bool {
    guard let first = cell(column).string.unicodeScalars.first, Formula.begins(with: first.value) else { return false }
    fault(column, .formula, params: ["with": quoted(String(first).utf8)])
    return true
  }

  private mutating func fault(_ column: MemberColumn, _ code: CellRejection.Code, params: [String: String] = [:]) {
    faults.append(CellRejection(row: row.line, column: column.rawValue, code, params: params))
  }

  /// In the order of the columns of the file.
  private mutating func orderFaults() {
    let place = Dictionary(
      columns.map { ($0.key.rawValue, $0.value) } + extra.map { ($0.heading, $0.place) },
      uniquingKeysWith: { first, _ in first }
    )
    faults = faults.enumerated().sorted {
      (place[$0.element.column ?? ""] ?? 0, $0.offset) < (place[$1.element.column ?? ""] ?? 0, $1.offset)
    }.map(\.element)
  }
}
