import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Sheets
import Vocabulary

/// Certificates as a table, JSON or CSV.
enum Listing {
  static func show(
    _ records: [CredentialRecord],
    _ options: GlobalOptions,
    at now: Instant,
    csv: Bool,
    room: RegistryReader
  ) {
    if options.json { return Console.json(.array(records.map { $0.json(at: now) })) }
    func cells(_ record: CredentialRecord) -> [String] {
      [
        record.id, record.memberKey, record.programme, record.stateName(at: now),
        CivilDate(of: Instant(seconds: record.validUntil)).description,
      ]
    }
    if csv {
      var writer = CSVWriter(headings: [
        "id", "member", "name_en", "name_ar", "programme", "state", "valid_from", "valid_until", "replaced_by",
      ])
      var names: [Int64: Member] = [:]
      for record in records {
        if names[record.member] == nil {
          names[record.member] = (try? room.registry.members.find(rowID: record.member)).flatMap { $0 }
        }  // a name that cannot be read is left empty
        let member = names[record.member]
        writer.append([
          record.id, record.memberKey, member?.nameEn ?? "", member?.nameAr ?? "", record.programme,
          record.stateName(at: now),
          Instant(seconds: record.validFrom).description, Instant(seconds: record.validUntil).description,
          record.replacedBy ?? "",
        ])
      }
      Console.result(writer.bytes)
      return
    }
    Console.table(["id", "member", "programme", "state", "until"], records.map(cells))
  }

  static func day(_ text: String?, end: Bool) throws -> Int64? {
    guard let text else { return nil }
    guard let day = CivilDate(text) else {
      throw CommandFailure(exit: 2, "time_malformed", "\"\(text)\" is not a day", hint: "write 2026-11-22")
    }
    return end ? day.endOfDay.seconds + 1 : day.startOfDay.seconds
  }
}

/// A state that people ask for: one that is stored, or what the clock makes of `active`.
enum ListedState: String, CaseIterable {
  case active = "active"
  case expired = "expired"
  case suspended = "suspended"
  case revoked = "revoked"
  case superseded = "superseded"
  case lapsed = "lapsed"

  var stored: CredentialState {
    switch self {
    case .active, .expired: .active
    case .suspended: .suspended
    case .revoked: .revoked
    case .superseded: .superseded
    case .lapsed: .lapsed
    }
  }
}

/// What narrows a list or a search.
struct FilterOptions: ParsableArguments {
  @Option(help: "Only this chamber.") var chamber: String?
  @Option(help: "Only this programme.") var programme: String?
  @Option(help: "Only this state: active, expired, suspended, revoked, superseded, lapsed.") var state: String?
  @Option(help: ArgumentHelp("Issued on this day or later.", valueName: "day")) var from: String?
  @Option(help: ArgumentHelp("Issued on this day or earlier.", valueName: "day")) var to: String?
  @Option(help: "At most this many.") var limit: Int?

  func filter() throws -> CredentialFilter {
    let listed = try listedState()
    var filter = CredentialFilter()
    filter.chamber = chamber
    filter.programme = programme
    filter.state = listed?.stored
    filter.issuedFrom = try Listing.day(from, end: false)
    filter.issuedBefore = try Listing.day(to, end: true)
    return filter
  }

