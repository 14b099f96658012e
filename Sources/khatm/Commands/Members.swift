import ArgumentParser
import Encodings
import Foundation
import Issuance
import Registry
import Sheets
import Vocabulary

/// `khatm member`: the register of members.
struct MemberCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "member",
    abstract: "Import members, list, show and search them.",
    subcommands: [Import.self, ListAll.self, Show.self, Search.self, SetContact.self, Erase.self]
  )

  /// `khatm member import`: all rows of a sheet, or none.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Import members from a spreadsheet saved as CSV UTF-8: all rows, or none.",
      discussion: """
        Columns: chamber, member_number, name_en, name_ar, legal_form, licence_number, licence_authority, \
        jurisdiction, member_since, \
        fees_paid_until, storefront, platform, website, contact_name, contact_email, contact_phone. The first line \
        holds the headings. \
        A row that is wrong is named by its line and column, with the reason; then nothing is imported.

          khatm member import members.csv
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["csv"])) var file: String

    func run() throws {
      let bytes = try readInput(file, limit: MemberRegister.largestSheet)
      let session = try options.session()
      let outcome: ImportOutcome
      do {
        outcome = try session.members.importMembers(bytes)
      } catch let rejection as ActRejection {
        throw try Self.failure(rejection, sheet: bytes, session: session)
      }
      if options.json {
        Console.json([
          "rows": .integer(Int64(outcome.rows)), "imported": .integer(Int64(outcome.imported)),
          "added": .integer(Int64(outcome.counts.added)), "changed": .integer(Int64(outcome.counts.changed)),
          "unchanged": .integer(Int64(outcome.counts.unchanged)), "faults": .array(outcome.faults.map(\.json)),
        ])
      } else if outcome.faults.isEmpty {
        let counts = [
          (outcome.counts.added, "added"), (outcome.counts.changed, "updated"), (outcome.counts.unchanged, "unchanged"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ")
        Console.line("\(counted(outcome.rows, "member"))\(parts.isEmpty ? "" : ": ")\(parts)")
        for update in outcome.counts.updates { Console.line("  updated: \(Console.shown(Self.words(update)))") }
        let more = outcome.counts.changed - outcome.counts.updates.count
        if more > 0 { Console.line("  … and \(grouped(more)) more") }
      } else {
        Issuing.show(outcome.faults, file: file)
        Console.note("khatm: nothing was imported: \(Issuing.errors(outcome.faults, outcome.rows))")
      }
      if !outcome.faults.isEmpty { throw ExitCode(2) }
    }

    /// `dubai/254990 (licence number 297676 → 297767)`
    private static func words(_ update: ImportCounts.Update) -> String {
      let changes = zip(MemberCommand.fields(update.before), MemberCommand.fields(update.after)).compactMap {
        old,
        new in
        old.1 == new.1
          ? nil : "\(old.0.replacing("_", with: " ")) \(old.1.isEmpty ? "–" : old.1) → \(new.1.isEmpty ? "–" : new.1)"
      }
      return "\(update.before.key) (\(changes.isEmpty ? "contact" : changes.joined(separator: "; ")))"
    }

    /// A sheet with members of another chamber: the first line that holds one is named.
    private static func failure(_ rejection: ActRejection, sheet bytes: [UInt8], session: AuthoritySession) throws
      -> CommandFailure
    {
      let failure = ErrorPresenter.failure(rejection)
      guard case .otherChamber(let officer, let own, _, let chamber) = rejection.reason,
        let row = try session.members.read(sheet: bytes).rows.first(where: { $0.chamber == chamber })
      else { return failure }
      return CommandFailure(
        exit: failure.exit,
        failure.code,
        "line \(row.row): \(row.key) belongs to \(chamber), and \(officer) may import members of \(own) only",
        details: failure.details
      )
    }
  }

  /// `khatm member list`.
  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List members.")
    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this chamber.") var chamber: String?
    func run() throws {
      MemberCommand.printAll(try options.register().registry.members.all(chamber: chamber), json: options.json)
    }
  }

  /// `khatm member search`.
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find members by name (Arabic or English), number, licence or address.",
      discussion: "  khatm member search النور"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Beginnings of words.") var words: [String]
    @Option(help: "At most this many.") var limit = 50
    func run() throws {
      MemberCommand.printAll(
        try options.register().registry.members.search(words.joined(separator: " "), limit: limit),
        json: options.json
      )
    }
  }

  /// `khatm member show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one member and its certificates.",
      discussion: "  khatm member show dubai/517919"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "CHAMBER/NUMBER") var key: String
    func run() throws {
      let room = try options.register()
      let member = try room.member(key)
      var filter = CredentialFilter()
      filter.member = member.key
      let credentials = try room.registry.credentials.matching(filter)
      if options.json {
        guard case .object(var object) = MemberCommand.json(member) else { return }
        object["credentials"] = .array(credentials.map { $0.json(at: options.now) })
        Console.json(.object(object))
        return
      }
      for (label, value) in MemberCommand.fields(member) where !value.isEmpty {
        Console.line(label.padding(toLength: 18, withPad: " ", startingAt: 0) + Console.shown(value))
      }
      for credential in credentials {
        Console.line(
          "certificate       \(credential.id)  \(credential.programme)  \(credential.stateName(at: options.now))"
        )
      }
    }
  }

  /// `khatm member contact`.
  struct SetContact: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "contact",
      abstract: "Enter by hand the person a chamber writes to; the only way after an erasure.",
      discussion: "  khatm member contact dubai/517919 --name \"Huda Karim\" --email office@desert-rose.example"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "CHAMBER/NUMBER") var key: String
    @Option(help: "Name of the person.") var name: String
    @Option(help: "E-mail address; empty for none.") var email = ""
    @Option(help: "Telephone number with country code; empty for none.") var phone = ""
    func run() throws {
      let session = try options.session()
      let member = try session.reader.member(key)
      try session.members.setContact(name: name, email: email, phone: phone, of: member)
      if options.json {
        Console.json(["member": JSON(member.key), "set": ["contact_name", "contact_email", "contact_phone"]])
      } else {
        Console.line("Saved the contact of \(member.key)")
      }
    }
  }

  /// `khatm member erase`: personal data only; the member stays.
  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Erase the person a chamber writes to: name, e-mail and telephone number.",
      discussion: """
        The contact is overwritten in the register, and no sheet brings it back: khatm member contact enters another \
        by hand. Certificates, the public log and the audit trail \
        never held it and stay as they are. A certificate about a person (training, representative, card) is public: \
        revoke it.

          khatm member erase dubai/517919
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "CHAMBER/NUMBER") var key: String
    func run() throws {
      let session = try options.session()
      let member = try session.reader.member(key)
      try session.members.eraseContact(of: member, note: "")
      if options.json {
        Console.json(["member": JSON(member.key), "erased": ["contact_name", "contact_email", "contact_phone"]])
      } else {
        Console.line("Erased the contact of \(member.key)")
      }
    }
  }

  static func fields(_ member: Member) -> [(String, String)] {
    [
      ("member", member.key), ("name_en", member.nameEn), ("name_ar", member.nameAr), ("legal_form", member.legalForm),
      ("licence_number", member.licenceNumber), ("licence_authority", member.licenceAuthority),
      ("jurisdiction", member.jurisdiction),
      ("member_since", member.memberSince), ("fees_paid_until", member.feesPaidUntil),
      ("storefront", member.storefront),
      ("platform", member.platform), ("website", member.website), ("membership", member.membership.rawValue),
    ]
  }

  static func json(_ member: Member) -> JSON {
    var object = JSONObject()
    for (name, value) in fields(member) { object[Text(name)] = JSON(value) }
    return .object(object)
  }

  static func printAll(_ members: [Member], json asJSON: Bool) {
    if asJSON {
      Console.json(.array(members.map(json)))
      return
    }
    Console.table(
      ["member", "name", "licence", "fees until", "storefront"],
      members.map {
        [
          $0.key, "\($0.nameEn) · \($0.nameAr)", $0.licenceNumber, $0.feesPaidUntil,
          $0.storefront.isEmpty ? $0.website : $0.storefront,
        ]
      }
    )
  }
}
