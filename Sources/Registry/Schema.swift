internal import GRDB

/// Numbered migrations. A migration never changes once it has shipped: a new one is appended.
///
/// The schema keeps the register's rules by itself (STRICT, CHECK, UNIQUE, foreign keys, triggers), so that a mistake in the program
/// above it, or a second program, is refused by the file. Times are whole seconds since 1970 in UTC.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 register") { db in try db.execute(sql: register) }
    return migrator
  }

  /// States of a credential and the only steps between them. `expired` is not stored: it follows from `valid_until` and the clock.
  static let register = """
    CREATE TABLE authority (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
      host TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 253),
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE chamber (
      slug TEXT PRIMARY KEY CHECK (length(slug) BETWEEN 2 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*'),
      domain TEXT NOT NULL UNIQUE,
      name_en TEXT NOT NULL, name_ar TEXT NOT NULL,
      jurisdiction TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'granted' CHECK (status IN ('granted', 'suspended', 'withdrawn')),
      status_since INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- The history of a chamber's recognition: needed to judge what it signed earlier.
    CREATE TABLE chamber_status (
      chamber TEXT NOT NULL REFERENCES chamber, status TEXT NOT NULL, since INTEGER NOT NULL,
      PRIMARY KEY (chamber, since)
    ) STRICT;

    -- Public halves only; the private halves are encrypted files named by `file`.
    CREATE TABLE signing_key (
      id INTEGER PRIMARY KEY,
      chamber TEXT REFERENCES chamber,
      purpose TEXT NOT NULL CHECK (purpose IN ('root', 'issuing-ca', 'signer', 'log', 'answer', 'open-badge', 'data-integrity')),
      kid TEXT NOT NULL UNIQUE,
      public_key BLOB NOT NULL,
      certificate BLOB,
      not_before INTEGER NOT NULL, not_after INTEGER NOT NULL CHECK (not_after > not_before),
      state TEXT NOT NULL DEFAULT 'current' CHECK (state IN ('current', 'retired', 'revoked')),
      revoked_at INTEGER, file TEXT NOT NULL,
      CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX one_current_key ON signing_key (ifnull(chamber, ''), purpose) WHERE state = 'current';

    CREATE TABLE member (
      id INTEGER PRIMARY KEY,
      chamber TEXT NOT NULL REFERENCES chamber,
      number TEXT NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
      name_en TEXT NOT NULL CHECK (length(name_en) >= 1), name_ar TEXT NOT NULL CHECK (length(name_ar) >= 1),
      legal_form TEXT NOT NULL, licence_number TEXT NOT NULL, licence_authority TEXT NOT NULL,
      jurisdiction TEXT NOT NULL,
      member_since TEXT NOT NULL, fees_paid_until TEXT NOT NULL,
      storefront TEXT NOT NULL, platform TEXT NOT NULL, website TEXT NOT NULL,
      membership TEXT NOT NULL CHECK (membership IN ('member', 'e-member')),
      erased_at INTEGER,
      created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
      UNIQUE (chamber, number)
    ) STRICT;
    CREATE INDEX member_licence ON member (licence_number);
    CREATE INDEX member_storefront ON member (storefront) WHERE storefront <> '';
    CREATE INDEX member_fees ON member (fees_paid_until);

    -- People, kept apart from the company so that they can be erased without touching it.
    CREATE TABLE contact (
      member INTEGER PRIMARY KEY REFERENCES member,
      name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL
    ) STRICT;

    CREATE VIRTUAL TABLE member_search USING fts5(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');

    CREATE TABLE status_list (
      id INTEGER PRIMARY KEY,
      chamber TEXT NOT NULL REFERENCES chamber,
      series INTEGER NOT NULL CHECK (series >= 1),
      purpose TEXT NOT NULL CHECK (purpose IN ('revocation', 'suspension')),
      published_at INTEGER, valid_until INTEGER,
      UNIQUE (chamber, series, purpose)
    ) STRICT;

    CREATE TABLE token_header (id INTEGER PRIMARY KEY, header BLOB NOT NULL UNIQUE) STRICT;

    CREATE TABLE credential (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 18 AND id NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'),
      member INTEGER NOT NULL REFERENCES member,
      programme TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('reserved', 'active', 'suspended', 'revoked', 'superseded', 'abandoned')),
      valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL CHECK (valid_until > valid_from),
      issued_at INTEGER, state_since INTEGER NOT NULL,
      revocation_list INTEGER NOT NULL REFERENCES status_list, revocation_index INTEGER NOT NULL,
      suspension_list INTEGER NOT NULL REFERENCES status_list, suspension_index INTEGER NOT NULL,
      header INTEGER REFERENCES token_header, payload BLOB, signature BLOB, statement BLOB,
      salt BLOB NOT NULL CHECK (length(salt) = 32),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 32),
      leaf INTEGER, replaces INTEGER REFERENCES credential, replaced_by INTEGER REFERENCES credential,
      replacement_reason TEXT, batch TEXT, batch_row INTEGER,
      CHECK ((state IN ('reserved', 'abandoned')) = (payload IS NULL)),
      CHECK ((payload IS NULL) = (signature IS NULL) AND (payload IS NULL) = (header IS NULL) AND (payload IS NULL) = (issued_at IS NULL)),
      UNIQUE (revocation_list, revocation_index), UNIQUE (suspension_list, suspension_index), UNIQUE (batch, batch_row)
    ) STRICT;
    CREATE INDEX credential_member ON credential (member, programme);
    CREATE INDEX credential_running_out ON credential (valid_until) WHERE state IN ('active', 'suspended');
    CREATE INDEX credential_programme ON credential (programme, state);
    CREATE INDEX credential_unfinished ON credential (state) WHERE state = 'reserved';

    CREATE TRIGGER credential_steps BEFORE UPDATE OF state ON credential
    WHEN NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN
      ('reserved>active', 'reserved>abandoned', 'active>suspended', 'active>revoked', 'active>superseded',
       'suspended>active', 'suspended>revoked', 'suspended>superseded')
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    CREATE TRIGGER credential_born BEFORE INSERT ON credential WHEN NEW.state <> 'reserved'
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    -- What was signed is never changed, and an identifier or a status index is never given to anyone else.
    CREATE TRIGGER credential_signed BEFORE UPDATE OF id, seq, member, programme, valid_from, valid_until, revocation_list, revocation_index,
      suspension_list, suspension_index, salt, content_digest ON credential
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER credential_token BEFORE UPDATE OF header, payload, signature, issued_at, leaf ON credential WHEN OLD.payload IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER credential_kept BEFORE DELETE ON credential BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    CREATE TABLE event (
      seq INTEGER PRIMARY KEY,
      credential INTEGER NOT NULL REFERENCES credential,
      kind TEXT NOT NULL CHECK (kind IN ('issued', 'suspended', 'reinstated', 'revoked', 'superseded', 'abandoned')),
      at INTEGER NOT NULL, officer TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, leaf INTEGER
    ) STRICT;
    CREATE INDEX event_credential ON event (credential);

    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY CHECK (seq >= 1),
      at INTEGER NOT NULL, officer TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')), detail TEXT NOT NULL,
      previous BLOB NOT NULL CHECK (length(previous) = 32), digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
      signature BLOB
    ) STRICT;
    -- Each row names the one before it: a row that is slipped in or left out does not fit.
    CREATE TRIGGER audit_chain BEFORE INSERT ON audit
    WHEN NEW.seq <> ifnull((SELECT max(seq) FROM audit), 0) + 1
      OR NEW.previous <> ifnull((SELECT digest FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32))
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;

    CREATE TABLE log_leaf (
      leaf INTEGER PRIMARY KEY CHECK (leaf >= 0), entry BLOB NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    CREATE TRIGGER log_leaf_next BEFORE INSERT ON log_leaf WHEN NEW.leaf <> ifnull((SELECT max(leaf) + 1 FROM log_leaf), 0)
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;
    -- Roots of full tiles below level L: what a tile of level L >= 1 consists of.
    CREATE TABLE log_tile_root (
      level INTEGER NOT NULL CHECK (level >= 1), position INTEGER NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),
      PRIMARY KEY (level, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoint (
      size INTEGER PRIMARY KEY CHECK (size >= 1), at INTEGER NOT NULL, frontier BLOB NOT NULL, note TEXT NOT NULL
    ) STRICT;

    CREATE TRIGGER event_kept_u BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER event_kept_d BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER audit_kept_u BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER audit_kept_d BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER log_leaf_kept_u BEFORE UPDATE ON log_leaf BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER log_leaf_kept_d BEFORE DELETE ON log_leaf BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER checkpoint_kept_u BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER checkpoint_kept_d BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER checkpoint_grows BEFORE INSERT ON checkpoint
    WHEN NEW.size <= ifnull((SELECT max(size) FROM checkpoint), 0) OR NEW.size <> (SELECT max(leaf) + 1 FROM log_leaf)
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;

    -- Small counters that only grow: trust list sequence, CRL numbers.
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    CREATE TRIGGER counter_grows BEFORE UPDATE ON counter WHEN NEW.value < OLD.value
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;
    -- What was published last, by path, with the moment after which it must be made again.
    CREATE TABLE publication (path TEXT PRIMARY KEY, at INTEGER NOT NULL, due INTEGER NOT NULL) STRICT;
    -- Credentials whose public record is not yet written; emptied by publishing.
    CREATE TABLE unpublished (credential INTEGER PRIMARY KEY REFERENCES credential) STRICT;
    """
}