  private func listedState() throws -> ListedState? {
    guard let state else { return nil }
    guard let listed = ListedState(rawValue: state) else {
      throw CommandFailure(
        exit: 2,
        "state_unknown",
        "\"\(state)\" is not a state",
        hint: "choose one of: \(ListedState.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    return listed
  }

  func records(_ filter: CredentialFilter, _ room: RegistryReader, at now: Instant) throws -> [CredentialRecord] {
    var filter = filter
    // What has ended is stored as active: the clock decides.
    switch try listedState() {
    case .active: filter.runsOutAfter = now.seconds
    case .expired: filter.runsOutBefore = now.seconds - 1
    case .suspended, .revoked, .superseded, .lapsed, nil: break
    }
    if let limit { filter.limit = limit }
    return try room.registry.credentials.matching(filter)
  }
}

/// `khatm list`.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List certificates.",
    discussion:
      """
        khatm list --programme trusted-membership --state suspended\n  khatm list --chamber dubai --from 2026-11-01 \
      --csv > november.csv
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var narrow: FilterOptions
  @Option(help: "Only this member: CHAMBER/NUMBER.") var member: String?
  @Flag(help: "As CSV, for a spreadsheet.") var csv = false

  func run() throws {
    var filter = try narrow.filter()
    filter.member = member
    let now = options.now
    let room = try options.register()
    Listing.show(try narrow.records(filter, room, at: now), options, at: now, csv: csv, room: room)
  }
}

/// `khatm search`.
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find certificates by name (Arabic or English), member or licence number, or storefront.",
    discussion:
      """
      Beginnings of words; harakat, variants of alef and ya, accents and case do not matter.\n\n  khatm search النور\n \
       khatm search al noor --state active --csv
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var narrow: FilterOptions
  @Argument(help: "Beginnings of words.") var words: [String]
  @Flag(help: "As CSV, for a spreadsheet.") var csv = false

  func run() throws {
    var filter = try narrow.filter()
    filter.words = words.joined(separator: " ")
    let now = options.now
    let room = try options.register()
    var narrow = narrow
    narrow.limit = narrow.limit ?? 200
    let records = try narrow.records(filter, room, at: now)
    if options.json || csv { return Listing.show(records, options, at: now, csv: csv, room: room) }
    Console.table(
      ["id", "member", "name", "programme", "state", "until"],
      try records.map { record in
        let member = try room.registry.members.find(rowID: record.member)
        return [
          record.id, record.memberKey, member.map { "\($0.nameEn) · \($0.nameAr)" } ?? "", record.programme,
          record.stateName(at: now), CivilDate(of: Instant(seconds: record.validUntil)).description,
        ]
      }
    )
  }
}

/// `khatm expiring`.
struct Expiring: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List certificates that run out, soonest first; those in their time of grace included.",
    discussion: "  khatm expiring --within 60d --chamber dubai"
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("How far to look ahead.", valueName: "time")) var within = "60d"
  @Option(help: "Only this chamber.") var chamber: String?
  @Option(help: "Only this programme.") var programme: String?
  @Option(help: "At most this many.") var limit: Int?
  @Flag(help: "As CSV, for a spreadsheet.") var csv = false

  func run() throws {
    let room = try options.register()
    let now = options.now
    var filter = CredentialFilter()
    filter.chamber = chamber
    filter.programme = programme
    filter.runsOutBefore = now.adding(days: try Days.read(within)).seconds
    if let limit { filter.limit = limit }
    let records = try room.registry.credentials.matching(filter)
    let graces = Dictionary(
      try room.home.profiles().programmes.map { ($0.id, Int64($0.graceDays)) },
      uniquingKeysWith: { first, _ in first }
    )
    func left(_ record: CredentialRecord) -> Int64 { (record.validUntil - now.seconds) / 86_400 }
    func step(_ record: CredentialRecord) -> String {
      if record.validUntil >= now.seconds { return "\(left(record)) days left" }
      let end = record.validUntil + (graces[record.programme] ?? 0) * 86_400
      return end >= now.seconds ? "ended, \((end - now.seconds) / 86_400) days of grace left" : "ended, grace over"
    }
    if options.json {
      return Console.json(
        .array(
          records.map { record in
            guard case .object(var object) = record.json(at: now) else { return .null }
            object["daysLeft"] = .integer(left(record))
            object["step"] = JSON(step(record))
            return .object(object)
          }
        )
      )
    }
    if csv { return Listing.show(records, options, at: now, csv: true, room: room) }
    Console.table(
      ["id", "member", "programme", "until", ""],
      records.map {
        [$0.id, $0.memberKey, $0.programme, CivilDate(of: Instant(seconds: $0.validUntil)).description, step($0)]
      }
    )
  }
}

/// `khatm counts`.
struct Counts: ParsableCommand {
  /// One programme of one chamber; its counts are in the order of `ListedState`.
  private struct Line {
    let chamber: String, programme: String
    let counts: [(state: ListedState, count: Int)]
    let inForce: Int
  }

  static let configuration = CommandConfiguration(
    abstract: "Count certificates by chamber and programme, against the quota."
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: "Only this chamber.") var chamber: String?
  @Flag(help: "As CSV, for a spreadsheet.") var csv = false

  func run() throws {
    let room = try options.register()
    let now = options.now
    let quotas = Dictionary(
      try room.home.profiles().programmes.map { ($0.id, $0.quota) },
      uniquingKeysWith: { first, _ in first }
    )
    let lines = try Self.lines(room.registry.credentials, chamber: chamber, at: now)
    if options.json {
      return Console.json(
        .array(
          lines.map { line in
            var object = JSONObject([
              "chamber": JSON(line.chamber), "programme": JSON(line.programme),
              "inForce": .integer(Int64(line.inForce)),
              "quota": quotas[line.programme].map { .integer(Int64($0)) } ?? .null,
            ])
            for (state, count) in line.counts { object[Text(state.rawValue)] = .integer(Int64(count)) }
            return .object(object)
          }
        )
      )
    }
    let rows = lines.map { line in
      [line.chamber, line.programme] + line.counts.map { "\($0.count)" } + [
        "\(line.inForce)", quotas[line.programme].map { "\($0)" } ?? "",
      ]
    }
    let headings = ["chamber", "programme"] + ListedState.allCases.map(\.rawValue) + ["in force", "quota"]
    if csv {
      var writer = CSVWriter(headings: headings)
      for row in rows { writer.append(row) }
      Console.result(writer.bytes)
    } else {
      Console.table(headings, rows)
    }
  }

