import ArgumentParser
import Encodings
import Foundation
import Issuance
import Registry
import Vocabulary

/// `khatm backup`: may run while another command writes.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a backup: register, keys (still encrypted), profiles, anchor.",
    discussion: """
      FOLDER must not exist yet, or be empty. The register is copied by SQLite's own backup interface, also while \
      somebody issues; a copy \
      made with cp can be torn and is not taken back. The backup is read and judged before the command ends. public/ \
      is not in it: publish \
      makes it again. No passphrase is needed; keep the passphrases apart from the backup.

        khatm backup /mnt/other-disk/2026-11-22
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "A new or empty folder.", completion: .directory) var folder: String

  func run() throws {
    let summary = try options.register().backup(to: absolute(folder), at: options.now)
    if options.json {
      Console.json([
        "folder": JSON(folder), "entries": .integer(summary.entries), "files": .integer(Int64(summary.files)),
      ])
      return
    }
    Console.line(
      """
      Wrote \(Console.shown(folder)): \(counted(summary.files, "file")), \
      \(counted(Int(summary.entries), "log entry", plural: "log entries")), checked
      """
    )
  }
}

/// `khatm restore`: puts a backup into a home, then compares it with what was published.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore a backup, and compare it with what was published since.",
    discussion: """
      In two steps. The first puts the files into the home; from then on nothing is signed. The second compares the \
      register with the newest \
      published state and takes over what it has forgotten: entries of the log, certificates, suspensions and \
      revocations. Without it the next \
      signature would fork the public log and give numbers and status indices a second time.

        khatm restore /mnt/other-disk/2026-11-22
        khatm restore --reconcile
        khatm restore --reconcile --published ./mirror-of-public
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The folder of the backup.", completion: .directory) var folder: String?
  @Flag(help: "Set a register that stands in the home aside instead of refusing.") var replace = false
  @Flag(help: "Second step: compare with what was published, and go on.") var reconcile = false
  @Option(
    help: ArgumentHelp("The newest copy of what was published (default: the home's public/).", valueName: "folder"),
    completion: .directory
  ) var published: String?
  @Flag(
    help:
      """
      With --reconcile: nothing was ever published, or every copy of it is lost and the backup is known to be the last.
      """
  ) var nothingPublished = false

  func run() throws {
    guard (folder == nil) == reconcile, !(replace && reconcile), reconcile || (published == nil && !nothingPublished)
    else {
      throw CommandFailure(
        exit: 2,
        "usage",
        "give either the folder of a backup, or --reconcile",
        hint: "khatm restore --help"
      )
    }
    if let folder {
      let summary: BackupFolder.Summary
      do {
        summary = try options.requireHome().restore(from: absolute(folder), replacing: replace, at: options.now)
      } catch IssuanceFailure.homeExists(let path) {
        throw CommandFailure(
          exit: 2,
          "home_exists",
          "\(path) holds a register already",
          hint: "--replace sets it aside; nothing is deleted"
        )
      }
      if options.json {
        Console.json([
          "entries": .integer(summary.entries), "files": .integer(Int64(summary.files)),
          "kept": .array(summary.kept.map { JSON($0) }), "reconciled": .bool(false),
        ])
        return
      }
      Console.line(
        """
        Restored \(counted(summary.files, "file")), \(counted(Int(summary.entries), "log entry", plural: "log entries"))
        """
      )
      for name in summary.kept { Console.line("  left as it was: \(Console.shown(name))") }
      Console.line("Next: khatm restore --reconcile. Until then nothing can be signed")
      return
    }
    let done = try options.session(reconciling: true).recovery.reconcile(
      published: published.map(absolute),
      nothingPublished: nothingPublished
    )
    if options.json {
      Console.json([
        "from": .integer(done.fromSize), "size": .integer(done.size), "adopted": .array(done.adopted.map { JSON($0) }),
        "changed": .array(done.changed.map { ["id": JSON($0.id), "state": JSON($0.state.rawValue)] }),
        "members": .array(done.members.map { JSON($0) }), "reconciled": .bool(true),
      ])
      return
    }
    Console.line(
      """
      Reconciled: took over \(counted(Int(done.size - done.fromSize), "log entry", plural: "log entries")), \
      \(counted(done.adopted.count, "certificate")), \
      \(counted(done.changed.count, "change of state", plural: "changes of state"))
      """
    )
    for id in done.adopted { Console.line("  certificate \(id)") }
    for change in done.changed { Console.line("  \(change.id) is \(change.state)") }
    for member in done.members { Console.line("  import again: \(Console.shown(member))") }
    Console.line(
      "Audit rows and open requests since the backup are lost; the reports and mails of those days tell what they were."
    )
    Console.line("Requests that the backup held open are ended: ask again for what was not carried out.")
  }
}
