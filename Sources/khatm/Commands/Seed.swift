import ArgumentParser
internal import Credentials
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Vocabulary

/// `khatm seed`: the sample world.
struct Seed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load the sample world: four chambers, some thirty members, their certificates and what became of them.",
    discussion: """
      Makes the home if there is none. Running it again adds only what is missing. A home that holds other data is \
      refused: samples and \
      a real register never share a log. Which certificate is which stands in HOME/seeds.json afterwards.

        khatm seed seeds
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The folder seeds/ of the project.", completion: .directory) var folder: String
  @Option(help: "Seconds after which the certificate that is to expire soon ends.") var soon: Int64 = 3
  @Option(
    help: ArgumentHelp("Folder with profiles/ and platforms.yaml to start from.", valueName: "folder"),
    completion: .directory
  ) var certs: String?

  func run() throws {
    let base = absolute(folder)
    let world = try readWorld(base)
    let home = try options.requireHome()
    let marker = home.path + "/seeds.json"
    let known = try readMarker(marker)
    if !home.exists {
      _ = try AuthoritySetup.found(
        home,
        name: world.authority.name,
        host: world.authority.host,
        country: world.authority.country,
        source: try ProfileFinder.find(certs),
        now: options.now,
        passphrase: options.passphrase
      )
    } else if known == nil {
      let room = try options.register()
      guard room.authority.host == world.authority.host, try room.registry.keys.chambers().isEmpty,
        try room.registry.members.count() == 0
      else {
        throw CommandFailure(
          exit: 1,
          "home_holds_other_data",
          "\(home.path) holds other data; samples are not mixed into it",
          hint: "choose an empty folder with --home"
        )
      }
    }
    var names = known ?? [:]
    try writeMarker(names, marker)
    let existing = Set(try options.register().registry.keys.chambers().map(\.slug))
    for chamber in world.chambers where !existing.contains(chamber.slug) {
      _ = try options.session().setup.addChamber(
        slug: chamber.slug,
        nameEn: chamber.nameEn,
        nameAr: chamber.nameAr,
        jurisdiction: chamber.jurisdiction,
        domain: chamber.domain
      )
      say("recognised \(chamber.nameEn)")
    }
    let outcome = try options.session().members.importMembers(
      try readInput(base + "/members.csv", limit: MemberRegister.largestSheet)
    )
    guard outcome.faults.isEmpty else {
      throw CommandFailure(
        exit: 2,
        "faults",
        "\(folder)/members.csv has \(counted(outcome.faults.count, "error"))",
        details: ["faults": .array(outcome.faults.map(\.json))]
      )
    }
    say("\(counted(outcome.rows, "member")): \(outcome.counts.added) added, \(outcome.counts.changed) updated")
    var issued = 0
    // One desk for the whole plan: each key is decrypted once.
    let session = world.credentials.contains(where: { names[$0.name] == nil }) ? try options.session() : nil
    for item in world.credentials where names[item.name] == nil {
      guard let session else { break }
      names[item.name] = try make(item, names: names, session: session)
      issued += 1
      try writeMarker(names, marker)
    }
    if options.json {
      var object = JSONObject()
      for (name, id) in names { object[Text(name)] = JSON(id) }
      Console.json([
        "home": JSON(home.path), "members": .integer(Int64(outcome.rows)), "issued": .integer(Int64(issued)),
        "credentials": .object(object),
      ])
    } else {
      Console.line(
        "\(counted(world.credentials.count, "certificate")), \(issued) of them new; \(marker) tells which is which"
      )
    }
  }

  private func make(_ item: SampleWorld.PlannedCredential, names: [String: String], session: AuthoritySession)
    throws -> String
  {
    guard let programme = session.profiles.programme(item.programme) else {
      throw CommandFailure(exit: 2, "programme_unknown", "there is no programme \(item.programme)")
    }
    let member = try session.reader.member(item.member)
    let until = item.fate == .endsSoon ? options.now.adding(seconds: soon) : nil
    var choice = IssueOptions()
    choice.until = until
    let outcome: IssueOutcome
    if let replaces = item.replaces, let replaced = names[replaces.name] {
      outcome = try session.issuer.supersede(
        try readID(replaced),
        reason: SupersedeReason(rawValue: replaces.reason) ?? .error,
        into: nil,
        until: until,
        note: ""
      )
    } else if item.isApproved {
      outcome = try SampleOffice.issue(member, programme, options: options, session: session)
    } else {
      outcome = try session.issuer.issue([IssueOrder(member: member)], programme: programme, options: choice)
    }
    if let refused = outcome.refused.first { throw refused.refusal }
    guard let id = (outcome.issued + outcome.unchanged).first?.id else {
      throw CommandFailure(exit: 5, "internal", "nothing was issued to \(item.member)")
    }
    if item.isVouched {
      let record = try session.reader.certificate(try readID(id)).record
      let findings = try session.reader.boundPages(record).map { ($0.binding.key, BindingFinding.proved(.officer)) }
      _ = try session.bindings.record(findings, of: try readID(id))
    }
    let act: (LifecycleAct, reason: String, note: String)? =
      switch item.fate {
      case .suspended(let reason, let note): (.suspend, reason, note)
      case .revoked(let reason, let note): (.revoke, reason, note)
      case .stays, .endsSoon: nil
      }
    if let act { _ = try session.lifecycle.change(try readID(id), act.0, reason: act.reason, note: act.note) }
    say("\(id)  \(item.member)  \(item.programme)\(act.map { ", then \($0.0.rawValue)" } ?? "")")
    return id
  }

  private func say(_ text: String) { if options.talks { Console.note(Console.shown(text)) } }

  /// The pages are the business of tests: a folder need not have them.
  private func readWorld(_ folder: String) throws -> SampleWorld {
    func bytes(_ name: String) throws -> [UInt8] { try readInput("\(folder)/\(name)", limit: 1 << 20) }
    do {
      return try SampleWorld(chambers: try bytes("chambers.yaml"), plan: try bytes("issue-plan.yaml"))
    } catch let rejection as ProfileRejection {
      throw CommandFailure(exit: 2, "seeds_malformed", "\(folder)/\(rejection)")
    }
  }

  private func readMarker(_ path: String) throws -> [String: String]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let object = try JSONObject.parse(try readInput(path, limit: 1 << 20))
      return Dictionary(
        uniqueKeysWithValues: object.members.compactMap { member in member.value.string.map { (member.name.string, $0) }
        }
      )
    } catch let error as JSONRejection { throw CommandFailure(exit: 2, "seeds_malformed", "\(path): \(error.words)") }
  }

  private func writeMarker(_ names: [String: String], _ path: String) throws {
    var object = JSONObject()
    for (name, id) in names { object[Text(name)] = JSON(id) }
    try writeOutput(object.canonical() + [0x0A], to: path)
  }
}
