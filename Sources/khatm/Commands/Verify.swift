import ArgumentParser
import Encodings
import Foundation
import Issuance
import Messages
import PKI
import PublicFolder
import Verification

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a certificate: a token, a number, a badge link or a picture.",
    subcommands: [One.self, VerifyPage.self, VerifyBundle.self], defaultSubcommand: One.self)

  /// Where trust comes from and at what time it is judged.
  struct Ground: ParsableArguments {
    @Option(name: .customLong("public"), help: ArgumentHelp("The published folder, or a copy of it (default: the home's).", valueName: "folder"), completion: .directory)
    var folder: String?
    @Option(help: ArgumentHelp("The root certificate to trust, PEM (default: the home's; without a home the folder's own).", valueName: "file"), completion: .file()) var anchor: String?
    @Option(help: ArgumentHelp("A copy of what another authority publishes; it counts only if the trust list points to its root. May be repeated.", valueName: "folder"), completion: .directory)
    var recognised: [String] = []
    @Option(name: .customLong("at"), help: ArgumentHelp("As of this time instead of now.", valueName: "time")) var time: String?

    func instant(_ options: GlobalOptions) throws -> Instant {
      guard let time else { return options.now }
      guard let instant = Instant(rfc3339: time) ?? CivilDate(time)?.startOfDay else {
        throw CommandFailure(2, "time_malformed", "\(time) is not a time", hint: "write 2026-11-22T09:00:00Z or 2026-11-22")
      }
      return instant
    }

    func open(_ options: GlobalOptions) throws -> PublicFolder {
      let home = options.homeIfGiven
      guard let path = folder.map(absolute) ?? home?.publicPath else {
        throw CommandFailure(2, "public_missing", "no published folder was given", hint: "use --public FOLDER, --home FOLDER or KHATM_HOME")
      }
      var pem: [UInt8]?
      if let anchor { pem = try readInput(anchor, limit: 1 << 16) } else if let home, FileManager.default.fileExists(atPath: home.anchorPath) {
        pem = try readInput(home.anchorPath, limit: 1 << 16)
      }
      do throws(OpenFailure) {
        let opened = try PublicFolder(path: path, anchor: pem, neighbours: recognised.map(absolute))
        if !opened.anchorIsPinned && options.talks {
          Console.note("khatm: trusting the root of the folder itself; compare its fingerprint with a printed one, and use --anchor FILE")
          Console.note("       SHA-256 \(grouped(Hex.encode(opened.anchors[0].sha256)))")
        }
        return opened
      } catch { throw CommandFailure(2, "public_unusable", error.description, hint: error.hint) }
    }
  }

  struct One: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "certificate",
      abstract: "Check one certificate.",
      discussion: """
        INPUT is a token, a file with one, a baked picture (SVG or PNG), a certificate number, its link, or - for standard input. \
        It works offline from a copy of public/. Without --page the best answer is "genuine"; with it, "confirmed".

          khatm verify 7Q2M-4XW9-K3PD-T5HB-PA --page https://desertrose.en.alibaba.com/
          khatm verify badge.svg --public ./copy-of-public --anchor root.pem

        Exit codes: 0 confirmed or genuine, 1 not genuine, other page or not in force, 2 input that cannot be read, 3 cannot tell, 5 internal.
        """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var ground: Ground
    @Argument(help: "Token, file, picture, number or link.") var input: String
    @Option(help: "Address of the page where the badge was seen.") var page: String?

    func run() throws {
      let folder = try ground.open(options), now = try ground.instant(options)
      let question = VerifyQuestion(try Input.read(input), page: page)
      switch folder.verify(question, at: now) {
      case .success(let decision):
        Report.show(decision, options)
        Foundation.exit(Report.exitCode(decision.verdict))
      case .failure(let refusal): throw Report.failure(refusal)
      }
    }
  }
}

/// Tells what a person means by INPUT.
enum Input {
  /// A picture with a token; a spreadsheet of tokens is read line by line elsewhere.
  static let largest = 1 << 20

