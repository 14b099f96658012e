import ArgumentParser
import Credentials
import Encodings
import Foundation
import Issuance
import Messages
import Registry
import Storefronts
import Vocabulary

/// `khatm binding`: proofs that a page is the member's.
struct BindingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "binding",
    abstract: "Prove that the pages of a certificate are the member's, and prove it again in time.",
    discussion: """
      A certificate names its pages. Whether they are still the member's is proved again and again: every 90 days for \
      a site of the member's own, every 30 days for a \
      shop on a marketplace. A site proves it with a file that holds a code, new for each proof; a shop with the \
      badge on its page and \
      an officer who vouches that only the owner can write there. Proofs stand in the register, the log and the \
      directory, not in the token.

        khatm binding list 7Q2M-4XW9-K3PD-T5HB-PA
        khatm binding prove 7Q2M-4XW9-K3PD-T5HB-PA
        khatm binding due --within 14d
      """,
    subcommands: [List.self, Due.self, Prove.self, Fail.self, Withdraw.self]
  )

  /// `khatm binding list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the pages of a certificate, their proofs and the file that the next proof needs.",
      discussion: "  khatm binding list 7Q2M-4XW9-K3PD-T5HB-PA --json"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Number of the certificate.") var id: String
    func run() throws {
      let room = try options.register()
      let record = try BindingText.record(id, room)
      BindingText.show(try room.boundPages(record), record, in: room, options: options)
    }
  }

  /// `khatm binding due`: what an officer should look at.
  struct Due: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "List pages of certificates in force that were never proved, run out soon, do not answer, or contradict.",
      discussion: "  khatm binding due --within 14d --chamber dubai --json"
    )
    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("How far to look ahead.", valueName: "time")) var within = "14d"
    @Option(help: "Only this chamber.") var chamber: String?

    func run() throws {
      let room = try options.register()
      let now = options.now
      let until = now.adding(days: Int64(try Days.read(within)))
      var rows: [(CredentialRecord, BoundPage, String)] = []
      for record in try room.registry.credentials.inForce(chamber: chamber) {
        for page in try room.boundPages(record) {
          if let why = BindingText.due(page, until: until) { rows.append((record, page, why)) }
        }
      }
      if options.json {
        return Console.json([
          "due": .array(
            rows.map { record, page, why in
              var object = BindingText.json(page)
              object["certificate"] = JSON(record.id)
              object["member"] = JSON(record.memberKey)
              object["why"] = JSON(why)
              return .object(object)
            }
          )
        ])
      }
      Console.table(
        ["certificate", "member", "why", "prove again by", "page"],
        rows.map { record, page, why in
          [
            record.id, record.memberKey, why,
            page.record?.reproveBy.map { CivilDate(of: Instant(seconds: $0)).description } ?? "–",
            page.binding.display.string,
          ]
        }
      )
    }
  }

  /// `khatm binding prove`: the only one that asks the network.
  struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look at the pages of a certificate, and record what was found.",
      discussion: """
        The first time it only gives a code; khatm binding list shows the file to put on the site. A shop on a \
        marketplace needs --confirm: \
        an officer has seen that the badge stands where only the owner can write. --officer-saw records a proof that \
        was made on another way, \
        such as a record in the DNS. A page that does not answer loses nothing for seven days; one that contradicts \
        waits for an officer \
        (khatm binding fail).

          khatm binding prove 7Q2M-4XW9-K3PD-T5HB-PA --page https://www.al-noor.example/

        Exit codes: 0 all proved or asked, 1 a page contradicts, 3 a page does not answer.
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Number of the certificate.") var id: String
    @Option(help: ArgumentHelp("Only this page; all without it.", valueName: "address")) var page: String?
    @Flag(help: "The badge stands where only the owner of the shop can write; I have looked.") var confirm = false
    @Flag(help: "I have seen the proof on another way; nothing is fetched.") var officerSaw = false
    @Option(help: ArgumentHelp("Contact page named to the servers that are read.", valueName: "address")) var contact:
      String?

    func run() throws {
      // Everything that waits for the network comes before the lock is taken.
      let room = try options.register()
      let record = try BindingText.record(id, room)
      let platforms = try PlatformSource.table(options)
      let pages = try BindingText.chosen(page, of: try room.boundPages(record), platforms: platforms)
      guard !pages.isEmpty else { throw CommandFailure(exit: 1, "no_pages", "the certificate names no page") }
      let host = room.authority.host
      let number = try readID(record.id)
      let agent = "\(VerifyPage.readerName) (+\(contact ?? "https://\(host)/reader"))"
      let proof = ControlProof(
        door: GuardedFetch(platforms: platforms, policy: .publicInternet, userAgent: agent, resolver: .system),
        platforms: platforms,
        verifyHost: host
      )
      var findings: [(key: Text, finding: BindingFinding)] = []
      var pace = FetchPace()
      for page in pages {
        if let place = Self.host(of: page, platforms), !officerSaw {
          while case .later(let wait) = pace.begin(place, now: .now) {
            Thread.sleep(forTimeInterval: Double(wait.components.seconds) + 0.05)
          }
          pace.done(place)
        }
        findings.append((page.binding.key, look(at: page, for: proof, of: number)))
      }
      let after = try options.session().bindings.record(findings, of: number)
      BindingText.show(after, record, in: room, options: options, found: findings)
      if findings.contains(where: { if case .contradicted = $0.finding { true } else { false } }) { throw ExitCode(1) }
      if findings.contains(where: { if case .unreachable = $0.finding { true } else { false } }) { throw ExitCode(3) }
    }

    private func look(at page: BoundPage, for proof: ControlProof, of id: CredentialID) -> BindingFinding {
      if officerSaw { return .proved(.officer) }
      let outcome: ControlProof.Outcome
      switch page.binding.kind {
      case .platform:
        guard confirm else { return .ask }
        outcome = proof.page(page.binding.display, key: page.binding.key, shows: id)
      case .domain: return .ask  // a file on one host says nothing of all names under it
      case .host, .path:
        guard let code = page.record?.code else { return .ask }
        outcome = proof.file(page.binding.display, names: id, code: code)
      }
      switch outcome {
      case .proved: return .proved(page.binding.kind == .platform ? .page : .wellKnown)
      case .unreachable(let code): return .unreachable(code)
      case .contradicted(let why): return .contradicted(why.rawValue)
      }
    }

    private static func host(of page: BoundPage, _ platforms: PlatformTable) -> Text? {
      do throws(AddressRejection) {
        return try PageAddress.read(page.binding.display.bytes, platforms: platforms).host
      } catch { return nil }
    }
  }

  /// `khatm binding fail`.
  struct Fail: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Confirm that a page is no longer the member's: a badge there is answered with other_page.",
      discussion: "  khatm binding fail 7Q2M-4XW9-K3PD-T5HB-PA --page https://www.al-noor.example/ --officer omar"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Number of the certificate.") var id: String
    @Option(help: ArgumentHelp("The page.", valueName: "address")) var page: String
    func run() throws { try BindingText.decide(.failed, certificate: id, page: page, options: options) }
  }

  /// `khatm binding withdraw`.
  struct Withdraw: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a page off a certificate, for good.",
      discussion: "  khatm binding withdraw 7Q2M-4XW9-K3PD-T5HB-PA --page https://www.al-noor.example/"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Number of the certificate.") var id: String
    @Option(help: ArgumentHelp("The page.", valueName: "address")) var page: String
    func run() throws { try BindingText.decide(.withdrawn, certificate: id, page: page, options: options) }
  }
}

/// What these commands print of pages and proofs.
private enum BindingText {
  static func record(_ id: String, _ room: RegistryReader) throws -> CredentialRecord {
    let number = try readID(id)
    guard let record = try room.registry.credentials.find(id: number.description), record.parts != nil else {
      throw CommandFailure(exit: 1, "credential_unknown", "no certificate has the number \(number.display)")
    }
    return record
  }

  /// By the page's key, whatever spelling was given; all without an address.
  static func chosen(_ address: String?, of pages: [BoundPage], platforms: PlatformTable) throws -> [BoundPage] {
    guard let address else { return pages.filter { $0.record?.state != .withdrawn } }
    let read = try VerifyPage.read(address, platforms)
    let found = pages.filter { page in
      page.binding.key == read.key.text
        || (page.binding.kind == .domain && read.matchKeys.contains { $0.text == page.binding.key })
    }
    guard !found.isEmpty else {
      throw CommandFailure(
        exit: 2,
        "page_unknown",
        "the certificate does not name \(Console.shown(address))",
        hint: "khatm binding list shows its pages"
      )
    }
    return found
  }

  static func decide(_ finding: BindingFinding, certificate id: String, page: String, options: GlobalOptions) throws {
    let room = try options.register()
    let record = try record(id, room)
    let pages = try chosen(page, of: try room.boundPages(record), platforms: try PlatformSource.table(options))
    let after = try options.session().bindings.record(
      pages.map { ($0.binding.key, finding) },
      of: try readID(record.id)
    )
    show(after, record, in: room, options: options)
  }

  static func due(_ page: BoundPage, until: Instant) -> String? {
    guard let record = page.record else { return "never_proved" }
    if record.state == .withdrawn || record.state == .failed { return nil }
    if record.contradictedAt != nil { return "contradicted" }
    if record.unreachableSince != nil { return "unreachable" }
    if record.state == .asked { return "never_proved" }
    return record.reproveBy.map { $0 <= until.seconds } == true ? "runs_out" : nil
  }

  static func json(_ page: BoundPage) -> JSONObject {
    func time(_ seconds: Int64?) -> JSON { seconds.map { JSON(Instant(seconds: $0).description) } ?? .null }
    return JSONObject([
      "kind": JSON(page.binding.kind.rawValue), "key": .string(page.binding.key),
      "display": .string(page.binding.display), "state": JSON(page.record?.state.rawValue ?? "not_asked"),
      "method": page.record?.method.map { JSON($0.rawValue) } ?? .null, "provedAt": time(page.record?.provedAt),
      "reproveBy": time(page.record?.reproveBy),
      "unreachableSince": time(page.record?.unreachableSince), "contradictedAt": time(page.record?.contradictedAt),
      "code": page.record.map { JSON($0.code) } ?? .null,
    ])
  }

  static func show(
    _ pages: [BoundPage],
    _ record: CredentialRecord,
    in room: RegistryReader,
    options: GlobalOptions,
    found: [(key: Text, finding: BindingFinding)] = []
  ) {
    if options.json {
      return Console.json([
        "certificate": JSON(record.id),
        "pages": .array(
          pages.map { page in
            var object = json(page)
            if let finding = found.first(where: { $0.key == page.binding.key })?.finding {
              object["found"] = JSON(word(finding))
            }
            return .object(object)
          }
        ),
      ])
    }
    for page in pages {
      let state = page.record?.state.rawValue ?? "not asked"
      let finding = found.first { $0.key == page.binding.key }.map { ", found: \(word($0.finding))" } ?? ""
      Console.line("\(Console.shown(page.binding.display.string))  \(page.binding.kind.rawValue), \(state)\(finding)")
      if let proved = page.record?.provedAt, let by = page.record?.reproveBy {
        Console.line(
          """
            proved \(CivilDate(of: Instant(seconds: proved))) (\(page.record?.method?.rawValue ?? "?")), again by \
          \(CivilDate(of: Instant(seconds: by)))
          """
        )
      }
      if let since = page.record?.unreachableSince {
        Console.line("  does not answer since \(Instant(seconds: since))")
      }
      if let at = page.record?.contradictedAt {
        Console.line("  contradicts since \(Instant(seconds: at)); khatm binding fail confirms it")
      }
      guard let code = page.record?.code, page.binding.kind == .host || page.binding.kind == .path,
        page.record?.state != .withdrawn
      else { continue }
      Console.line("  file for the next proof, \(ControlProof.wellKnown) of the site:")
      Console.line(
        "    {\"v\":1,\"credentials\":[\"https://\(room.authority.host)/c/\(record.id)\"],\"proof\":\"\(code)\"}"
      )
    }
    if pages.isEmpty { Console.line("the certificate names no page") }
  }

  private static func word(_ finding: BindingFinding) -> String {
    switch finding {
    case .ask: "asked"
    case .proved: "proved"
    case .unreachable(let why): "unreachable (\(why))"
    case .contradicted(let why): "contradicted (\(why))"
    case .failed: "failed"
    case .withdrawn: "withdrawn"
    }
  }
}
