extension Schema {
  /// What was taken over from the published state after an old copy of the register was put back. While such a row is
  /// open, which is never longer than its own transaction, acts that the public log already holds need no second
  /// approval: they had it, and the copy lost it.
  static let reconciliation = """
    CREATE TABLE reconciliation (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL, officer TEXT NOT NULL,
      from_size INTEGER NOT NULL, size INTEGER NOT NULL CHECK (size >= from_size),
      adopted INTEGER NOT NULL, changed INTEGER NOT NULL,
      closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
    ) STRICT;
    CREATE TRIGGER reconciliation_fixed BEFORE UPDATE OF seq, at, officer, from_size, size, adopted, changed ON reconciliation
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER reconciliation_final BEFORE UPDATE OF closed ON reconciliation WHEN OLD.closed = 1
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER reconciliation_kept BEFORE DELETE ON reconciliation BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    """

  /// The three rules that look for a second officer, each with its one exception.
  static let reconciliationRules: [(trigger: String, after: String, exception: String)] = [
    (
      "credential_four_eyes", "WHEN OLD.state = 'reserved' AND NEW.state = 'active'",
      " AND NOT EXISTS (SELECT 1 FROM reconciliation r WHERE r.closed = 0 AND NEW.leaf >= r.from_size AND NEW.leaf < r.size)"
    ),
    (
      "credential_reinstated", "WHEN OLD.state = 'suspended' AND NEW.state = 'active'",
      " AND NOT EXISTS (SELECT 1 FROM reconciliation WHERE closed = 0)"
    ),
    (
      "event_brake", "WHEN NEW.kind IN ('issued', 'suspended', 'revoked')",
      " AND NOT EXISTS (SELECT 1 FROM reconciliation WHERE closed = 0)"
    ),
  ]
}
