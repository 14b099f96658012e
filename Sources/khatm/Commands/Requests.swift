import ArgumentParser
import Encodings
import Foundation
import Issuance
import Registry
import Vocabulary

/// What came before a certificate's first day and its changes: who asked and who agreed.
enum RequestHistory {
  /// One line of a history: an event, a request or an approval.
  struct Line { let at: Int64, what: String, officer: String, about: String, request: Int64 }

  static func lines(of record: CredentialRecord, _ events: [EventRecord], in room: RegistryReader) throws -> [Line] {
    var lines: [Line] = []
    for number in Set(([record.request] + events.map(\.request)).compactMap { $0 }).sorted() {
      guard let request = try room.registry.requests.find(number) else { continue }
      lines.append(
        Line(
          at: request.requestedAt,
          what: "requested",
          officer: request.requestedBy,
          about: "\(request.act.rawValue), request \(number)",
          request: number
        )
      )
      for approval in try room.registry.requests.approvals(of: number)
      where approval.officer.name != request.requestedBy {
        lines.append(
          Line(
            at: approval.at,
            what: "approved",
            officer: approval.officer.name,
            about: "request \(number)",
            request: number
          )
        )
      }
    }
    return lines
  }
}

/// A request for people and programs.
enum RequestText {
  static func json(_ view: RequestView) -> JSON {
    let record = view.record
    var counts = JSONObject()
    for (outcome, count) in view.items { counts[Text(outcome.rawValue)] = .integer(Int64(count)) }
    return [
      "request": .integer(record.seq), "act": JSON(record.act.rawValue), "chamber": JSON(record.chamber),
      "programme": JSON(record.programme),
      "state": JSON(record.state.rawValue), "needed": .integer(Int64(record.needed)),
      "agreed": .integer(Int64(view.agreed)),
      "digest": JSON(Hex.encode(record.digest)),
      "requestedBy": JSON(record.requestedBy), "requestedAt": JSON(Instant(seconds: record.requestedAt).description),
      "reason": JSON(record.reason),
      "note": JSON(record.note), "rows": .object(counts), "resembles": .array(view.lookalikes.map { JSON($0) }),
      "officers": .array(
        view.approvals.map {
          [
            "officer": JSON($0.officer.name), "at": JSON(Instant(seconds: $0.at).description),
            "inOffice": .bool($0.officer.removedAt == nil),
          ]
        }
      ),
    ]
  }

  /// With the rows themselves: who approves reads what the certificates will say.
  static func json(_ view: RequestView, _ room: RegistryReader) throws -> JSON {
    guard case .object(var object) = json(view) else { return json(view) }
    object["items"] = .array(
      try zip(room.registry.requests.items(of: view.record.seq), room.registry.requests.reportRows(of: view.record.seq))
        .map {
          item,
          row in
          let member = try item.member.flatMap { try room.registry.members.find(rowID: $0) }
          return [
            "row": .integer(row.row), "member": JSON(row.member), "nameEn": JSON(member?.nameEn ?? ""),
            "nameAr": JSON(member?.nameAr ?? ""),
            "storefront": JSON(member?.storefront ?? ""), "website": JSON(member?.website ?? ""),
            "what": JSON(row.disposition.rawValue),
            "reason": JSON(row.reason), "outcome": JSON(row.outcome.rawValue),
            "replaces": row.replaces.map { JSON($0) } ?? .null, "certificate": row.id.map { JSON($0) } ?? .null,
            "claims": .object(try JSONObject.parse(Array(item.claims.utf8))),
            "code": row.refusal.map { JSON($0) } ?? .null,
          ]
        }
    )
    return .object(object)
  }

  /// What a row is about, in words: the member's names and pages, and what is said of a person.
  private static func about(_ item: RequestItem, _ room: RegistryReader) throws -> [String] {
    guard let member = try item.member.flatMap({ try room.registry.members.find(rowID: $0) }) else { return [] }
    let claims = try JSONObject.parse(Array(item.claims.utf8))
    return ["\(member.nameEn) · \(member.nameAr)"]
      + [[member.storefront, member.website].filter { !$0.isEmpty }.joined(separator: "  "), words(claims)].filter {
        !$0.isEmpty
      }
  }

