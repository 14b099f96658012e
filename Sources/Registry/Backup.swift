internal import Storage

/// What kind of file a register is, by SQLite's application id: it stands in the first page, so a copy of the file
/// bears it too.
package enum RegisterMark: Int32, Sendable {
  case live = 0
  /// Made by `backup`; nobody works with it.
  case backup = 0x4B68_4231
  /// Put back from a backup, not yet compared with what was published.
  case restored = 0x4B68_5231

  /// From the first bytes of the file (SQLite file format, 1.3: offset 68, big-endian).
  init?(head: [UInt8]) {
    guard head.count >= 72 else { return nil }
    self.init(rawValue: Int32(bitPattern: head[68..<72].reduce(0) { $0 << 8 | UInt32($1) }))
  }
}

extension Registry {
  /// A consistent copy by SQLite's own backup interface, also while somebody writes: the copy holds what was committed
  /// when it began.
  /// - Parameter path: where no file may stand.
  package func backup(to path: String) throws(RegistryFailure) {
    try RegistryDatabase.translating {
      let copy = try StorageConnection.open(path, busy: 0)
      try database.connection.copy(to: copy)
      try copy.withoutTransaction { try $0.script("PRAGMA application_id = \(RegisterMark.backup.rawValue)") }
      try copy.close()
    }
  }

  /// The register of a backup, for reading; its schema is left as it is.
  package static func openBackup(at path: String) throws(RegistryFailure) -> Registry {
    try RegistryDatabase.translating {
      let connection = try StorageConnection.open(path, readOnly: true, busy: 0)
      guard try connection.read({ try $0.registerMark() }) == .backup else {
        throw RegistryFailure.notARegister(
          path: path,
          why: "it is a copy of a live register, not a backup: such a copy can be torn"
        )
      }
      return Registry(database: RegistryDatabase(connection: connection))
    }
  }

  /// Whether this register was put back and not yet compared with what was published.
  package func mark() throws(RegistryFailure) -> RegisterMark? { try database.read { try $0.registerMark() } }

  /// Turns the copy of a backup at `path` into a register that waits to be reconciled.
  package static func markRestored(at path: String) throws(RegistryFailure) {
    try RegistryDatabase.translating {
      let connection = try StorageConnection.open(path, busy: 0)
      try connection.withoutTransaction { transaction in
        guard try transaction.registerMark() == .backup else {
          throw RegistryFailure.notARegister(path: path, why: "it is no backup")
        }
        try transaction.script("PRAGMA synchronous=EXTRA; PRAGMA application_id = \(RegisterMark.restored.rawValue)")
      }
      try connection.close()
    }
  }
}

extension Transaction {
  fileprivate func registerMark() throws -> RegisterMark? {
    RegisterMark(rawValue: Int32(truncatingIfNeeded: try integer("PRAGMA application_id") ?? 0))
  }
}
