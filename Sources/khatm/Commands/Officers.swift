import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Vocabulary

/// `khatm officer`: who may act.
struct OfficerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "officer",
    abstract: "Register officers, list them, end their rights.",
    discussion: """
      Without officers the registrar, who holds the passphrase of the authority's keys, acts alone and counts for \
      nothing where two are \
      needed. An officer belongs to one chamber. A clerk asks, issues and changes; an approver agrees; an auditor only \
      reads. Each has a key \
      and a passphrase of their own; the key signs every act.
      """,
    subcommands: [Add.self, ListAll.self, Remove.self]
  )

  /// `khatm officer add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register an officer and make the officer's key.",
      discussion: """
        The key goes to the officer's folder (--officer-folder, KHATM_OFFICER_FOLDER, else officers/ of the home), \
        encrypted with the \
        officer's passphrase (KHATM_OFFICER_PASSPHRASE, --officer-passphrase-file, or a prompt).

          khatm officer add amal --chamber dubai --role clerk
          khatm officer add omar --chamber dubai --role clerk --role approver
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Short name: a-z, 0-9, dots and hyphens; never given to anybody else again.") var name: String
    @Option(help: "The chamber the officer acts for.") var chamber: String
    @Option(
      help: "clerk, approver or auditor; may be given several times.",
      transform: { text in
        guard let role = OfficerRole(rawValue: text) else {
          throw ValidationError("\"\(text)\" is not a role: clerk, approver or auditor")
        }
        return role
      }
    ) var role: [OfficerRole]

    func run() throws {
      let session = try options.session()
      let officer = try session.setup.addOfficer(
        name: name,
        chamber: chamber,
        roles: role,
        credentials: options.officerCredentials(session.home, name, isNew: true)
      )
      if options.json {
        Console.json(OfficerCommand.json(officer))
      } else {
        Console.line("\(officer.name) is \(OfficerCommand.roles(officer)) of \(officer.chamber)")
      }
    }
  }

  /// `khatm officer list`.
  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List officers, also those no longer in session."
    )
    @OptionGroup var options: GlobalOptions
    func run() throws {
      let officers = try options.register().registry.officers.all()
      if options.json {
        Console.json(.array(officers.map(OfficerCommand.json)))
        return
      }
      Console.table(
        ["officer", "chamber", "roles", "since", "until"],
        officers.map {
          [
            $0.name, $0.chamber, OfficerCommand.roles($0), CivilDate(of: Instant(seconds: $0.addedAt)).description,
            $0.removedAt.map { CivilDate(of: Instant(seconds: $0)).description } ?? "",
          ]
        }
      )
    }
  }

  /// `khatm officer remove`.
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End an officer's rights at once and for good.",
      discussion:
        "Approvals that the officer gave under open requests no longer count, and the officer's own open requests end."
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The officer's name.") var name: String
    func run() throws {
      let ended = try options.session().setup.removeOfficer(name)
      if options.json {
        Console.json(["officer": JSON(name), "ended": .array(ended.map { .integer($0) })])
      } else {
        Console.line(
          "\(Console.shown(name)) is no longer in office"
            + (ended.isEmpty ? "" : "; ended requests: \(ended.map { "\($0)" }.joined(separator: ", "))")
        )
      }
    }
  }

  static func roles(_ officer: Officer) -> String { officer.roles.map(\.rawValue).joined(separator: ", ") }
  static func json(_ officer: Officer) -> JSON {
    [
      "officer": JSON(officer.name), "chamber": JSON(officer.chamber),
      "roles": .array(officer.roles.map { JSON($0.rawValue) }),
      "state": JSON(officer.removedAt == nil ? "active" : "removed"),
      "addedAt": JSON(Instant(seconds: officer.addedAt).description),
      "removedAt": officer.removedAt.map { JSON(Instant(seconds: $0).description) } ?? .null,
    ]
  }
}

/// Two invented officers of each chamber of the sample world, so that its four-eyes certificates come about as real
/// ones do.
enum SampleOffice {
  static func issue(_ member: Member, _ programme: Programme, options: GlobalOptions, session: AuthoritySession)
    throws
    -> IssueOutcome
  {
    let clerk = "sample-clerk.\(member.chamber)"
    let approver = "sample-approver.\(member.chamber)"
    for (name, role) in [(clerk, OfficerRole.clerk), (approver, .approver)]
    where try session.registry.officers.find(name) == nil {
      _ = try session.setup.addOfficer(
        name: name,
        chamber: member.chamber,
        roles: [role],
        credentials: options.officerCredentials(session.home, name)
      )
    }
    var choice = IssueOptions()
    choice.requestOnly = true
    let asked = try session.withOfficer(clerk, credentials: options.officerCredentials(session.home, clerk)) {
      try $0.issuer.issue([IssueOrder(member: member)], programme: programme, options: choice)
    }
    guard let request = asked.requests.first else { return asked }
    return try session.withOfficer(approver, credentials: options.officerCredentials(session.home, approver)) {
      second in
      if try second.registry.requests.approvalCount(request) < 2 {
        _ = try second.approvals.approve(request, acceptsNames: false)
      }
      guard case .issue(let outcome) = try second.runner.run(request) else { return asked }
      return outcome
    }
  }
}
