import ArgumentParser
import Encodings
import Foundation
import Issuance
import PKI
import Registry
import Sheets
import Vocabulary

/// Which certificates a command is about: one, those of a file, or those a search finds.
struct Selection: ParsableArguments {
  @Argument(help: "Certificate number or link.") var id: String?
  @Option(
    help: "File with one certificate number or CHAMBER/NUMBER a line, or a spreadsheet with a column id.",
    completion: .file()
  ) var csv: String?
  @Flag(help: "Those of members whose fees are no longer paid (with --before: on that day).") var lapsedFees = false
  @Option(help: ArgumentHelp("The day the fees must be paid for; today by default.", valueName: "day")) var before:
    String?
  @Option(help: "Only this chamber.") var chamber: String?
  @Option(help: "Only this programme.") var programme: String?

  var isSearch: Bool { lapsedFees || chamber != nil || programme != nil }

  func validate() throws {
    guard [id != nil, csv != nil, isSearch].filter({ $0 }).count <= 1 else {
      throw ValidationError("give a number, --csv, or a search, not several of them")
    }
    guard before == nil || lapsedFees else { throw ValidationError("--before goes with --lapsed-fees") }
  }

  /// - Parameter source: nil for one certificate; else a digest by which a run that was cut off is found again.
  func records(
    _ room: RegistryReader,
    filter base: CredentialFilter,
    now: Instant,
    states: [CredentialState],
    purpose: String
  )
    throws -> (records: [CredentialRecord], source: [UInt8]?)
  {
    if let id {
      let number = try readID(id)
      guard let record = try room.registry.credentials.find(id: number.description), record.parts != nil else {
        throw ActRejection(.credentialUnknown, subject: number.description)
      }
      return ([record], nil)
    }
    if let csv {
      let bytes = try readInput(csv, limit: MemberRegister.largestSheet)
      return (try file(bytes, name: csv, in: room, states: states), SHA2.sha256(Array(purpose.utf8) + bytes))
    }
    var filter = base
    filter.chamber = chamber
    filter.programme = programme
    if lapsedFees {
      let day = before ?? CivilDate(of: now).description
      guard CivilDate(day) != nil else {
        throw CommandFailure(exit: 2, "time_malformed", "\"\(day)\" is not a day", hint: "write 2026-11-22")
      }
      filter.feesPaidBefore = day
    } else if filter.runsOutBefore == nil {
      throw CommandFailure(exit: 2, "usage", "no certificates are named; give a number, --csv FILE or --lapsed-fees")
    }
    let records = try room.registry.credentials.matching(filter).filter { states.contains($0.state) }
    let key = "\(purpose)\(chamber ?? "") \(programme ?? "") \(filter.feesPaidBefore ?? "") \(CivilDate(of: now))"
    return (records, SHA2.sha256(Array(key.utf8)))
  }

  private func file(_ bytes: [UInt8], name: String, in room: RegistryReader, states: [CredentialState]) throws
    -> [CredentialRecord]
  {
    var records: [CredentialRecord] = []
    var seen: Set<String> = []
    var faults: [CellRejection] = []
    do throws(CellRejection) {
      var reader = try CSVReader(bytes)
      var column = 0
      var isFirst = true
      while let row = try reader.next() {
        if isFirst, let place = row.cells.firstIndex(where: { ["id", "certificate", "member"].contains($0.string) }) {
          column = place
          isFirst = false
          continue
        }
        isFirst = false
        guard column < row.cells.count else {
          faults.append(
            CellRejection(
              row: row.line,
              .columnsMissing,
              params: ["found": "\(row.cells.count)", "expected": "\(column + 1)"]
            )
          )
          continue
        }
        let text = row.cells[column].string
        let found = Self.find(text, room, states: states)
        if found.isEmpty {
          faults.append(
            CellRejection(
              row: row.line,
              column: "id",
              code: "credential_unknown",
              message: Self.unknown(text, room, states: states),
              params: [:]
            )
          )
        }
        for record in found where seen.insert(record.id).inserted { records.append(record) }
      }
    } catch { faults.append(error) }
    guard faults.isEmpty else {
      for fault in faults.prefix(50) where !CommandLine.arguments.contains("--json") {
        Console.note("\(Console.shown(name)):\(fault.row): \(fault.message) (\(fault.code))")
      }
      throw CommandFailure(
        exit: 2,
        "faults",
        """
        nothing was changed: \(counted(faults.count, "line")) \(faults.count == 1 ? "names" : "name") no certificate \
        that can be changed
        """,
        details: ["faults": .array(faults.map(\.json))]
      )
    }
    return records
  }

