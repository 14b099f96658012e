import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import PKI
import Storefronts
import TransparencyLog
import Verification

/// What is published, and whom to believe about it.
struct FollowOptions: ParsableArguments {
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

  func path(_ options: GlobalOptions) throws -> String {
    guard let path = folder ?? options.homeIfGiven?.publicPath else {
      throw CommandFailure(
        exit: 2,
        "public_missing",
        "no published folder was given",
        hint: "use --public FOLDER, --home FOLDER or KHATM_HOME"
      )
    }
    return path
  }

  /// Nil: whoever reads takes the one of the folder, after saying so here.
  func anchorPEM(_ options: GlobalOptions) throws -> [UInt8]? {
    if let anchor { return try readInput(anchor, limit: 1 << 16) }
    if let home = options.homeIfGiven, FileManager.default.fileExists(atPath: home.anchorPath) {
      return try readInput(home.anchorPath, limit: 1 << 16)
    }
    if options.talks {
      Console.note(
        """
        khatm: trusting the root of what is published itself; compare its fingerprint with a printed one, and use \
        --anchor FILE
        """
      )
    }
    return nil
  }

  func log(_ options: GlobalOptions) throws -> PublishedLog {
    let path = try path(options)
    guard !path.utf8.starts(with: "https://".utf8), !path.utf8.starts(with: "http://".utf8) else {
      throw CommandFailure(
        exit: 2,
        "public_missing",
        "this needs a folder, not an address",
        hint: "khatm mirror \(path) FOLDER makes a copy"
      )
    }
    return PublishedLog(folder: absolute(path), anchor: try anchorPEM(options))
  }
}

/// Runs what may fail to follow: exit 3 when nothing can be told, 2 for input that cannot be read, 1 when what was
/// shown is wrong.
func following<T>(_ body: () throws -> T) throws -> T {
  do {
    return try body()
  } catch let failure as FollowFailure {
    let exit: Int32 =
      switch failure {
      case _ where failure.isFailure: 3
      case .malformed, .missing, .notACopy, .tooLarge: 2
      default: 1
      }
    throw CommandFailure(exit: exit, failure.code, failure.description)
  }
}

func readTime(_ text: String) throws -> Instant {
  guard let instant = Instant(rfc3339: text) ?? CivilDate(text)?.startOfDay else {
    throw CommandFailure(
      exit: 2,
      "time_malformed",
      "\"\(text)\" is not a time",
      hint: "write 2026-11-22T09:00:00Z or 2026-11-22"
    )
  }
  return instant
}

/// `khatm proof`: what the log proves of one certificate.
struct Proof: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prove from the public log that a certificate was issued; or say what it was on a day.",
    discussion: """
      Without --at the proof itself (C2SP tlog-proof): entry, salt, path and signed checkpoint, which prove offline \
      that this very token \
      was logged. With --at what the log says the certificate was then, and every act until then.

        khatm proof 7Q2M-4XW9-K3PD-T5HB-PA -o alnoor.tlog-proof
        khatm proof 7Q2M-4XW9-K3PD-T5HB-PA --at 2026-11-22
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var ground: FollowOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(name: .customLong("at"), help: ArgumentHelp("What it was at this time.", valueName: "time")) var time: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  func run() throws {
    let number = try readID(id)
    let log = try ground.log(options)
    if let time {
      let moment = try readTime(time)
      let history = try following { try log.history(of: number) }
      let answer = try following { try history.json(at: moment) }
      if options.json { return Console.json(.object(answer)) }
      Console.line("\(number.display) at \(moment): \(answer["state"]?.string ?? "?")")
      for act in history.acts where act.entry.at <= moment {
        Console.line(
          """
            \(act.entry.at)  \(act.entry.kind.rawValue)\(act.entry.reason.map { " (\($0))" } ?? "")  entry \(act.index)
          """
        )
      }
      return
    }
    let proof = try following { try log.proof(of: number) }
    if let output {
      try writeOutput(proof.bytes, to: output)
      if options.talks {
        Console.note(
          "wrote \(Console.shown(output)): entry \(proof.index), \(proof.path.count) hashes, \(proof.bytes.count) bytes"
        )
      }
    } else {
      Console.write(String(decoding: proof.bytes, as: UTF8.self), to: 1)
    }
  }
}

/// `khatm bundle`: everything about one certificate in one file.
struct Bundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write one file that proves everything about a certificate offline.",
    discussion: """
      Token, status lists, the chamber's statement, the proof from the public log with its checkpoint, the list of \
      chambers, certificates, \
      CRLs and the platform table. It is good as long as its status lists are: a day.

        khatm bundle 7Q2M-4XW9-K3PD-T5HB-PA -o alnoor.bundle.json
        khatm verify bundle alnoor.bundle.json --anchor root.pem --page https://alnoor.example/
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var ground: FollowOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  func run() throws {
    let number = try readID(id)
    let log = try ground.log(options)
    let bundle = try following { try log.bundle(of: number) }
    if let output {
      try writeOutput(bundle.bytes, to: output)
      if options.talks { Console.note("wrote \(Console.shown(output)) (\(bundle.bytes.count) bytes)") }
    } else {
      Console.write(String(decoding: bundle.bytes, as: UTF8.self), to: 1)
    }
  }
}

/// `khatm verify bundle`: offline.
struct VerifyBundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Check a certificate by one file alone, offline.",
    discussion: """
        khatm verify bundle alnoor.bundle.json --anchor root.pem --page https://alnoor.example/

      Exit codes as of khatm verify.
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The bundle, or - for standard input.", completion: .file()) var file: String
  @Option(
    help: ArgumentHelp(
      "The root certificate to trust, PEM (default: the home's; without a home the bundle's own).",
      valueName: "file"
    ),
    completion: .file()
  ) var anchor: String?
  @Option(help: "Address of the page where the badge was seen.") var page: String?
  @Option(name: .customLong("at"), help: ArgumentHelp("As of this time instead of now.", valueName: "time")) var time:
    String?

  func run() throws {
    let bytes = try readInput(file, limit: CredentialBundle.maxBytes)
    let bundle = try following { try CredentialBundle.parse(bytes) }
    var pem = try anchor.map { try readInput($0, limit: 1 << 16) }
    if pem == nil, let home = options.homeIfGiven, FileManager.default.fileExists(atPath: home.anchorPath) {
      pem = try readInput(home.anchorPath, limit: 1 << 16)
    }
    if pem == nil, options.talks {
      Console.note(
        """
        khatm: trusting the root of the bundle itself; compare its fingerprint with a printed one, and use --anchor FILE
        """
      )
    }
    let root = try following { try LogTrust.certificate(pem: pem ?? bundle.root) }
    do {
      let decision = try bundle.verify(anchors: [root], page: page, at: try time.map(readTime) ?? options.now)
      Report.show(decision, options)
      Foundation.exit(Report.exitCode(decision.verdict))
    } catch let refusal as AddressRejection {
      throw CommandFailure(exit: 2, refusal.code, "--page: \(PageReport.failure(refusal).message)")
    }
  }
}
