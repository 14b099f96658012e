import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Sheets

extension CredentialRecord {
  /// `expired` follows from the clock; everything else is stored.
  func stateName(at now: Instant) -> String { state == "active" && validUntil < now.seconds ? "expired" : state }

  func json(at now: Instant) -> JSON {
    ["id": JSON(id), "member": JSON(memberKey), "programme": JSON(programme), "state": JSON(stateName(at: now)),
     "validFrom": JSON(Instant(seconds: validFrom).description), "validUntil": JSON(Instant(seconds: validUntil).description)]
  }
}

/// A certificate number as an officer types or pastes it: with or without hyphens, or a whole link.
func readID(_ text: String) throws -> CredentialID {
  let last = text.split(separator: "/").last.map(String.init) ?? text
  do { return try CredentialID(reading: last.split(separator: "?").first.map(String.init) ?? last) } catch {
    throw error == .checkCharactersWrong
      ? CommandFailure(2, "check_characters_wrong", "\(text) was mistyped: its check characters do not fit")
      : CommandFailure(2, "id_malformed", "\(text) is not a certificate number", hint: "a number has 18 characters, for example 7Q2M-4XW9-K3PD-T5HB-PA")
  }
}

struct Issue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Issue certificates: to one member, or to every row of a spreadsheet.",
    discussion: """
      A certificate exists when its record, its entry in the public log and the log's checkpoint are on disk together; only then is it \
      shown and published. Running the same file again issues nothing twice. Rows that a rule refuses (fees unpaid, quota) are named, \
      and the command ends with 1.

        khatm issue --programme verified-membership --member dubai/517919
        khatm issue --programme verified-membership --csv members.csv
      """)
  @OptionGroup var options: GlobalOptions
  @Option(help: "The programme, for example verified-membership.") var programme: String
  @Option(help: "CHAMBER/NUMBER; may be given several times.") var member: [String] = []
  @Option(help: "Spreadsheet with the columns of member import; members must be imported before.", completion: .file(extensions: ["csv"])) var csv: String?
  @Option(help: ArgumentHelp("An earlier end than the programme's.", valueName: "time")) var until: String?

  func validate() throws {
    guard (csv == nil) != member.isEmpty else { throw ValidationError("give either --member or --csv") }
  }

  func run() throws {
    let office = try options.office()
    guard let profile = office.profiles.programme(programme) else {
      throw CommandFailure(2, "programme_unknown", "there is no programme \(programme)",
                           hint: "known are \(office.profiles.programmes.map(\.id).joined(separator: ", "))")
    }
    var end: Instant?
    if let until {
      guard let instant = Instant(rfc3339: until) ?? CivilDate(until)?.endOfDay else {
        throw CommandFailure(2, "time_malformed", "\(until) is not a time", hint: "write 2026-11-22T09:00:00Z or 2026-11-22")
      }
      end = instant
    }
    var orders: [IssueOrder] = []
    if let csv {
      let sheet = try office.read(sheet: try readInput(csv, limit: Office.largestSheet))
      var faults = sheet.faults
      for row in sheet.rows {
        if let known = try office.registry.member(chamber: row.chamber, number: row.number) {
          orders.append(IssueOrder(member: known, row: row.row))
        } else {
          faults.append(.init(row: row.row, column: "member_number", code: "member_unknown", message: "The member \(row.key) is not in the register.", params: ["member": row.key]))
        }
      }
      if !faults.isEmpty {
        for fault in faults where !options.json { Console.note("\(Console.shown(csv)):\(fault.row): \(fault.column.map { "\($0): " } ?? "")\(Console.shown(fault.message)) (\(fault.code))") }
        throw CommandFailure(2, "faults", "nothing was issued: \(faults.count) faults in \(sheet.rowCount) rows",
                             hint: "khatm member import reads the same file", details: ["faults": .array(faults.map(\.json))])
      }
    } else {
      orders = try member.map { IssueOrder(member: try office.readingRoom.member($0)) }
    }
    let progress = ProgressLine("issuing", total: orders.count, enabled: options.talks && orders.count > 1)
    let outcome = try office.issue(orders, programme: profile, until: end) { progress.update($0) }
    report(outcome, single: csv == nil && member.count == 1)
  }

  private func report(_ outcome: IssueOutcome, single: Bool) {
    func json(_ issued: IssueOutcome.Issued) -> JSON {
      ["id": JSON(issued.id), "member": JSON(issued.member), "programme": JSON(issued.programme),
       "validFrom": JSON(issued.validFrom.description), "validUntil": JSON(issued.validUntil.description)]
    }
    if options.json {
      Console.json(["issued": .array(outcome.issued.map(json)), "unchanged": .array(outcome.unchanged.map(json)),
                    "refused": .array(outcome.refused.map { refused in
                      ["member": JSON(refused.member), "row": refused.row.map { .integer(Int64($0)) } ?? .null, "code": JSON(refused.refusal.code),
                       "message": JSON(Sentences.sentence(refused.refusal))]
                    })])
    } else {
      for issued in outcome.issued.prefix(single ? 1 : 20) {
        Console.line("\(issued.id)  \(issued.member)  \(issued.programme)  until \(CivilDate(of: issued.validUntil))")
      }
      if outcome.issued.count > 20 { Console.line("… and \(outcome.issued.count - 20) more (khatm list shows all)") }
      for same in outcome.unchanged.prefix(20) { Console.note("\(same.member) has one already: \(same.id)") }
      if outcome.unchanged.count > 20 { Console.note("… and \(outcome.unchanged.count - 20) more that have one already") }
      for refused in outcome.refused.prefix(50) {
        Console.note("refused: \(refused.row.map { "line \($0): " } ?? "")\(refused.member): \(Sentences.sentence(refused.refusal)) (\(refused.refusal.code))")
      }
      if !single { Console.note("issued \(outcome.issued.count), already there \(outcome.unchanged.count), refused \(outcome.refused.count)") }
    }
    if !outcome.refused.isEmpty { Foundation.exit(1) }
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List certificates.", discussion: "  khatm list --programme trusted-membership --state suspended")
  @OptionGroup var options: GlobalOptions
  @Option(help: "Only this chamber.") var chamber: String?
  @Option(help: "Only this programme.") var programme: String?
  @Option(help: "Only this state: active, expired, suspended, revoked, superseded.") var state: String?
  @Option(help: "Only this member: CHAMBER/NUMBER.") var member: String?

  func run() throws {
    var filter = CredentialFilter()
    filter.chamber = chamber; filter.programme = programme; filter.member = member
    filter.state = state == "expired" ? "active" : state
    let now = options.now
    let records = try options.register().registry.credentials(filter).filter { state == nil || $0.stateName(at: now) == state }
    if options.json { Console.json(.array(records.map { $0.json(at: now) })); return }
    Console.table(["id", "member", "programme", "state", "until"],
                  records.map { [$0.id, $0.memberKey, $0.programme, $0.stateName(at: now), CivilDate(of: Instant(seconds: $0.validUntil)).description] })
  }
}

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show one certificate with its whole history.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String

  func run() throws {
    let room = try options.register(), number = try readID(id)
    guard let record = try room.registry.credential(id: number.description), let member = try room.registry.member(rowID: record.member) else {
      throw CommandFailure(1, "credential_unknown", "no certificate has the number \(number.display)")
    }
    let events = try room.registry.events(of: record.seq), now = options.now
    if options.json {
      guard case .object(var object) = record.json(at: now) else { return }
      object["url"] = JSON(BadgeLink.url(number, host: room.authority.host))
      object["name"] = ["en": JSON(member.nameEn), "ar": JSON(member.nameAr)]
      object["leaf"] = record.leaf.map { .integer($0) } ?? .null
      object["status"] = ["revocation": ["list": .integer(record.revocationSeries), "index": .integer(record.revocationIndex)],
                          "suspension": ["list": .integer(record.suspensionSeries), "index": .integer(record.suspensionIndex)]]
      object["replacedBy"] = record.replacedBy.map { JSON($0) } ?? .null
      object["replaces"] = record.replaces.map { JSON($0) } ?? .null
      object["history"] = .array(events.map {
        ["event": JSON($0.kind), "at": JSON(Instant(seconds: $0.at).description), "officer": JSON($0.officer), "reason": JSON($0.reason), "note": JSON($0.note),
         "leaf": $0.leaf.map { .integer($0) } ?? .null]
      })
      Console.json(.object(object))
      return
    }
    Console.line("\(number.display)  \(record.stateName(at: now))")
    Console.line("\(Console.shown(member.nameEn)) · \(Console.shown(member.nameAr))  (\(member.key))")
    Console.line("\(record.programme), \(Instant(seconds: record.validFrom)) to \(Instant(seconds: record.validUntil))")
    Console.line(BadgeLink.url(number, host: room.authority.host))
    for event in events {
      Console.line("  \(Instant(seconds: event.at))  \(event.kind.padding(toLength: 11, withPad: " ", startingAt: 0)) \(Console.shown(event.officer))  \(event.reason)\(event.note.isEmpty ? "" : ": " + Console.shown(event.note))")
    }
  }
}