  /// Why a line names no certificate.
  private static func unknown(_ text: String, _ room: RegistryReader, states: [CredentialState]) -> String {
    let shown = Console.shown(String(text.prefix(60)))
    if text.split(separator: "/").count == 2, !text.hasPrefix("http") {
      let isMember = (try? room.member(text)) != nil  // unreadable: said as unknown
      return isMember
        ? "\(shown) has no certificate that is \(states.map(\.rawValue).joined(separator: " or "))."
        : "There is no member \(shown)."
    }
    let isNumber = (try? readID(text)) != nil  // else it is not one
    return isNumber
      ? "There is no certificate \(shown)." : "\"\(shown)\" is neither a certificate number nor CHAMBER/NUMBER."
  }

  /// A certificate by its number, in whatever state it is; a member by its certificates that can be changed.
  private static func find(_ text: String, _ room: RegistryReader, states: [CredentialState]) -> [CredentialRecord] {
    do {
      if text.split(separator: "/").count == 2, !text.hasPrefix("http") {
        var filter = CredentialFilter()
        filter.member = text
        return try room.registry.credentials.matching(filter).filter { states.contains($0.state) }
      }
      return try room.registry.credentials.find(id: try readID(text).description).map { $0.parts == nil ? [] : [$0] }
        ?? []
    } catch { return [] }
  }
}

/// What suspend, reinstate and revoke share.
protocol LifecycleCommand: ParsableCommand {
  static var act: LifecycleAct { get }
  var options: GlobalOptions { get }
  var selection: Selection { get }
  var reason: String { get }
  var note: String { get }
  var dryRun: Bool { get }
  var plan: String? { get }
}

extension LifecycleCommand {
  func run() throws {
    if let id = selection.id, !dryRun {
      let number = try readID(id)
      let session = try options.session()
      let after = try session.lifecycle.change(number, Self.act, reason: reason, note: note)
      if options.json {
        Console.json(after.json(at: options.now))
      } else {
        let published = try session.registry.publications.publishedAt(credential: after.seq).map {
          Instant(seconds: $0)
        }
        Console.line(
          """
          \(number.display) is now \(after.stateName(at: options.now))\(published.map { ", published \($0)" } ?? "")
          """
        )
      }
      return
    }
    let session = try options.session()
    let (records, source) = try selection.records(
      session.reader,
      filter: CredentialFilter(),
      now: session.now,
      states: Self.act.from,
      purpose: "\(Self.act.rawValue) "
    )
    if dryRun {
      if let plan { try writeOutput(session.lifecycle.plan(records, Self.act, reason: reason, note: note), to: plan) }
      Listing.show(records, options, at: session.now, csv: false, room: session.reader)
      if options.talks {
        Console.note("Nothing was changed. This would \(Self.act.rawValue) \(counted(records.count, "certificate"))")
      }
      return
    }
    let progress = ProgressLine(Self.act.rawValue, total: records.count, enabled: options.talks && records.count > 1)
    let outcome = try session.lifecycle.change(records, Self.act, reason: reason, note: note, source: source) {
      progress.update($0)
    }
    try Changed.report(outcome, Self.act, options: options, session: session)
  }
}

extension LifecycleAct {
  var past: String {
    switch self {
    case .suspend: "suspended"
    case .reinstate: "reinstated"
    case .revoke: "revoked"
    }
  }
}

