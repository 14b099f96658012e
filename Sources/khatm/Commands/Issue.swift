import ArgumentParser
import Encodings
import Foundation
import Issuance
import PKI
import Profiles
import Registry
import Sheets
import Vocabulary

/// What commands that issue share: the programme, an earlier end, claims from a file.
enum Issuing {
  static func programme(_ id: String, _ session: AuthoritySession) throws -> Programme {
    guard let profile = session.profiles.programme(id) else {
      throw CommandFailure(
        exit: 2,
        "programme_unknown",
        "\"\(id)\" is not a programme",
        hint: "choose one of: \(session.profiles.programmes.map(\.id).joined(separator: ", "))"
      )
    }
    return profile
  }

  static func end(_ text: String?) throws -> Instant? {
    guard let text else { return nil }
    guard let instant = Instant(rfc3339: text) ?? CivilDate(text)?.endOfDay else {
      throw CommandFailure(
        exit: 2,
        "time_malformed",
        "\"\(text)\" is not a time",
        hint: "write 2026-11-22T09:00:00Z or 2026-11-22"
      )
    }
    return instant
  }

  /// One object with claims, or an array of them, each naming its `member` unless the command does.
  static func orders(claims file: String, members: [String], _ session: AuthoritySession) throws -> [IssueOrder] {
    let value: JSON
    do throws(JSONRejection) {
      value = try JSON.parse(try input(file), limits: JSONLimits(maxBytes: 8 << 20, maxDepth: 4, maxMembers: 64))
    } catch {
      throw CommandFailure(exit: 2, "claims_malformed", "\(file): \(error.words)")
    }
    let objects = value.array?.compactMap(\.object) ?? value.object.map { [$0] } ?? []
    guard !objects.isEmpty, value.array == nil || value.array?.count == objects.count else {
      throw CommandFailure(exit: 2, "claims_malformed", "\(file) must hold an object, or an array of objects")
    }
    return try objects.enumerated().map { index, given in
      var claims = given
      let named = claims["member"]?.string
      claims["member"] = nil
      if let named, !members.isEmpty, !members.contains(named) {
        throw CommandFailure(
          exit: 2,
          "claims_malformed",
          "\(file): entry \(index + 1) is about \(named), but --member names \(members.joined(separator: ", "))"
        )
      }
      guard let key = named ?? (members.count == 1 ? members[0] : nil) else {
        throw CommandFailure(
          exit: 2,
          "claims_malformed",
          "\(file): entry \(index + 1) names no member (\"member\": \"CHAMBER/NUMBER\")"
        )
      }
      return IssueOrder(
        member: try session.reader.member(key),
        row: value.array == nil ? nil : index + 1,
        claims: claims
      )
    }
  }

  private static func input(_ file: String) throws(JSONRejection) -> [UInt8] {
    do {
      return try readInput(file, limit: 8 << 20)
    } catch let failure as CommandFailure {
      Main.report(failure, json: CommandLine.arguments.contains("--json"))
    } catch { return [] }
  }

  /// Rows of a spreadsheet as orders; faults besides. Certificates are made from the register: rows that say something
  /// else are named.
  static func orders(csv: String, programme: Programme, _ session: AuthoritySession, talks: Bool) throws -> (
    orders: [IssueOrder], faults: [CellRejection], rows: Int, source: [UInt8]
  ) {
    let bytes = try readInput(csv, limit: MemberRegister.largestSheet)
    let source = SHA2.sha256(Array("issue \(programme.id) ".utf8) + bytes)
    if programme.subject == .person {
      let read = try session.issuer.read(claims: bytes, programme: programme)
      return (read.orders, read.faults, read.rowCount, source)
    }
    let sheet = try session.members.read(sheet: bytes)
    var faults = sheet.faults
    var orders: [IssueOrder] = []
    var others: [Int] = []
    for (row, member) in zip(sheet.rows, try session.registry.members.find(sheet.rows.map { ($0.chamber, $0.number) }))
    {
      if let member {
        orders.append(IssueOrder(member: member, row: row.row))
        if !member.agrees(with: row) { others.append(row.row) }
      } else {
        faults.append(
          .init(
            row: row.row,
            column: "member_number",
            code: "member_unknown",
            message: "The member \(row.key) is not in the register.",
            params: ["member": row.key]
          )
        )
      }
    }
    if talks, !others.isEmpty {
      let lines = others.prefix(10).map(String.init).joined(separator: ", ")
      let more = others.count > 10 ? " and \(others.count - 10) more" : ""
      Console.note(
        """
        \(others.count == 1 ? "line" : "lines") \(lines)\(more): the register says something else of the member. \
        Certificates say what the register says; khatm member import brings it up to date
        """
      )
    }
    return (orders, faults, sheet.rowCount, source)
  }