/// What suspend, reinstate and revoke share.
protocol LifecycleCommand: ParsableCommand {
  static var act: LifecycleAct { get }
  var options: GlobalOptions { get }
  var id: String { get }
  var reason: String { get }
  var note: String { get }
}

extension LifecycleCommand {
  func run() throws {
    let number = try readID(id)
    let after = try options.office().change(number, Self.act, reason: reason, note: note)
    if options.json { Console.json(after.json(at: options.now)) } else {
      Console.line("\(number.display) is now \(after.stateName(at: options.now)), published \(Instant(seconds: after.stateSince))")
    }
  }
}

struct Suspend: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Pause a certificate; it can be reinstated.",
    discussion: "Reasons: \(LifecycleAct.suspend.reasons.joined(separator: ", ")).\n\n  khatm suspend 7Q2M-4XW9-K3PD-T5HB-PA --reason fees_unpaid")
  static let act = LifecycleAct.suspend
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(help: "Code of the reason.") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
}

struct Reinstate: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "End the pause of a certificate.", discussion: "Reasons: \(LifecycleAct.reinstate.reasons.joined(separator: ", ")).")
  static let act = LifecycleAct.reinstate
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(help: "Code of the reason.") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
}

struct Revoke: LifecycleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Withdraw a certificate for good.", discussion: "Reasons: \(LifecycleAct.revoke.reasons.joined(separator: ", ")).\n\nNothing leads back from revoked.")
  static let act = LifecycleAct.revoke
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(help: "Code of the reason.") var reason: String
  @Option(help: "A note for the register; it is never published.") var note = ""
}

struct Publish: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring public/ up to date and renew what runs out (run it every few hours).",
    discussion: """
      Every command that changes something publishes it. This one renews signed lists before they end: status lists live 24 hours, \
      the CRL of a chamber 7 days, the trust list 30 days. It also finishes what an interrupted command left.

        0 */6 * * *  khatm publish --home /srv/khatm --passphrase-file /root/khatm.passphrase
      """)
  @OptionGroup var options: GlobalOptions
  @Flag(help: "Sign and write everything anew, also what is not due.") var all = false

  func run() throws {
    let office = try options.office()
    try office.finishAndPublish(everything: all)
    if options.json { Console.json(["published": true, "public": JSON(office.home.publicPath)]) } else if !options.quiet {
      Console.line("\(office.home.publicPath) is up to date")
    }
  }
}