/// What became of many.
enum Changed {
  static func report(
    _ outcome: ChangeOutcome,
    _ act: LifecycleAct,
    options: GlobalOptions,
    session: AuthoritySession
  ) throws {
    let report = try session.reporter.writeReport(outcome.requests)
    if options.json {
      Console.json([
        "act": JSON(act.rawValue), "changed": .array(outcome.changed.map { JSON($0) }),
        "refused": .array(
          outcome.refused.map {
            [
              "id": JSON($0.id), "code": JSON($0.refusal.code.rawValue),
              "message": JSON(ErrorPresenter.sentence($0.refusal)),
            ]
          }
        ),
        "waiting": .array(outcome.waiting.map { .integer($0.request) }),
        "requests": .array(outcome.requests.map { .integer($0) }),
        "report": report.map { JSON($0.path) } ?? .null,
      ])
    } else {
      for refused in outcome.refused.prefix(50) {
        Console.note(
          "refused: \(refused.id): \(ErrorPresenter.sentence(refused.refusal)) (\(refused.refusal.code.rawValue))"
        )
      }
      let nothing = outcome.changed.isEmpty && outcome.refused.isEmpty && !outcome.waiting.isEmpty
      if !nothing {
        Console.line("\(act.past) \(grouped(outcome.changed.count)), refused \(grouped(outcome.refused.count))")
      }
      for waiting in outcome.waiting {
        guard case .approvalMissing(let approval) = waiting.refusal.reason else { continue }
        Console.line(
          """
          \(nothing ? "Nothing \(act.past) yet: " : "")\(counted(approval.rows, "certificate")) \
          \(approval.rows == 1 ? "waits" : "wait") for a second officer as request \(approval.request)
          """
        )
        Console.note("Next: \(ErrorPresenter.next(approval.request))")
      }
      if let report, options.talks {
        Console.note("report: \(Console.shown(report.path)).json and .csv, signed in .sig")
      }
    }
    if !outcome.refused.isEmpty || !outcome.waiting.isEmpty { Foundation.exit(1) }
  }
}

/// `khatm suspend`.
struct Suspend: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Suspend certificates; they can be reinstated.",
    discussion: """
      Reasons: \(LifecycleAct.suspend.reasonWords).

        khatm suspend 7Q2M-4XW9-K3PD-T5HB-PA --reason fees_unpaid
        khatm suspend --lapsed-fees --before 2026-11-01 --chamber dubai --reason fees_unpaid --dry-run
      """
  )
  static let act = LifecycleAct.suspend
  @OptionGroup var options: GlobalOptions
  @OptionGroup var selection: Selection
  @Option(help: "Code of the reason: \(LifecycleAct.suspend.reasonWords).") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
  @Flag(help: "Say which it would be, change nothing.") var dryRun = false
  @Option(help: ArgumentHelp("With --dry-run: write a plan for khatm run.", valueName: "file")) var plan: String?
}

/// `khatm reinstate`.
struct Reinstate: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lift a suspension.",
    discussion: "Reasons: \(LifecycleAct.reinstate.reasonWords)."
  )
  static let act = LifecycleAct.reinstate
  @OptionGroup var options: GlobalOptions
  @OptionGroup var selection: Selection
  @Option(help: "Code of the reason: \(LifecycleAct.reinstate.reasonWords).") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
  @Flag(help: "Say which it would be, change nothing.") var dryRun = false
  @Option(help: ArgumentHelp("With --dry-run: write a plan for khatm run.", valueName: "file")) var plan: String?
}

/// `khatm revoke`.
struct Revoke: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Revoke certificates for good.",
    discussion: """
      Reasons: \(LifecycleAct.revoke.reasonWords).

      Nothing leads back from revoked. More in one day than the programme's brake allows stop, and wait for a second \
      officer.
      """
  )
  static let act = LifecycleAct.revoke
  @OptionGroup var options: GlobalOptions
  @OptionGroup var selection: Selection
  @Option(help: "Code of the reason: \(LifecycleAct.revoke.reasonWords).") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
  @Flag(help: "Say which it would be, change nothing.") var dryRun = false
  @Option(help: ArgumentHelp("With --dry-run: write a plan for khatm run.", valueName: "file")) var plan: String?
}
