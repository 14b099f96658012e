/// What is known of the pages that a certificate names: proofs of control, their age, and what was last said about them
/// in public.
extension Schema {
  static let binding = """
    CREATE TABLE binding (
      credential INTEGER NOT NULL REFERENCES credential, key TEXT NOT NULL CHECK (length(key) BETWEEN 3 AND 2048),
      state TEXT NOT NULL CHECK (state IN ('asked', 'proved', 'failed', 'withdrawn')),
      since INTEGER NOT NULL,
      method TEXT CHECK (method IN ('well_known', 'page', 'officer')),
      -- Given to the member for the next proof, and new after each: whoever copies an old proof has the wrong one.
      code TEXT NOT NULL CHECK (length(code) BETWEEN 8 AND 40),
      proved_at INTEGER, reprove_by INTEGER,
      -- The first of several tries in a row that learnt nothing; the first contradiction since the last proof.
      unreachable_since INTEGER, contradicted_at INTEGER,
      CHECK (state <> 'proved' OR (proved_at IS NOT NULL AND reprove_by IS NOT NULL AND method IS NOT NULL)),
      PRIMARY KEY (credential, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX binding_due ON binding (reprove_by) WHERE state = 'proved';
    CREATE TRIGGER binding_kept BEFORE DELETE ON binding BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER binding_same BEFORE UPDATE OF credential, key ON binding BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    -- A page that was taken off comes back with a new certificate only.
    CREATE TRIGGER binding_steps BEFORE UPDATE OF state ON binding WHEN OLD.state = 'withdrawn' AND NEW.state <> 'withdrawn'
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;

    CREATE TABLE binding_act (
      seq INTEGER PRIMARY KEY,
      credential INTEGER NOT NULL, key TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('asked', 'proved', 'unreachable', 'contradicted', 'failed', 'withdrawn')),
      at INTEGER NOT NULL, officer TEXT NOT NULL, detail TEXT NOT NULL,
      FOREIGN KEY (credential, key) REFERENCES binding
    ) STRICT;
    CREATE INDEX binding_act_of ON binding_act (credential, key);
    CREATE TRIGGER binding_act_kept_u BEFORE UPDATE ON binding_act BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER binding_act_kept_d BEFORE DELETE ON binding_act BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    -- The newest signed statement of each credential, its entry in the log, and whether public/ has it.
    CREATE TABLE binding_statement (
      credential INTEGER PRIMARY KEY REFERENCES credential,
      statement BLOB NOT NULL, leaf INTEGER NOT NULL UNIQUE REFERENCES log_leaf, published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1))
    ) STRICT;
    CREATE TRIGGER binding_statement_newer BEFORE UPDATE OF statement, leaf ON binding_statement WHEN NEW.leaf <= OLD.leaf AND NEW.statement <> OLD.statement
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;
    CREATE TRIGGER binding_statement_kept BEFORE DELETE ON binding_statement BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    """
}