  private static func lines(_ credentials: CredentialStore, chamber: String?, at now: Instant) throws -> [Line] {
    let tallies = try credentials.tallies().filter { chamber == nil || $0.chamber == chamber }
    let chambers = Dictionary(grouping: tallies, by: \.chamber).sorted { $0.key < $1.key }
    return try chambers.flatMap { chamber, tallies in
      try Dictionary(grouping: tallies, by: \.programme).sorted { $0.key < $1.key }.map { programme, tallies in
        func stored(_ state: CredentialState) -> Int { tallies.filter { $0.state == state }.map(\.count).reduce(0, +) }
        let ended = try credentials.endedCount(chamber: chamber, programme: programme, before: now.seconds)
        let counts: [(state: ListedState, count: Int)] = ListedState.allCases.map { state in
          switch state {
          case .active: (state, max(0, stored(.active) - ended))
          case .expired: (state, ended)
          case .suspended, .revoked, .superseded, .lapsed: (state, stored(state.stored))
          }
        }
        // Reservations that a run left, cut off, hold places until the next command burns them; in force they are not.
        let inForce =
          try credentials.activeCount(chamber: chamber, programme: programme, validAt: now.seconds) - stored(.reserved)
        return Line(chamber: chamber, programme: programme, counts: counts, inForce: inForce)
      }
    }
  }

}

/// `khatm report`: one month in figures.
struct MonthReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "What happened in a month: issued, refused, suspended, revoked, and how long publication took.",
    discussion: "  khatm report --month 2026-11"
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("The month, for example 2026-11; this month by default.", valueName: "month")) var month:
    String?
  @Flag(help: "As CSV, for a spreadsheet.") var csv = false

  func run() throws {
    let room = try options.register()
    let name = month ?? String(CivilDate(of: options.now).description.prefix(7))
    guard name.utf8.count == 7, let first = CivilDate(name + "-01") else {
      throw CommandFailure(exit: 2, "time_malformed", "\"\(name)\" is not a month", hint: "write 2026-11")
    }
    let next =
      first.month == 12
      ? CivilDate("\(first.year + 1)-01-01")
      : CivilDate(name.prefix(5) + (first.month < 9 ? "0" : "") + "\(first.month + 1)-01")
    let from = first.startOfDay.seconds
    let to = next?.startOfDay.seconds ?? .max
    let events = try room.registry.credentials.eventCounts(from: from, to: to)
    let acts = try room.registry.log.actCounts(from: from, to: to)
    let delays = try room.registry.publications.delays(from: from, to: to)
    let median = delays.isEmpty ? nil : delays[delays.count / 2]
    // 07:00 to 20:00 in the Gulf (UTC+4): acts outside are no offence, but are looked at.
    let late = try room.registry.log.acts(from: from, to: to, outside: 7..<20, zone: 4 * 3_600, limit: 1_000)
    let refused = acts.filter { $0.outcome == .refused }
    if options.json {
      return Console.json([
        "month": JSON(name), "medianSecondsToPublication": median.map { .integer($0) } ?? .null,
        "published": .integer(Int64(delays.count)),
        "events": .array(
          events.map {
            [
              "chamber": JSON($0.chamber), "programme": JSON($0.programme), "event": JSON($0.event.rawValue),
              "reason": JSON($0.reason), "count": .integer(Int64($0.count)),
            ]
          }
        ),
        "refused": .array(
          refused.map { ["officer": JSON($0.officer), "act": JSON($0.act), "count": .integer(Int64($0.count))] }
        ),
        "unusualHours": .array(
          late.map {
            [
              "seq": .integer($0.seq), "at": JSON(Instant(seconds: $0.at).description), "officer": JSON($0.officer),
              "act": JSON($0.act),
            ]
          }
        ),
      ])
    }
    let rows =
      events.map { [$0.chamber, $0.programme, $0.event.rawValue, $0.reason, "\($0.count)"] }
      + refused.map { ["", "", "refused", "\($0.act) by \($0.officer)", "\($0.count)"] }
    if csv {
      var writer = CSVWriter(headings: ["chamber", "programme", "event", "reason", "count"])
      for row in rows { writer.append(row) }
      Console.result(writer.bytes)
      return
    }
    Console.table(["chamber", "programme", "event", "reason", "count"], rows)
    Console.line(
      "median time from decision to publication: \(median.map { "\($0) s" } ?? "–") (\(delays.count) changes)"
    )
    if !late.isEmpty {
      Console.line(
        "outside 07:00 to 20:00: \(late.count) acts, by \(Set(late.map(\.officer)).sorted().joined(separator: ", "))"
      )
    }
  }
}
