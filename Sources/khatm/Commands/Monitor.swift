import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import TransparencyLog
import Vocabulary

/// `khatm monitor`: needs no home.
struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Follow a log and hold what it says against what is published, and against the rules.",
    discussion: """
      Checks that the log only grew since the last run, reads every entry again, and compares: each issue with the \
      published certificate, \
      each certificate with its entry, validity, tier and programme with the list of chambers, status lists with the \
      log. A company \
      watches its own name with --watch; names that only look like it count. An address is copied beside the state \
      first.

        khatm monitor --public https://khatm.example --state khatm.state --anchor root.pem --watch "Al Noor Trading LLC"

      Exit codes: 0 nothing found, 1 findings, 2 usage, 3 cannot tell.
      """
  )
  @OptionGroup var options: GlobalOptions
  @Option(
    name: .customLong("public"),
    help: ArgumentHelp(
      "The published folder, or the address of the service (default: the home's).",
      valueName: "folder or address"
    )
  ) var source: String?
  @Option(help: ArgumentHelp("What this monitor remembers.", valueName: "file"), completion: .file()) var state: String?
  @Option(help: ArgumentHelp("The root certificate to trust, PEM.", valueName: "file"), completion: .file()) var anchor:
    String?
  @Option(help: ArgumentHelp("A name to be told about; can be repeated.", valueName: "name")) var watch: [String] = []
  @Option(
    name: .customLong("mine"),
    help: ArgumentHelp("A certificate of one's own, not to be told about; can be repeated.", valueName: "number")
  ) var known: [String] = []
  @Option(
    help: ArgumentHelp(
      "The most live certificates of a programme that one chamber may have, as PROGRAMME=NUMBER.",
      valueName: "limit"
    )
  ) var quota: [String] = []
  @Option(name: .customLong("at"), help: ArgumentHelp("As of this time instead of now.", valueName: "time")) var time:
    String?

  func run() throws {
    var settings = LogMonitor.Settings()
    settings.watch = watch
    settings.known = Set(try known.map { try readID($0).description })
    for text in quota {
      let parts = text.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]), number >= 0 else {
        throw CommandFailure(exit: 2, "quota_malformed", "\"\(text)\" is not PROGRAMME=NUMBER")
      }
      settings.quotas[String(parts[0])] = number
    }
    let ground = FollowOptions.make(source, anchor)
    let path = try ground.path(options)
    let pem = try ground.anchorPEM(options)
    let report: MonitorReport
    do throws(FollowFailure) {
      report = try LogMonitor(
        folder: try folder(path, pem),
        state: state.map(absolute),
        anchor: pem,
        settings: settings
      ).run(at: readMoment)
    } catch {
      guard !error.isFailure else { throw CommandFailure(exit: 3, error.code, error.description) }
      // The copy itself was refused: that is a finding, and the strongest there is.
      return try show(MonitorReport(findings: [LogFinding(error.code, error.description)]))
    }
    try show(report)
  }

  private var readMoment: Instant { time.flatMap { Instant(rfc3339: $0) ?? CivilDate($0)?.startOfDay } ?? options.now }

  private func folder(_ path: String, _ pem: [UInt8]?) throws(FollowFailure) -> String {
    let source = try PublicSource.named(path)
    if source.folder != nil { return absolute(path) }
    guard let state else { throw .missing(path: "state (an address needs --state FILE)") }
    let copy = absolute(state) + ".mirror"
    _ = try Mirror(folder: copy, source: source, anchor: pem, pause: { usleep(500_000) }).update()
    return copy
  }

  private func show(_ report: MonitorReport) throws {
    if options.json {
      Console.json(report.json)
    } else {
      if let head = report.checkpoint {
        Console.line(
          "\(head.checkpoint.origin): \(head.size) entries, "
            + "\(counted(Int(clamping: report.fresh), "event")) since the last run"
        )
      }
      if report.checkpoint != nil { Console.line("\(report.issued) issued, \(report.published) published") }
      for (kind, count) in report.kinds.sorted(by: { $0.key < $1.key }) { Console.line("  \(kind): \(count)") }
      for finding in report.findings {
        let place = [finding.index.map { "entry \($0)" }, finding.id].compactMap { $0 }.joined(separator: ", ")
        Console.line(
          Console.coloured("✗ \(finding.code)", finding.isAlarm ? .red : .yellow)
            + "\(place.isEmpty ? "" : " (\(place))"): \(Console.shown(finding.detail))"
        )
      }
      if report.findings.isEmpty { Console.line("nothing found") }
    }
    if !report.findings.isEmpty { throw ExitCode(1) }
  }
}

extension FollowOptions {
  static func make(_ folder: String?, _ anchor: String?) -> FollowOptions {
    var made = FollowOptions()
    (made.folder, made.anchor) = (folder, anchor)
    return made
  }
}
