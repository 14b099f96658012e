import ArgumentParser
import Encodings
import Foundation
import Issuance
import Registry

/// `khatm audit`: the trail of who did what.
struct Audit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check and export the trail of who did what.",
    subcommands: [VerifyTrail.self, Export.self]
  )

  /// `khatm audit verify`: needs no key and no lock.
  struct VerifyTrail: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract:
        """
        Go through the whole trail: nothing changed, left out, slipped in or cut off, and every row signed by its \
        officer.
        """,
      discussion: """
        Exit code 1 when something is wrong. With --head, the digest printed by an earlier run, a trail that was cut \
        off behind it is noticed \
        too. With --report a signed report of a bulk run is checked instead.
        """
    )
    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("A head that was printed earlier: SEQ:DIGEST.", valueName: "head")) var head: String?
    @Option(help: ArgumentHelp("A report to check: the path without its ending.", valueName: "path")) var report:
      String?

    func run() throws {
      let room = try options.register()
      if let report {
        let name = try room.verifyReport(
          json: try readInput(report + ".json", limit: IssuePlan.largest),
          csv: try readInput(report + ".csv", limit: IssuePlan.largest),
          signature: try readInput(report + ".sig", limit: 1_024)
        )
        if options.json {
          Console.json(["report": JSON(report), "signedBy": JSON(name)])
        } else {
          Console.line("signed by \(Console.shown(name))")
        }
        return
      }
      var findings = try room.verifyAudit()
      if let head {
        let parts = head.split(separator: ":").map(String.init)
        guard parts.count == 2, let seq = Int64(parts[0]) else {
          throw CommandFailure(
            exit: 2,
            "head_malformed",
            "\"\(head)\" is not an audit head",
            hint: "write SEQ:DIGEST as audit verify printed it"
          )
        }
        let row = try room.registry.log.audit(after: seq - 1, limit: 1).first
        if row?.seq != seq || row.map({ Hex.encode($0.digest) }) != parts[1] {
          findings.complaints.append((seq, "the trail no longer holds the row of this head"))
        }
      }
      let text = "\(findings.rows):\(Hex.encode(findings.head))"
      if options.json {
        Console.json([
          "rows": .integer(findings.rows), "refused": .integer(findings.refused),
          "unsigned": .integer(findings.unsigned), "head": JSON(text),
          "ok": .bool(findings.complaints.isEmpty), "anchored": findings.anchored.map { .integer($0) } ?? .null,
          "complaints": .array(findings.complaints.map { ["row": .integer($0.row), "what": JSON($0.what)] }),
        ])
      } else {
        for complaint in findings.complaints { Console.line("row \(complaint.row): \(Console.shown(complaint.what))") }
        Console.line(
          "\(findings.rows) rows, \(findings.refused) of them refused attempts"
            + (findings.unsigned > 0 ? " (\(findings.unsigned) by somebody without the key)" : "")
            + (findings.complaints.isEmpty ? ": the trail is whole" : ": the trail is NOT as it was written")
        )
        if let anchored = findings.anchored { Console.line("the public log names row \(anchored)") }
        Console.line("head \(text)")
      }
      if !findings.complaints.isEmpty { throw ExitCode(1) }
    }
  }

  /// `khatm audit export`: reads page by page, however long the trail is.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the trail, one JSON object a line.",
      discussion: "  khatm audit export --after 1200 -o trail.ndjson"
    )
    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("Only rows after this one.", valueName: "row")) var after: Int64 = 0
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file")
    ) var output: String?
    func run() throws {
      let room = try options.register()
      guard let output else { return try room.exportAudit(after: after) { Console.result(Array($0)) } }
      var all: [UInt8] = []
      try room.exportAudit(after: after) { all += $0 }
      try writeOutput(all, to: output)
    }
  }
}
