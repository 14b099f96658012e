import ArgumentParser
import Encodings
import Foundation
import LogClients
import TransparencyLog

/// `khatm mirror`: needs no home.
struct MirrorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mirror",
    abstract: "Keep a complete, verified copy of what is published; a khatmd on it answers exactly as the origin.",
    discussion: """
      Only what changed is transferred. The copy never goes backwards: a log that forked or shrank ends the run, and \
      the copy stays as it \
      is. A run that was cut off goes on with the next one. Without --anchor a new copy keeps the root it finds first.

        khatm mirror https://khatm.example ./copy --anchor root.pem
        khatmd --public ./copy --anchor root.pem
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Address of a service, or a published folder.") var source: String
  @Argument(help: "The folder of the copy.", completion: .directory) var folder: String
  @Option(help: ArgumentHelp("The root certificate to trust, PEM.", valueName: "file"), completion: .file()) var anchor:
    String?

  func run() throws {
    let pem = try anchor.map { try readInput($0, limit: 1 << 16) }
    let progress = options.talks
    let outcome = try following {
      let from = try PublicSource.named(source)
      return try Mirror(folder: absolute(folder), source: from, anchor: pem, pause: { usleep(500_000) }).update {
        done,
        all in
        if progress, all > 0, done % 8_192 == 0 { Console.note("mirror: \(done) of \(all) entries") }
      }
    }
    if options.json {
      return Console.json([
        "size": .integer(Int64(clamping: outcome.checkpoint.size)),
        "entries": .integer(Int64(clamping: outcome.entries)), "records": .integer(Int64(outcome.records)),
        "files": .integer(Int64(outcome.files)), "transferred": .integer(Int64(outcome.transferred)),
      ])
    }
    Console.line(
      """
      \(outcome.checkpoint.checkpoint.origin): \(outcome.checkpoint.size) entries, \(outcome.entries) of them new; \
      copied \(counted(outcome.records, "certificate")) and \(counted(outcome.files, "file")), \
      received \(counted(outcome.transferred, "byte"))
      """
    )
  }
}
