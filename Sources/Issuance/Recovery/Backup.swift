package import Encodings
internal import Foundation
internal import PKI
internal import Registry
internal import TransparencyLog
internal import Vocabulary

/// What a backup consists of: the register as SQLite copied it, and the files beside it, keys still encrypted.
/// `backup.json` names each with its digest. `public/` is not in it: everything there follows from the register.
package enum BackupFolder {
  static let manifest = "backup.json", format = "khatm-backup/1"
  /// Below the home; files of `keys` and `officers` are for their owner alone.
  static let parts = ["anchors", "answer-keys", "keys", "officers", "profiles", "reports", "witnesses"]
  static let files = ["platforms.yaml"]
  static let maxFileBytes = 64 << 20
  static func mode(_ path: String) -> UInt32 {
    path.hasPrefix("keys/") || path.hasPrefix("officers/") || path == "registry.db" ? 0o600 : 0o644
  }

  /// What a backup or a restore copied.
  package struct Summary: Sendable {
    package let entries: Int64, files: Int
    /// Files that stood in the home already with other bytes, and were left as they are.
    package var kept: [String] = []
  }
}

extension RegistryReader {
  /// Writes a backup into a folder that must not exist yet, or be empty. No lock and no passphrase: others may go on
  /// working.
  ///
  /// The register is copied first: keys are written before the register names them, so a later copy of `keys/` has all
  /// of its keys.
  package func backup(to folder: String, at now: Instant) throws -> BackupFolder.Summary {
    guard folder != home.path, !folder.hasPrefix(home.publicPath) else {
      throw ActRejection(.backupPlace, subject: folder)
    }
    if FileManager.default.fileExists(atPath: folder), try !Files.names(in: folder).isEmpty {
      throw ActRejection(.backupExists, subject: folder)
    }
    try Files.makeFolder(folder, mode: 0o700)
    let path = folder + "/registry.db"
    try registry.backup(to: path)
    guard chmod(path, 0o600) == 0 else {
      throw IssuanceFailure.fileSystem(path: path, call: "chmod", why: String(cString: strerror(errno)))
    }
    try Files.sync(path)
    var names: [String] = []
    for part in BackupFolder.parts where FileManager.default.fileExists(atPath: home.path + "/" + part) {
      names += try Files.names(in: home.path + "/" + part).filter { !$0.hasPrefix(".") }.map { part + "/" + $0 }
    }
    names += BackupFolder.files
    for name in names {
      guard let bytes = try Files.read(home.path + "/" + name, limit: BackupFolder.maxFileBytes) else { continue }
      try Files.replace(folder + "/" + name, with: bytes, mode: BackupFolder.mode(name))
    }
    // Judged as it lies there, not as it was meant to be.
    let copy = try BackupCheck.register(path)
    let digests = try (["registry.db"] + names.filter { FileManager.default.fileExists(atPath: folder + "/" + $0) }).map
    { name -> JSON in
      ["path": JSON(name), "sha256": JSON(Hex.encode(try Files.digest(folder + "/" + name)))]
    }
    let manifest: JSON = [
      "format": JSON(BackupFolder.format), "host": JSON(authority.host), "at": JSON(now.description),
      "entries": .integer(copy.entries),
      "auditRows": .integer(copy.auditRows), "files": .array(digests),
    ]
    // Last: a folder without it is no backup.
    try Files.replace(folder + "/" + BackupFolder.manifest, with: manifest.canonical() + [0x0A])
    return .init(entries: copy.entries, files: digests.count)
  }
}

/// Looks at a register that nobody works with.
enum BackupCheck {
  /// What a register says of itself.
  struct Facts { let entries: Int64, auditRows: Int64, host: String }
  private static let leavesAtOnce: Int64 = 4_096

  static func register(_ path: String) throws -> Facts {
    let registry = try Registry.openBackup(at: path)
    func damaged(_ why: String) -> ActRejection { ActRejection(.backupDamaged(why: why), subject: path) }
    if let complaint = try registry.integrityComplaints().first { throw damaged(complaint) }
    guard let authority = try registry.keys.authority() else { throw damaged("it names no authority") }
    var range = CompactRange()
    if let head = try registry.log.head() {
      while Int64(range.size) < head.size {
        let entries = try registry.log.entries(Int64(range.size)..<min(Int64(range.size) + leavesAtOnce, head.size))
        guard !entries.isEmpty else { throw damaged("entries of the log are missing") }
        for entry in entries { _ = try range.append(leafHash: Merkle.leafHash(entry)) }
      }
      let signed = try registry.logPolicy(origin: authority.logOrigin).open(Array(head.note.utf8))
      guard signed.size == range.size, signed.root == range.root else {
        throw damaged("the log is not the one that was signed")
      }
    }
    let trail = try RegistryReader(home: Home(path: "/"), registry: registry, authority: authority).verifyAudit()
    if let complaint = trail.complaints.first { throw damaged("audit row \(complaint.row): \(complaint.what)") }
    return Facts(entries: Int64(range.size), auditRows: trail.rows, host: authority.host)
  }
}