  static func json(_ issued: IssueOutcome.Issued) -> JSON {
    var object = JSONObject([
      "id": JSON(issued.id), "member": JSON(issued.member), "programme": JSON(issued.programme),
      "validFrom": JSON(issued.validFrom.description), "validUntil": JSON(issued.validUntil.description),
    ])
    if let replaces = issued.replaces { object["replaces"] = JSON(replaces) }
    return .object(object)
  }

  static func json(_ outcome: IssueOutcome) -> JSONObject {
    JSONObject([
      "issued": .array(outcome.issued.map(json)), "unchanged": .array(outcome.unchanged.map(json)),
      "refused": .array(
        outcome.refused.map { refused in
          [
            "member": JSON(refused.member), "row": refused.row.map { .integer(Int64($0)) } ?? .null,
            "code": JSON(refused.refusal.code.rawValue),
            "message": JSON(ErrorPresenter.sentence(refused.refusal)),
            "request": refused.request.map { .integer($0) } ?? .null,
          ]
        }
      ),
      "requests": .array(outcome.requests.map { .integer($0) }),
    ])
  }

  static func report(_ outcome: IssueOutcome, _ options: GlobalOptions, single: Bool, report: RunReport? = nil) {
    if options.json {
      var object = json(outcome)
      if let report { object["report"] = JSON(report.path) }
      Console.json(.object(object))
    } else {
      for issued in outcome.issued.prefix(single ? 1 : 20) {
        Console.line(
          """
          \(issued.id)  \(issued.member)  \(issued.programme)  until \
          \(CivilDate(of: issued.validUntil))\(issued.replaces.map { ", replaces \($0)" } ?? "")
          """
        )
      }
      if outcome.issued.count > 20 { Console.line("… and \(outcome.issued.count - 20) more (khatm list shows all)") }
      for same in outcome.unchanged.prefix(20) { Console.note("\(same.member) has one already: \(same.id)") }
      if outcome.unchanged.count > 20 {
        Console.note("… and \(outcome.unchanged.count - 20) more that have one already")
      }
      var rejected: [IssueOutcome.Refused] = []
      var waiting: [ActRejection.MissingApproval] = []
      var waitingRows = 0
      for refused in outcome.refused {
        guard case .approvalMissing(let approval) = refused.refusal.reason else {
          rejected.append(refused)
          continue
        }
        waitingRows += 1
        if waiting.last != approval { waiting.append(approval) }
      }
      for refused in rejected.prefix(50) {
        Console.note(
          """
          refused: \(refused.row.map { "line \($0): " } ?? "")\(Console.shown(refused.member)): \
          \(Console.shown(ErrorPresenter.sentence(refused.refusal))) (\(refused.refusal.code.rawValue))
          """
        )
      }
      if rejected.count > 50 { Console.note("… and \(grouped(rejected.count - 50)) more that were refused") }
      for approval in waiting {
        Console.note(
          """
          Request \(approval.request) filed: \(counted(approval.rows, "\(approval.programme) certificate")). \
          Next: \(ErrorPresenter.next(approval.request))
          """
        )
      }
      if !single {
        Console.note(
          """
          issued \(grouped(outcome.issued.count)), already there \(grouped(outcome.unchanged.count)), \
          refused \(grouped(rejected.count))\
          \(waitingRows > 0 ? ", waiting for a second officer \(grouped(waitingRows))" : "")
          """
        )
      }
      if let report, options.talks {
        Console.note("report: \(Console.shown(report.path)).json and .csv, signed in .sig")
      }
    }
    if !outcome.refused.isEmpty { Foundation.exit(1) }
  }

  /// The first faults of a file, as a compiler prints them; one wrong heading or chamber makes thousands.
  static func show(_ faults: [CellRejection], file: String) {
    for fault in faults.prefix(50) {
      Console.note(
        """
        \(Console.shown(file)):\(fault.row): \(fault.column.map { "\($0): " } ?? "")\(Console.shown(fault.message)) \
        (\(fault.code))
        """
      )
    }
    if faults.count > 50 { Console.note("… and \(faults.count - 50) more (--json lists all)") }
  }