  /// Claims about a person on one line.
  static func words(_ claims: JSONObject) -> String {
    claims.names.map { name in "\(name.string): \(claims[name]?.string ?? claims[name]?.int.map { "\($0)" } ?? "")" }
      .joined(separator: "; ")
  }

  static func show(_ view: RequestView, _ room: RegistryReader) throws {
    let record = view.record
    let items = try room.registry.requests.items(of: record.seq, limit: 20)
    Console.line(
      "request \(record.seq): \(record.act.rawValue) \(record.programme) of \(record.chamber), \(record.state.rawValue)"
    )
    let reason = record.reason.isEmpty ? "" : ", reason \(record.reason)"
    let note = record.note.isEmpty ? "" : ": " + Console.shown(record.note)
    Console.line("  asked by \(record.requestedBy) at \(Instant(seconds: record.requestedAt))\(reason)\(note)")
    let names = view.approvals.map {
      $0.officer.name + ($0.officer.removedAt == nil ? "" : " (no longer in session)")
    }
    Console.line(
      record.needed == 1
        ? "  No second officer is needed"
        : "  \(view.agreed) of \(record.needed) officers agree"
          + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
    )
    for (item, row) in zip(items, try room.registry.requests.reportRows(of: record.seq)) {
      Console.line(
        """
          \(row.row)  \(row.member)  \(row.disposition.rawValue)\(row.reason.isEmpty ? "" : " (\(row.reason))")  \
        \(row.outcome.rawValue)\(row.id.map { "  \($0)" } ?? "")\(row.refusal.map { "  \($0)" } ?? "")
        """
      )
      for line in try about(item, room) { Console.line("       \(Console.shown(line))") }
    }
    let total = view.items.values.reduce(0, +)
    if total > 20 { Console.line("  … \(total) rows in all (khatm requests \(record.seq) --json has every one)") }
    for name in view.lookalikes { Console.line("  resembles \(Console.shown(name)): approve with --accept-name") }
    Console.line("  digest \(grouped(Hex.encode(record.digest)))")
  }
}