  static func read(_ text: String) throws -> VerifyQuestion.Subject {
    if text == "-" { return try subject(try readInput("-", limit: largest)) }
    // Dots and no slash: a token is longer than any file name, so it is never looked up.
    if text.utf8.count < 1_024, FileManager.default.fileExists(atPath: text) { return try subject(try readInput(text, limit: largest)) }
    return spoken(text)
  }

  private static func subject(_ bytes: [UInt8]) throws -> VerifyQuestion.Subject {
    guard let text = Text(validating: bytes), !bytes.starts(with: [0x89, 0x50]) else { return .picture(bytes) }
    let trimmed = text.string.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.utf8.first == UInt8(ascii: "<") { return .picture(bytes) }
    if trimmed.utf8.first == UInt8(ascii: "{") { return .token(Array(trimmed.utf8)) }
    return spoken(trimmed)
  }

  private static func spoken(_ text: String) -> VerifyQuestion.Subject {
    if text.utf8.filter({ $0 == UInt8(ascii: ".") }).count == 2, !text.utf8.contains(UInt8(ascii: "/")) { return .token(Array(text.utf8)) }
    if text.utf8.contains(UInt8(ascii: "/")) { return .link(text) }
    let plain = text.utf8.count <= 22 && text.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
    return plain ? .id(text) : .token(Array(text.utf8))
  }
}

/// A decision on a terminal.
enum Report {
  static func exitCode(_ verdict: Verdict) -> Int32 {
    switch verdict {
    case .confirmed, .genuine: 0
    case .notGenuine, .otherPage, .notInForce: 1
    case .cannotTell: 3
    case .noBadge: 4
    }
  }

  static func failure(_ refusal: QuestionRefusal) -> CommandFailure {
    var details: [String: JSON] = ["field": JSON(refusal.field)]
    for param in refusal.params { details[param.name] = param.value }
    return CommandFailure(2, refusal.code.rawValue, refusal.sentence(), details: details)
  }

  static func state(_ decision: Decision) -> PageState {
    switch decision.verdict {
    case .confirmed: .confirmed
    case .genuine: .genuine
    case .otherPage: .otherPage
    case .cannotTell: .cannotTell
    case .noBadge: .noBadge
    case .notGenuine: decision.axes.authenticity == .unknownCredential ? .unknown : .notGenuine
    case .notInForce:
      switch decision.axes.status {
      case .expired: .expired
      case .notYetValid: .notYetValid
      case .revoked: .revoked
      case .superseded: .superseded
      case .suspended: .suspended
      case .active, .unknown: .againstRules
      }
    }
  }

  static func show(_ decision: Decision, _ options: GlobalOptions) {
    if options.json { Console.json(decision.json()); return }
    let (mark, colour): (String, Console.Colour) = switch decision.verdict {
    case .confirmed, .genuine: ("✓", .green)
    case .cannotTell, .noBadge: ("?", .yellow)
    default: ("✗", .red)
    }
    let date = [("date", heading(decision))]
    Console.line(Console.coloured("\(mark) \(decision.verdict.rawValue): \(state(decision).texts.heading[.en].sentence(date))", colour))
    for reason in decision.reasons { Console.line("  \(reason.code.rawValue): \(Catalogue.sentence(reason.code, params: reason.words, language: .en))") }
    if let credential = decision.credential {
      Console.line("  " + credential.names.map { Console.shown($0.text) }.joined(separator: " · "))
      Console.line("  \(credential.registerID), \(credential.programme) of \(Console.shown(credential.issuerName))")
      Console.line("  \(credential.validFrom) to \(credential.validUntil)")
      for place in credential.storefronts { Console.line("  registered: \(Console.shown(place.display))") }
    }
    Console.line(Console.coloured("  checked \(decision.checkedAt)\(decision.statusAsOf.map { ", status as of \($0)" } ?? "")", .dim))
  }

  private static func heading(_ decision: Decision) -> String {
    let moment: Instant? = switch decision.axes.status {
    case .expired: decision.credential?.validUntil
    case .notYetValid: decision.credential?.validFrom
    default: decision.stateSince
    }
    return moment.map { CivilDate(of: $0).description } ?? "…"
  }
}