  /// `2 errors in 15,000 rows`.
  static func errors(_ faults: [CellRejection], _ rows: Int) -> String {
    let errors = counted(faults.count, "error")
    return rows == 0 ? "the file could not be read (\(errors))" : "\(errors) in \(counted(rows, "row"))"
  }

  static func faults(_ faults: [CellRejection], rows: Int, file: String, json: Bool) -> CommandFailure {
    if !json { show(faults, file: file) }
    return CommandFailure(
      exit: 2,
      "faults",
      "nothing was issued: \(Self.errors(faults, rows))",
      hint: "khatm member import reads the same file",
      details: ["faults": .array(faults.map(\.json))]
    )
  }
}

/// `khatm issue`: one member, or the rows of a file.
struct Issue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Issue certificates: to one member, or to every row of a spreadsheet.",
    discussion: """
      A certificate exists when its record, its entry in the public log and the log's checkpoint are on disk together; \
      only then is it \
      shown and published. Running the same file again issues nothing twice, and finishes what was cut off. Rows that \
      a rule refuses (fees \
      unpaid, quota) are named, and the command ends with 1. Where the programme or the number of rows asks for a \
      second officer, a request \
      is filed and named; khatm approve and khatm run do the rest.

      With --dry-run nothing changes: every row is compared with the register (new, renewed, changed, returned, \
      unchanged, duplicate, lapsed, \
      faulty), and --plan writes the plan that a second officer looks at and khatm run carries out.

        khatm issue --programme verified-membership --member dubai/517919
        khatm issue --programme verified-membership --csv members.csv --dry-run --plan november.plan
        khatm issue --programme training-completion --member dubai/517919 --claims amal.json
      """
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: "The programme, for example verified-membership.") var programme: String
  @Option(help: "CHAMBER/NUMBER; may be given several times.") var member: [String] = []
  @Option(
    help:
      """
      Spreadsheet with the columns of member import; members must be imported before. For a programme about people: \
      chamber, member_number and its claims.
      """,
    completion: .file(extensions: ["csv"])
  ) var csv: String?
  @Option(
    help: ArgumentHelp(
      "What is said of a person: a JSON object, or an array of them, each naming its member.",
      valueName: "file"
    ),
    completion: .file(extensions: ["json"])
  ) var claims: String?
  @Option(help: ArgumentHelp("An earlier end than the programme's.", valueName: "time")) var until: String?
  @Flag(help: "Compare with the register, change nothing.") var dryRun = false
  @Option(help: ArgumentHelp("With --dry-run: write the plan to this file.", valueName: "file")) var plan: String?
  @Option(help: ArgumentHelp("Also renew certificates that end within this time, for example 60d.", valueName: "time"))
  var renewWithin: String?
  @Option(
    help: ArgumentHelp(
      """
      Also replace certificates that no longer say what the register says: \
      \(SupersedeReason.allCases.filter { $0 != .amalgamation }.map(\.rawValue).joined(separator: ", ")).
      """,
      valueName: "reason"
    )
  )
  var replaceChanged: String?
  @Option(help: "A note for the register; it is never published.") var note = ""

  func validate() throws {
    guard csv != nil || claims != nil || !member.isEmpty, csv == nil || (claims == nil && member.isEmpty) else {
      throw ValidationError("give --member, --claims or --csv")
    }
    guard plan == nil || dryRun else {
      throw ValidationError("--plan goes with --dry-run; khatm run carries a plan out")
    }
    guard replaceChanged == nil || (SupersedeReason(rawValue: replaceChanged ?? "") ?? .amalgamation) != .amalgamation
    else { throw ValidationError("\(replaceChanged ?? "") is not a reason for replacing a certificate") }
  }

  func run() throws {
    let session = try options.session()
    let profile = try Issuing.programme(programme, session)
    var choice = IssueOptions()
    choice.until = try Issuing.end(until)
    choice.renewWithin = try renewWithin.map { try Days.read($0) }
    choice.replaceChanged = replaceChanged
    choice.note = note
    var orders: [IssueOrder] = []
    var faults: [CellRejection] = []
    var rows = 0
    if let csv {
      (orders, faults, rows, choice.source) = try { ($0.0, $0.1, $0.2, $0.3) }(
        Issuing.orders(csv: csv, programme: profile, session, talks: options.talks)
      )
    } else if let claims {
      orders = try Issuing.orders(claims: claims, members: member, session)
    } else {
      orders = try member.map { IssueOrder(member: try session.reader.member($0)) }
    }
    if dryRun { return try compare(orders, faults: faults, programme: profile, options: choice, session: session) }
    if let csv, !faults.isEmpty { throw Issuing.faults(faults, rows: rows, file: csv, json: options.json) }
    let progress = ProgressLine("issuing", total: orders.count, enabled: options.talks && orders.count > 1)
    let outcome = try session.issuer.issue(orders, programme: profile, options: choice) { progress.update($0) }
    let report = csv == nil ? nil : try session.reporter.writeReport(outcome.requests)
    Issuing.report(outcome, options, single: csv == nil && orders.count == 1, report: report)
  }

  private func compare(
    _ orders: [IssueOrder],
    faults: [CellRejection],
    programme profile: Programme,
    options choice: IssueOptions,
    session: AuthoritySession
  ) throws {
    let made = try session.issuer.plan(orders, faults: faults, programme: profile, options: choice)
    if let plan {
      guard faults.isEmpty else {
        throw Issuing.faults(faults, rows: orders.count, file: csv ?? "", json: options.json)
      }
      try writeOutput(made.bytes, to: plan)
    }
    if options.json {
      var counts = JSONObject()
      for (disposition, count) in made.counts { counts[Text(disposition.rawValue)] = .integer(Int64(count)) }
      Console.json([
        "programme": JSON(programme), "counts": .object(counts), "plan": plan.map { JSON($0) } ?? .null,
        "faults": .array(faults.map(\.json)),
        "digest": JSON(Hex.encode(SHA2.sha256(made.bytes))),
        "rows": .array(
          made.rows.map { row in
            [
              "row": .integer(Int64(row.row)), "member": JSON(row.member), "what": JSON(row.disposition.rawValue),
              "acts": .bool(row.willIssue), "certificate": row.replaces.map { JSON($0) } ?? .null,
              "code": row.refusal.map { JSON($0.code.rawValue) } ?? .null,
              "message": row.refusal.map { JSON(ErrorPresenter.sentence($0)) } ?? .null,
              "resembles": .array(row.lookalikes.map { JSON($0) }),
            ]
          }
        ),
      ])
      return
    }
    let overQuota = made.rows.count { $0.refusal?.code == .quotaReached }
    for (disposition, count) in made.counts {
      let rest = disposition == .faulty ? count - overQuota : count
      if rest > 0 { Console.line("\(disposition.label): \(grouped(rest))") }
    }
    if overQuota > 0 { Console.line("over the quota: \(grouped(overQuota))") }
    let remarks =
      faults.map { fault in
        "line \(fault.row): \(fault.column.map { "\($0): " } ?? "")\(Console.shown(fault.message)) (\(fault.code))"
      } + made.rows.flatMap(Self.remarks)
    for remark in remarks.prefix(50) { Console.line(remark) }
    if remarks.count > 50 { Console.line("… and \(grouped(remarks.count - 50)) more (--json lists all)") }
    let others = made.rows.filter { $0.disposition == .changed && !$0.willIssue && $0.refusal == nil }
    if !others.isEmpty {
      let names = others.prefix(5).map(\.member).joined(separator: ", ") + (others.count > 5 ? ", …" : "")
      Console.note(
        """
        \(counted(others.count, "certificate")) \(others.count == 1 ? "differs" : "differ") from the register \
        (\(names)). See --replace-changed
        """
      )
    }
    Console.note(
      """
      Nothing was changed. This would issue \(counted(made.rows.count { $0.willIssue }, "certificate"))\
      \(plan.map { "; the plan is \(Console.shown($0))" } ?? "")
      """
    )
  }

  private static func remarks(_ row: IssuePlan.Row) -> [String] {
    var lines: [String] = []
    if let refusal = row.refusal {
      let sentence = Console.shown(ErrorPresenter.sentence(refusal))
      lines.append("line \(row.row): \(row.member): \(sentence) (\(refusal.code.rawValue))")
    }
    if !row.lookalikes.isEmpty {
      lines.append(
        """
        line \(row.row): \(row.member) resembles \(Console.shown(row.lookalikes.joined(separator: "; "))); an approver \
        must accept it (name_confusable)
        """
      )
    }
    return lines
  }
}