/// `khatm request`: what needs a second officer.
struct RequestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Ask for something that another officer approves.",
    subcommands: [
      IssueRequest.self, SuspendRequest.self, ReinstateRequest.self, RevokeRequest.self, ProfileRequest.self,
    ]
  )

  /// `khatm request issue`.
  struct IssueRequest: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "issue",
      abstract: "Ask for certificates.",
      discussion: "  khatm request issue --programme trusted-membership --member dubai/517919 --officer amal"
    )
    @OptionGroup var options: GlobalOptions
    @Option(help: "The programme.") var programme: String
    @Option(help: "CHAMBER/NUMBER; may be given several times.") var member: [String] = []
    @Option(help: ArgumentHelp("What is said of a person.", valueName: "file")) var claims: String?
    @Option(help: ArgumentHelp("An earlier end than the programme's.", valueName: "time")) var until: String?
    @Option(help: "A note for the register; it is never published.") var note = ""
    func run() throws {
      let session = try options.session()
      let profile = try Issuing.programme(programme, session)
      var choice = IssueOptions()
      (choice.requestOnly, choice.note, choice.until) = (true, note, try Issuing.end(until))
      let orders =
        try claims.map { try Issuing.orders(claims: $0, members: member, session) }
        ?? member.map { IssueOrder(member: try session.reader.member($0)) }
      guard !orders.isEmpty else { throw CommandFailure(exit: 2, "usage", "give --member or --claims") }
      let outcome = try session.issuer.issue(orders, programme: profile, options: choice)
      if let refused = outcome.refused.first { throw refused.refusal }
      if let same = outcome.unchanged.first, outcome.requests.isEmpty {
        throw CommandFailure(exit: 1, "nothing_to_do", "\(same.member) has one already: \(same.id)")
      }
      for request in outcome.requests {
        let view = try session.reader.request(request)
        if options.json { Console.json(RequestText.json(view)) } else { try RequestText.show(view, session.reader) }
      }
    }
  }

  /// `khatm request suspend`.
  struct SuspendRequest: ChangeRequest {
    static let configuration = CommandConfiguration(commandName: "suspend", abstract: "Ask for a suspension.")
    static let act = LifecycleAct.suspend
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Certificate number or link.") var id: String
    @Option(help: "Code of the reason: \(LifecycleAct.suspend.reasonWords).") var reason: String
    @Option(help: "A note for the register; it is never published.") var note = ""
  }
  /// `khatm request reinstate`.
  struct ReinstateRequest: ChangeRequest {
    static let configuration = CommandConfiguration(commandName: "reinstate", abstract: "Ask to lift a suspension.")
    static let act = LifecycleAct.reinstate
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Certificate number or link.") var id: String
    @Option(help: "Code of the reason: \(LifecycleAct.reinstate.reasonWords).") var reason: String
    @Option(help: "A note for the register; it is never published.") var note = ""
  }
  /// `khatm request revoke`.
  struct RevokeRequest: ChangeRequest {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Ask for a revocation.")
    static let act = LifecycleAct.revoke
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Certificate number or link.") var id: String
    @Option(help: "Code of the reason: \(LifecycleAct.revoke.reasonWords).") var reason: String
    @Option(help: "A note for the register; it is never published.") var note = ""
  }

  /// `khatm request profile`.
  struct ProfileRequest: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "profile",
      abstract: "Ask for laxer rules of a programme: its profile as it now stands in the home.",
      discussion:
        """
        Fewer approvals or looser brakes need two officers, else the editor of one file could abolish four eyes. \
        Stricter rules hold at once.
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The programme.") var programme: String
    @Option(help: "A note for the register.") var note = ""
    func run() throws {
      let session = try options.session()
      let view = try session.approvals.requestProfile(try Issuing.programme(programme, session), note: note)
      if options.json { Console.json(RequestText.json(view)) } else { try RequestText.show(view, session.reader) }
    }
  }
}

/// What the requests for a change of state have in common.
protocol ChangeRequest: ParsableCommand {
  static var act: LifecycleAct { get }
  var options: GlobalOptions { get }
  var id: String { get }
  var reason: String { get }
  var note: String { get }
}

extension ChangeRequest {
  func run() throws {
    let session = try options.session()
    let view = try session.lifecycle.requestChange(try readID(id), Self.act, reason: reason, note: note)
    if options.json { Console.json(RequestText.json(view)) } else { try RequestText.show(view, session.reader) }
  }
}

/// `khatm requests`.
struct Requests: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List requests, or show one with its rows.",
    discussion: "  khatm requests\n  khatm requests 12"
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Number of one request.") var number: Int64?
  @Flag(help: "Closed ones too.") var all = false
  @Option(help: "Only this chamber.") var chamber: String?

  func run() throws {
    let room = try options.register()
    if let number {
      let view = try room.request(number)
      if options.json { Console.json(try RequestText.json(view, room)) } else { try RequestText.show(view, room) }
      return
    }
    let views = try room.registry.requests.matching(state: all ? nil : .open, chamber: chamber).map {
      try room.request($0.seq)
    }
    if options.json {
      Console.json(.array(views.map { RequestText.json($0) }))
      return
    }
    Console.table(
      ["request", "act", "programme", "chamber", "rows", "agreed", "asked by", "state"],
      views.map {
        [
          "\($0.record.seq)", $0.record.act.rawValue, $0.record.programme, $0.record.chamber,
          "\($0.items.values.reduce(0, +))", "\($0.agreed) of \($0.record.needed)",
          $0.record.requestedBy, $0.record.state.rawValue,
        ]
      }
    )
  }
}

/// `khatm approve`.
struct Approve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Approve a request as a second officer.",
    discussion: """
      The approval signs the digest of exactly what will be done; what changes afterwards needs a new one. Nobody \
      approves a request of their own. \
      When enough officers agree, a request of one row is carried out at once; one of many rows with khatm run.

        khatm requests 12
        khatm approve 12 --officer omar
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Number of the request.") var number: Int64
  @Flag(help: "The names that resemble other members' are these members' own.") var acceptName = false
  @Flag(help: "Only sign; khatm run carries it out.") var signOnly = false

  func run() throws {
    let session = try options.session()
    let view = try session.approvals.approve(number, acceptsNames: acceptName)
    let complete = view.agreed >= view.record.needed
    guard complete, !signOnly, view.items.values.reduce(0, +) == 1 else {
      if options.json {
        Console.json(RequestText.json(view))
      } else {
        Console.line(
          "request \(number): \(view.agreed) of \(view.record.needed) officers agree"
            + (complete ? "; khatm run \(number) carries it out" : "")
        )
      }
      return
    }
    try Running.report(try session.runner.run(number), session, options: options, request: number)
  }
}

