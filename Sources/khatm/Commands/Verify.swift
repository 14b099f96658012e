import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import Messages
import PKI
import Repository
import Verification
import Vocabulary

/// `khatm verify`: needs no home.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a certificate: a token, a number, a badge link or a picture.",
    subcommands: [One.self, VerifyPage.self, VerifyBundle.self],
    defaultSubcommand: One.self
  )

  /// Where trust comes from and at what time it is judged.
  struct Ground: ParsableArguments {
    @Option(
      name: .customLong("public"),
      help: ArgumentHelp("The published folder, or a copy of it (default: the home's).", valueName: "folder"),
      completion: .directory
    )
    var folder: String?
    @Option(
      help: ArgumentHelp(
        "The root certificate to trust, PEM (default: the home's; without a home the folder's own).",
        valueName: "file"
      ),
      completion: .file()
    ) var anchor: String?
    @Option(
      help: ArgumentHelp(
        """
        A copy of what another authority publishes; it counts only if the trust list points to its root. May be \
        repeated.
        """,
        valueName: "folder"
      ),
      completion: .directory
    )
    var recognised: [String] = []
    @Option(name: .customLong("at"), help: ArgumentHelp("As of this time instead of now.", valueName: "time")) var time:
      String?

    func instant(_ options: GlobalOptions) throws -> Instant {
      guard let time else { return options.now }
      guard let instant = Instant(rfc3339: time) ?? CivilDate(time)?.startOfDay else {
        throw CommandFailure(
          exit: 2,
          "time_malformed",
          "\"\(time)\" is not a time",
          hint: "write 2026-11-22T09:00:00Z or 2026-11-22"
        )
      }
      return instant
    }

    func open(_ options: GlobalOptions) throws -> PublishedRepository {
      let home = options.homeIfGiven
      guard let path = folder.map(absolute) ?? home?.publicPath else {
        throw CommandFailure(
          exit: 2,
          "public_missing",
          "no published folder was given",
          hint: "use --public FOLDER, --home FOLDER or KHATM_HOME"
        )
      }
      var pem: [UInt8]?
      if let anchor {
        pem = try readInput(anchor, limit: 1 << 16)
      } else if let home, FileManager.default.fileExists(atPath: home.anchorPath) {
        pem = try readInput(home.anchorPath, limit: 1 << 16)
      }
      do throws(OpenFailure) {
        let opened = try PublishedRepository(path: path, anchor: pem, neighbours: recognised.map(absolute))
        if !opened.anchorIsPinned && options.talks {
          Console.note(
            """
            khatm: trusting the root of the folder itself; compare its fingerprint with a printed one, and use \
            --anchor FILE
            """
          )
          Console.note("       SHA-256 \(grouped(Hex.encode(opened.anchors[0].sha256)))")
        }
        return opened
      } catch { throw CommandFailure(exit: 2, "public_unusable", error.description, hint: error.hint) }
    }
  }

  /// `khatm verify certificate`, also without the word.
  struct One: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "certificate",
      abstract: "Check one certificate, or a list of them.",
      discussion: """
        INPUT is a token, a file with one, a baked picture (SVG or PNG), a certificate number, its link, or - for \
        standard input. \
        It works offline from a copy of public/. Without --page the best answer is "genuine"; with it, "confirmed". \
        With --at the answer \
        is what would have been answered then, from the history in the public log.

          khatm verify 7Q2M-4XW9-K3PD-T5HB-PA --page https://desertrose.en.alibaba.com/
          khatm verify badge.svg --public ./copy-of-public --anchor root.pem
          khatm verify 7Q2M-4XW9-K3PD-T5HB-PA --at 2026-11-22T09:00:00Z

        With --list, one certificate a line: a number, link or token, or an object as POST /v1/verify takes it. \
        Answers go out as NDJSON in \
        the order of the lines, as POST /v1/verify/batch gives them; a line that cannot be read spoils no other, an \
        empty one counts for nothing.

          khatm verify --list tokens.txt --public ./copy-of-public --anchor root.pem > answers.ndjson
          {"badge":"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA","page":"https://alnoor.example/","ref":"row-17"}

        Exit codes: 0 confirmed or genuine, 1 not genuine, other page or not in force, 2 input that cannot be read, 3 \
        cannot tell, 5 internal. \
        Of a list the first of 1, 2, 3 that a line earned.
        """
    )
    @OptionGroup var options: GlobalOptions
    @OptionGroup var ground: Ground
    @Argument(help: "Token, file, picture, number or link.") var input: String?
    @Option(help: "Address of the page where the badge was seen.") var page: String?
    @Option(
      help: ArgumentHelp("File with one certificate a line, or - for standard input.", valueName: "file"),
      completion: .file()
    ) var list: String?
    @Flag(help: "With --json, the proof from the public log beside the answer.") var proof = false

    func validate() throws {
      guard (input == nil) != (list == nil) else { throw ValidationError("give either an input or --list") }
    }

    func run() throws {
      let asker = try Asker(ground, options)
      if let list { Foundation.exit(try VerifyList(asker: asker, page: page, wantsProof: proof).run(list)) }
      guard let input else { return }
      let bytes = try Input.bytes(input)
      try Input.refuseBundle(bytes)
      let question: VerificationRequest
      do throws(RequestRejection) {
        question = try VerificationRequest(typed: bytes, host: asker.host, page: page, wantsProof: proof)
      } catch { throw Report.failure(error) }
      switch asker.answer(question) {
      case .success(let answer):
        Report.show(answer, options)
        Foundation.exit(Report.exitCode(answer.decision.verdict))
      case .failure(let refusal): throw Report.failure(refusal)
      }
    }
  }

  /// A published folder, asked about now, or with --at about then.
  struct Asker: Sendable {
    private let folder: PublishedRepository, log: PublishedLog
    private let now: Instant, moment: Instant

    init(_ ground: Ground, _ options: GlobalOptions) throws {
      folder = try ground.open(options)
      log = PublishedLog(folder: folder.path, anchor: folder.anchors.first.map { Array($0.pem.utf8) })
      now = options.now
      moment = try ground.instant(options)
    }

    /// Of badge links.
    var host: String { folder.host }

    func answer(_ question: VerificationRequest) -> Result<VerificationResponse, RequestRejection> {
      folder.answer(question, asOf: moment, at: now, acts: log.acts)
    }
  }
}

