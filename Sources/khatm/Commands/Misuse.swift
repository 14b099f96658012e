import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import PKI

/// `khatm misuse`: what people reported.
struct MisuseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "misuse",
    abstract: "Read and close what people reported on the pages of the verify service.",
    discussion: """
      khatmd --misuse FOLDER takes reports; the same folder, or a copy of it, is read here. What stands in a report \
      comes from strangers: \
      nothing follows from it by itself.

        khatm misuse list --queue /srv/khatm/misuse
        khatm misuse close 7Q2M4XW9K3PD --reason acted --note "paused, marketplace told" --officer omar
      """,
    subcommands: [List.self, Close.self]
  )

  /// Where the reports lie.
  struct QueueOption: ParsableArguments {
    @Option(
      help: ArgumentHelp("Folder of the reports (or KHATM_MISUSE; misuse/ of the home).", valueName: "folder"),
      completion: .directory
    )
    var queue: String?

    func open(_ options: GlobalOptions) throws -> MisuseQueue {
      let given = queue ?? ProcessInfo.processInfo.environment["KHATM_MISUSE"].flatMap { $0.isEmpty ? nil : $0 }
      let path = try given.map(absolute) ?? options.requireHome().path + "/misuse"
      do throws(FollowFailure) {
        return try MisuseQueue(path: path)
      } catch {
        throw CommandFailure(
          exit: 2,
          "queue_missing",
          error.description,
          hint: "give the folder of khatmd --misuse with --queue FOLDER"
        )
      }
    }
  }

  /// `khatm misuse list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the reports that wait, oldest first.",
      discussion: """
        A receipt is the signed answer that the reporter was shown; "verified" means that the service gave it. Verdict \
        and reasons are the \
        service's own, of the moment of the report.

          khatm misuse list --json
        """
    )
    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: QueueOption
    @Option(help: ArgumentHelp("Only reports on this certificate.", valueName: "id")) var certificate: String?

    func run() throws {
      let queue = try source.open(options)
      let found = queue.waiting()
      let only = try certificate.map(readID)
      let trust = receiptTrust(found.reports)
      let reports = found.reports.filter { only == nil || $0.id == only }
      if options.json {
        return Console.json([
          "reports": .array(
            reports.map { report in
              var object = report.json
              object["receiptState"] = JSON(state(report, trust))
              return .object(object)
            }
          ), "unreadable": .array(found.unreadable.map { ["file": JSON($0.name), "why": JSON($0.why)] }),
        ])
      }
      for report in reports {
        Console.line(Console.coloured("\(report.reference)  \(report.at)  \(report.kind.rawValue)", .bold))
        let codes = report.codes.map(Console.shown).joined(separator: ", ")
        Console.line(
          "  certificate \(report.id.display): \(Console.shown(report.verdict))\(codes.isEmpty ? "" : " (\(codes))")"
        )
        if !report.page.isEmpty { Console.line("  page \(Console.shown(report.page))") }
        for line in report.text.split(whereSeparator: \.isNewline) {
          Console.line("  | \(Console.shown(String(line)))")
        }
        Console.line(
          Console.coloured(
            "  receipt: \(state(report, trust))\(report.digest.map { ", answer \(Console.shown($0))" } ?? "")",
            .dim
          )
        )
      }
      if reports.isEmpty { Console.line("no reports") }
      for bad in found.unreadable { Console.note("khatm: \(Console.shown(bad.name)): \(Console.shown(bad.why))") }
    }

    /// Nil: there is nothing to check receipts with; then they stay unchecked, which is said.
    private func receiptTrust(_ reports: [MisuseReport]) -> LogTrust? {
      guard reports.contains(where: { $0.receipt != nil }), let home = options.homeIfGiven else { return nil }
      do {
        let anchor = try readInput(home.anchorPath, limit: 1 << 16)
        return try following { () throws(FollowFailure) in
          try LogTrust.read(try PublicSource.named(home.publicPath), anchor: anchor)
        }
      } catch { return nil }
    }

    private func state(_ report: MisuseReport, _ trust: LogTrust?) -> String {
      guard let token = report.receipt else { return "none" }
      guard let trust else { return "not_checked" }
      do throws(ReceiptRejection) {
        let receipt = try Receipt.verify(Array(token.utf8), trust: trust)
        // A true receipt of another certificate proves nothing here.
        return receipt.answer["credential"]?.object?["id"]?.string.map {
          $0.utf8.elementsEqual(report.id.description.utf8)
        } == false ? "other_certificate" : "verified"
      } catch {
        if case .failed = error { return "not_checked" }
        return "invalid"
      }
    }
  }

  /// `khatm misuse close`.
  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Close a report: officer, time and reason go into the audit trail.",
      discussion: """
        Reasons: acted, no_misuse, duplicate, unclear, spam. The file goes to closed/ of the folder; delete it there \
        when it is no longer \
        needed as evidence.
        """
    )
    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: QueueOption
    @Argument(help: "Reference of the report.") var reference: String
    @Option(help: "Code of the reason.") var reason: String
    @Option(help: "A note for the audit trail.") var note = ""

    func validate() throws {
      guard note.utf8.count <= 1_000 else { throw ValidationError("--note is longer than 1000 bytes") }
    }

    func run() throws {
      guard let outcome = MisuseOutcome(rawValue: reason) else {
        throw CommandFailure(
          exit: 2,
          "reason_unknown",
          ErrorPresenter.unknownReason(reason, for: "closing a report", MisuseOutcome.allCases.map(\.rawValue))
        )
      }
      let queue = try source.open(options)
      let (report, bytes) = try reading(queue) { () throws(MisuseQueue.Rejection) in try queue.report(reference) }
      try options.session().lifecycle.recordMisuseClosed(
        reference,
        credential: report.id,
        kind: report.kind.rawValue,
        digest: SHA2.sha256(bytes),
        outcome: outcome,
        note: note
      )
      // Recorded first: a report that is still in the queue can be closed again, one that vanished unrecorded cannot.
      try reading(queue) { () throws(MisuseQueue.Rejection) in try queue.close(reference) }
      if options.json {
        Console.json(["reference": JSON(reference), "state": "closed", "reason": JSON(reason)])
      } else {
        Console.line("\(reference) is closed: \(reason)")
      }
    }

    private func reading<T>(_ queue: MisuseQueue, _ body: () throws(MisuseQueue.Rejection) -> T) throws -> T {
      do throws(MisuseQueue.Rejection) { return try body() } catch {
        switch error {
        case .unknown:
          throw CommandFailure(
            exit: 2,
            "report_unknown",
            "no report \(Console.shown(reference)) waits in \(queue.path)",
            hint: "khatm misuse list shows them"
          )
        case .full:
          throw CommandFailure(
            exit: 5,
            "queue_full",
            "the queue of reports is full; close some first (khatm misuse close)"
          )
        case .failed(let failure): throw CommandFailure(exit: 5, failure.code, failure.description)
        }
      }
    }
  }
}
