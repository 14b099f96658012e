internal import GRDB

extension Registry {
  /// Names one more key of a chamber, together with the log entry that tells of it.
  public func add(_ key: SigningKeyRecord, log: LogAppend, audit: AuditRecord) throws(RegistryFailure) {
    try write { db in
      try Self.insert(key, in: db)
      try Self.append(log, in: db)
      try Self.insert(audit, in: db)
    }
  }
}