/// `khatm refuse`.
struct Refuse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decline a request, or withdraw your own.",
    discussion: "  khatm refuse 12 --note \"the visit has not been made\" --officer omar"
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Number of the request.") var number: Int64
  @Option(help: "Why; for the register.") var note = ""
  func run() throws {
    let view = try options.session().approvals.decline(number, note: note)
    if options.json {
      Console.json(RequestText.json(view))
    } else {
      Console.line("request \(number) is \(view.record.state.rawValue)")
    }
  }
}

/// `khatm run`: a plan file, or an approved request.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Carry out a plan file, or a request that enough officers approved.",
    discussion: """
      Exactly the rows of the plan, each once: a run that was cut off goes on where it stopped. Ends with a signed \
      report in reports/ of the home.

        khatm run november.plan
        khatm run 12
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Plan file, or number of a request.", completion: .file()) var what: String

  func run() throws {
    let session = try options.session()
    if let number = Int64(what), !FileManager.default.fileExists(atPath: what) {
      let total = try session.reader.request(number).items[.waiting] ?? 0
      let progress = ProgressLine("running", total: total, enabled: options.talks && total > 1)
      return try Running.report(
        try session.runner.run(number) { progress.update($0) },
        session,
        options: options,
        request: number
      )
    }
    let bytes = try readInput(what, limit: IssuePlan.largest)
    let total =
      (try? JSONObject.parse(bytes, limits: JSONLimits(maxBytes: IssuePlan.largest, maxDepth: 8, maxMembers: 64)))?[
        "rows"
      ]?.array?.count ?? 0  // only for the progress line
    let progress = ProgressLine("running", total: total, enabled: options.talks && total > 1)
    try Running.report(
      try session.runner.run(plan: bytes) { progress.update($0) },
      session,
      options: options,
      request: nil
    )
  }
}

/// What a run prints at its end.
enum Running {
  static func report(_ outcome: RunOutcome, _ session: AuthoritySession, options: GlobalOptions, request: Int64?)
    throws
  {
    switch outcome {
    case .profile:
      if options.json { return Console.json(["profile": "adopted"]) }
      let programme = try request.map { try session.reader.request($0).record.programme } ?? "the programme"
      Console.line("The new rules of \(programme) are in force")
    case .issue(let issued):
      Issuing.report(
        issued,
        options,
        single: issued.issued.count == 1 && issued.refused.isEmpty,
        report: try session.reporter.writeReport(issued.requests)
      )
    case .change(let changed):
      let act =
        try request.flatMap { try session.reader.request($0).record.act }
        ?? (try changed.requests.first.flatMap { try session.reader.request($0).record.act })
      try Changed.report(
        changed,
        act.flatMap { LifecycleAct(rawValue: $0.rawValue) } ?? .suspend,
        options: options,
        session: session
      )
    }
  }
}
