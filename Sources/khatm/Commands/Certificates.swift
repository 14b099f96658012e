import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Sheets
import Vocabulary

extension CredentialRecord {
  /// `expired` follows from the clock; everything else is stored.
  func stateName(at now: Instant) -> String {
    state == .active && validUntil < now.seconds ? "expired" : state.rawValue
  }

  func json(at now: Instant) -> JSON {
    [
      "id": JSON(id), "member": JSON(memberKey), "programme": JSON(programme), "state": JSON(stateName(at: now)),
      "validFrom": JSON(Instant(seconds: validFrom).description),
      "validUntil": JSON(Instant(seconds: validUntil).description),
    ]
  }
}

/// A certificate number as an officer types or pastes it: with or without hyphens, or a whole link.
func readID(_ text: String) throws -> CredentialID {
  let last = text.split(separator: "/").last.map(String.init) ?? text
  do {
    return try CredentialID(reading: last.split(separator: "?").first.map(String.init) ?? last)
  } catch {
    throw error == .checkCharactersWrong
      ? CommandFailure(exit: 2, "check_characters_wrong", "\"\(text)\" was mistyped: its check characters do not fit")
      : CommandFailure(
        exit: 2,
        "id_malformed",
        "\"\(text)\" is not a certificate number",
        hint: "a number has 18 characters, for example 7Q2M-4XW9-K3PD-T5HB-PA"
      )
  }
}

/// `khatm show`: reads the register only.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show one certificate with its whole history.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String

  func run() throws {
    let room = try options.register()
    let number = try readID(id)
    guard let record = try room.registry.credentials.find(id: number.description),
      let member = try room.registry.members.find(rowID: record.member)
    else {
      throw CommandFailure(exit: 1, "credential_unknown", "no certificate has the number \(number.display)")
    }
    let events = try room.registry.credentials.events(of: record.seq)
    let now = options.now
    // what this version cannot read is shown by its state and history all the same
    let claims = (try? room.claims(of: record)) ?? JSONObject()
    if options.json {
      guard case .object(var object) = record.json(at: now) else { return }
      object["url"] = JSON(BadgeLink.url(number, host: room.authority.host))
      object["name"] = ["en": JSON(member.nameEn), "ar": JSON(member.nameAr)]
      if !claims.names.isEmpty { object["claims"] = .object(claims) }
      object["leaf"] = record.leaf.map { .integer($0) } ?? .null
      object["status"] = [
        "revocation": ["list": .integer(record.revocation.series), "index": .integer(record.revocation.index)],
        "suspension": ["list": .integer(record.suspension.series), "index": .integer(record.suspension.index)],
      ]
      object["replacedBy"] = record.replacedBy.map { JSON($0) } ?? .null
      object["replaces"] = record.replaces.map { JSON($0) } ?? .null
      object["replacementReason"] = record.replacementReason.map { JSON($0) } ?? .null
      object["asked"] = .array(
        try RequestHistory.lines(of: record, events, in: room).map {
          [
            "event": JSON($0.what), "at": JSON(Instant(seconds: $0.at).description), "officer": JSON($0.officer),
            "request": .integer($0.request),
          ]
        }
      )
      object["history"] = .array(
        events.map {
          [
            "event": JSON($0.event.rawValue), "at": JSON(Instant(seconds: $0.at).description),
            "officer": JSON($0.officer),
            "reason": JSON($0.reason), "note": JSON($0.note),
            "leaf": $0.leaf.map { .integer($0) } ?? .null, "request": $0.request.map { .integer($0) } ?? .null,
          ]
        }
      )
      Console.json(.object(object))
      return
    }
    Console.line("\(number.display)  \(record.stateName(at: now))")
    Console.line("\(Console.shown(member.nameEn)) · \(Console.shown(member.nameAr))  (\(member.key))")
    if !claims.names.isEmpty { Console.line(Console.shown(RequestText.words(claims))) }
    Console.line("\(record.programme), \(Instant(seconds: record.validFrom)) to \(Instant(seconds: record.validUntil))")
    Console.line(BadgeLink.url(number, host: room.authority.host))
    if let replaces = record.replaces { Console.line("replaces \(replaces) (\(record.replacementReason ?? ""))") }
    if let by = record.replacedBy { Console.line("replaced by \(by) (\(record.replacementReason ?? ""))") }
    let lines =
      try RequestHistory.lines(of: record, events, in: room).map { ($0.at, $0.what, $0.officer, $0.about) }
      + events.map {
        ($0.at, $0.event.rawValue, $0.officer, $0.reason + ($0.note.isEmpty ? "" : ": " + Console.shown($0.note)))
      }
    // In the order of time; of one second, what was asked comes first.
    for (_, line) in lines.enumerated().sorted(by: { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }) {
      Console.line(
        """
          \(Instant(seconds: line.0))  \(line.1.padding(toLength: 11, withPad: " ", startingAt: 0)) \
        \(Console.shown(line.2))  \(line.3)
        """
      )
    }
  }
}

/// `khatm publish`: for a timer, and after an interruption.
struct Publish: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring public/ up to date and renew what runs out (run it every few hours).",
    discussion: """
      Every command that changes something publishes it. This one renews signed lists before they end: status lists \
      live 24 hours, \
      the CRL of a chamber 7 days, the trust list 30 days. It also finishes what an interrupted command left.

        0 */6 * * *  khatm publish --home /srv/khatm --passphrase-file /root/khatm.passphrase
      """
  )
  @OptionGroup var options: GlobalOptions
  @Flag(help: "Sign and write everything again, also what is not due.") var all = false

  func run() throws {
    let session = try options.session()
    let published = try session.publisher.finishAndPublish(everything: all)
    if options.json {
      Console.json(["published": true, "public": JSON(session.home.publicPath)])
    } else if !options.quiet {
      Console.line(Self.words(published))
    }
  }

  /// `Published 2 certificates; renewed 4 status lists, 1 trust list`.
  private static func words(_ published: PublishedChanges) -> String {
    func count(_ prefix: String) -> Int { published.files.count { $0.hasPrefix(prefix) } }
    let lists = [
      (count("status/"), "status list"), (count(".well-known/chamber-trust-list"), "trust list"),
      (count("crl/"), "revocation list"),
    ]
    let renewed = lists.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }.joined(separator: ", ")
    let parts = [
      published.certificates > 0 ? "published \(counted(published.certificates, "certificate"))" : "",
      renewed.isEmpty ? "" : "renewed \(renewed)",
    ].filter { !$0.isEmpty }.joined(separator: "; ")
    return parts.isEmpty ? "Nothing was due" : parts.prefix(1).uppercased() + parts.dropFirst()
  }
}