extension Home {
  /// Puts a backup into this home. The register then waits for `Recovery.reconcile`; nothing is signed before.
  ///
  /// - Parameter replacing: whether a register that stands there is set aside; else that is refused.
  /// Files that stand in the home already are kept: they may be newer, and nothing of a backup is worth overwriting a
  /// key.
  package func restore(from folder: String, replacing: Bool, at now: Instant) throws -> BackupFolder.Summary {
    guard let bytes = try Files.read(folder + "/" + BackupFolder.manifest, limit: 1 << 22) else {
      throw ActRejection(
        .notABackup(why: "there is no \(BackupFolder.manifest): a copy of a live home can be torn"),
        subject: folder
      )
    }
    let manifest = try JSONObject.parse(bytes)
    guard manifest["format"]?.string == BackupFolder.format, let host = manifest["host"]?.string,
      let files = manifest["files"]?.array
    else {
      throw ActRejection(.notABackup(why: "\(BackupFolder.manifest) is of another kind"), subject: folder)
    }
    var names: [String] = []
    for file in files {
      guard let name = file.object?["path"]?.string, let digest = file.object?["sha256"]?.string, Self.isPart(name)
      else {
        throw ActRejection(
          .backupDamaged(why: "\(BackupFolder.manifest) names a file that no backup has"),
          subject: folder
        )
      }
      guard try Hex.encode(Files.digest(folder + "/" + name)) == digest else {
        throw ActRejection(.backupDamaged(why: "\(name) is not the file that was written"), subject: folder)
      }
      names.append(name)
    }
    guard names.contains("registry.db") else {
      throw ActRejection(.backupDamaged(why: "there is no register in it"), subject: folder)
    }
    let facts = try BackupCheck.register(folder + "/registry.db")
    guard facts.host == host else {
      throw ActRejection(.backupDamaged(why: "the register is of \(facts.host)"), subject: folder)
    }

    try Files.makeFolder(path, mode: 0o700)
    let lock = try lock(wait: 0, now: now.seconds)
    defer { withExtendedLifetime(lock) {} }
    guard replacing || !exists else { throw IssuanceFailure.homeExists(path: path) }
    var summary = BackupFolder.Summary(entries: facts.entries, files: names.count)
    for name in names where name != "registry.db" {
      guard let bytes = try Files.read(folder + "/" + name, limit: BackupFolder.maxFileBytes) else { continue }
      if let found = try Files.read(path + "/" + name, limit: BackupFolder.maxFileBytes) {
        if found != bytes { summary.kept.append(name) }
        continue
      }
      try Files.replace(path + "/" + name, with: bytes, mode: BackupFolder.mode(name))
    }
    // Under a name of its own until it is whole and marked.
    let draft = path + "/restoring.db"
    for file in [draft, draft + "-journal"] { unlink(file) }
    try Files.copy(folder + "/registry.db", to: draft, mode: 0o600)
    try Registry.markRestored(at: draft)
    try Files.sync(draft)
    // What was set aside within the same second, by a run that was cut off or by a mistake, is never written over.
    let registers = ["registry.db", "registry.db-journal"]
    var stem = "\(path)/replaced-\(now.seconds)"
    var turn = 1
    while registers.contains(where: { FileManager.default.fileExists(atPath: "\(stem)-\($0)") }) {
      turn += 1
      stem = "\(path)/replaced-\(now.seconds).\(turn)"
    }
    // A journal of the old register would be rolled back into the new one.
    for name in registers where FileManager.default.fileExists(atPath: path + "/" + name) {
      try Files.move(path + "/" + name, to: "\(stem)-\(name)")
    }
    try Files.move(draft, to: registryPath)
    return summary
  }

  private static func isPart(_ name: String) -> Bool {
    if name == "registry.db" || BackupFolder.files.contains(name) { return true }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && BackupFolder.parts.contains(String(parts[0])) && !parts[1].isEmpty
      && !parts[1].hasPrefix(".")
  }
}