/// `60d`.
enum Days {
  static func read(_ text: String) throws -> Int64 {
    let digits = text.hasSuffix("d") ? String(text.dropLast()) : text
    guard let days = Int64(digits), (0...3_660).contains(days) else {
      throw CommandFailure(exit: 2, "days_malformed", "\"\(text)\" is not a number of days", hint: "write 60d")
    }
    return days
  }
}

/// `khatm supersede`: a new certificate takes the place of one.
struct Supersede: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Replace a certificate by a new one that says what the register says now.",
    discussion: """
      Old and new are linked both ways, and there is no moment at which both or neither are in force. Reasons: \
      \(SupersedeReason.allCases.map(\.rawValue).joined(separator: ", ")); an amalgamation names the member that takes \
      over.

        khatm supersede 7Q2M-4XW9-K3PD-T5HB-PA --reason name_change
        khatm supersede 7Q2M-4XW9-K3PD-T5HB-PA --reason amalgamation --into dubai/517920
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Number or link of the certificate to replace.") var id: String
  @Option(help: "Why.") var reason: String
  @Option(help: ArgumentHelp("For an amalgamation: the member that takes over, CHAMBER/NUMBER.", valueName: "member"))
  var into: String?
  @Option(help: ArgumentHelp("An earlier end than the programme's.", valueName: "time")) var until: String?
  @Option(help: "A note for the register; it is never published.") var note = ""

  func run() throws {
    guard let why = SupersedeReason(rawValue: reason) else {
      throw CommandFailure(
        exit: 2,
        "reason_unknown",
        ErrorPresenter.unknownReason(reason, for: "replacing a certificate", SupersedeReason.allCases.map(\.rawValue))
      )
    }
    let number = try readID(id)
    let session = try options.session()
    let outcome = try session.issuer.supersede(
      number,
      reason: why,
      into: try into.map { try session.reader.member($0) },
      until: try Issuing.end(until),
      note: note
    )
    if let refused = outcome.refused.first, outcome.issued.isEmpty { throw refused.refusal }
    Issuing.report(outcome, options, single: true)
  }
}

/// `khatm renew`: the same for what runs out.
struct Renew: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Renew certificates: one, those of a file, or all that run out within a time.",
    discussion: """
      Each is replaced by a new one made from what the register says now; the old one names its successor. Members \
      whose fees are unpaid are \
      refused and named. A file holds one certificate number or CHAMBER/NUMBER a line, or is a spreadsheet with a \
      column id.

        khatm renew 7Q2M-4XW9-K3PD-T5HB-PA
        khatm renew --within 30d --programme verified-membership --chamber dubai
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var selection: Selection
  @Option(
    help: ArgumentHelp(
      "How long before its end a certificate may be renewed; 60d by default, and at any time for one that is named.",
      valueName: "time"
    )
  ) var within: String?
  @Option(help: "A note for the register; it is never published.") var note = ""
  @Flag(help: "Say what would be renewed, change nothing.") var dryRun = false

  func run() throws {
    let days = try Days.read(within ?? (selection.id == nil ? "60d" : "3660d"))
    let session = try options.session()
    var filter = CredentialFilter()
    filter.runsOutBefore = session.now.adding(days: days).seconds
    let (records, source) = try selection.records(
      session.reader,
      filter: filter,
      now: session.now,
      states: [.active],
      purpose: "renew \(session.officer) "
    )
    if dryRun { return Listing.show(records, options, at: session.now, csv: false, room: session.reader) }
    let progress = ProgressLine("renewing", total: records.count, enabled: options.talks && records.count > 1)
    let outcomes = try session.issuer.renew(records, within: days, source: source, note: note) { progress.update($0) }
    var all = IssueOutcome()
    for outcome in outcomes.values {
      all.issued += outcome.issued
      all.unchanged += outcome.unchanged
      all.refused += outcome.refused
      all.requests += outcome.requests
    }
    Issuing.report(
      all,
      options,
      single: records.count == 1,
      report: source == nil ? nil : try session.reporter.writeReport(all.requests.sorted())
    )
  }
}
