extension Schema {
  /// Other authorities whose lists ours points to. A pointer is withdrawn, never changed or deleted: what was
  /// recognised when, stays known.
  static let recognition = """
    CREATE TABLE recognition (
      seq INTEGER PRIMARY KEY,
      host TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 253),
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 512),
      location TEXT NOT NULL,
      root BLOB NOT NULL, root_sha256 BLOB NOT NULL CHECK (length(root_sha256) = 32),
      since INTEGER NOT NULL, until INTEGER CHECK (until >= since)
    ) STRICT;
    CREATE UNIQUE INDEX recognition_once ON recognition (host) WHERE until IS NULL;
    CREATE UNIQUE INDEX recognition_root ON recognition (root_sha256) WHERE until IS NULL;
    CREATE TRIGGER recognition_fixed BEFORE UPDATE OF seq, host, name, location, root, root_sha256, since ON recognition
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER recognition_final BEFORE UPDATE OF until ON recognition WHEN OLD.until IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER recognition_kept BEFORE DELETE ON recognition BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    """
}