/// Tells what a person means by INPUT: a file of that name, or the text itself.
enum Input {
  /// A picture with a token; a spreadsheet of tokens is read line by line elsewhere.
  static let largest = 1 << 20

  static func bytes(_ text: String) throws -> [UInt8] {
    // A token is longer than any file name, so it is never looked up.
    guard text == "-" || (text.utf8.count < 1_024 && FileManager.default.fileExists(atPath: text)) else {
      return Array(text.utf8)
    }
    return try readInput(text, limit: largest)
  }

  /// As a certificate a bundle would be called a forgery.
  static func refuseBundle(_ bytes: [UInt8]) throws {
    // what is no JSON is no bundle
    guard (try? JSONObject.parse(bytes, limits: .document))?["format"]?.text == Text(CredentialBundle.format) else {
      return
    }
    throw CommandFailure(
      exit: 2,
      "input_is_bundle",
      "this is a bundle, which brings everything it is checked by",
      hint: "khatm verify bundle FILE --anchor ROOT.pem"
    )
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

  static func failure(_ refusal: RequestRejection) -> CommandFailure {
    var details: [String: JSON] = ["field": JSON(refusal.field)]
    for param in refusal.params { details[param.name] = param.value }
    return CommandFailure(exit: 2, refusal.code.rawValue, refusal.sentence(), details: details)
  }

  static func show(_ answer: VerificationResponse, _ options: GlobalOptions) {
    guard options.json else { return show(answer.decision, options) }
    Console.json(.object(json(answer)))
  }

  static func json(_ answer: VerificationResponse) -> JSONObject {
    var object = answer.decision.json().object ?? JSONObject()
    if let proof = answer.proof { object["proof"] = JSON(String(decoding: proof, as: UTF8.self)) }
    return object
  }

  static func show(_ decision: Decision, _ options: GlobalOptions) {
    if options.json {
      Console.json(decision.json())
      return
    }
    let (mark, colour): (String, Console.Colour) =
      switch decision.verdict {
      case .confirmed, .genuine: ("✓", .green)
      case .cannotTell, .noBadge: ("?", .yellow)
      default: ("✗", .red)
      }
    let texts = decision.state.texts
    let params = decision.params(in: .en, asked: decision.pageAsked)
    Console.line(
      Console.coloured("\(mark) \(decision.verdict.rawValue): \(texts.heading(params)[.en].sentence(params))", colour)
    )
    let line = texts.line(params)[.en]
    if !line.placeholders.contains("reason") { Console.line("  " + line.sentence(params)) }
    for reason in decision.reasons {
      Console.line("  \(reason.code.rawValue): \(Catalogue.sentence(reason.code, params: reason.words, language: .en))")
    }
    if let credential = decision.credential {
      Console.line("  " + credential.names.map { Console.shown($0.text) }.joined(separator: " · "))
      Console.line("  \(credential.registerID), \(credential.programme) of \(Console.shown(credential.issuerName))")
      Console.line("  \(credential.validFrom) to \(credential.validUntil)")
      for place in credential.storefronts { Console.line("  registered: \(Console.shown(place.display))") }
    }
    if let place = decision.log {
      Console.line("  entry \(place.leaf) of \(place.size) in the log \(Console.shown(place.origin.string))")
    }
    if let moment = decision.asOf { Console.line("  as of \(moment), by the public log") }
    Console.line(
      Console.coloured(
        "  checked \(decision.checkedAt)\(decision.statusAsOf.map { ", status as of \($0)" } ?? "")",
        .dim
      )
    )
  }
}
