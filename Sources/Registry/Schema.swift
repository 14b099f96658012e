internal import Foundation
internal import Storage

/// Numbered migrations. A migration never changes once it has shipped: a new one is appended.
///
/// The schema keeps the register's rules by itself (STRICT, CHECK, UNIQUE, foreign keys, triggers), so that a mistake
/// in the program above it, or a second program, is refused by the file. Times are whole seconds since 1970 in UTC.
enum Schema {
  static let migrations: [Migration] = [
    Migration("1 register") { transaction in
      try transaction.script(register)
      try transaction.script(office)
    },
    Migration("2 recognition") { try $0.script(recognition) },
    Migration("3 reconciliation") { transaction in
      try transaction.script(reconciliation)
      for rule in reconciliationRules {
        try change(rule.trigger, rule.after, to: rule.after + rule.exception, in: transaction)
      }
    },
    Migration("4 trust list due") { try $0.script(trustListDue) },
    Migration("5 binding") { try $0.script(binding) },
    Migration("6 search") { try $0.script(search) },
    // The same rules without a list after IN, for which SQLite makes a table each time the rule is asked.
    Migration("7 lists") { transaction in
      try transaction.script(steps)
      try change(
        "event_brake",
        "WHEN NEW.kind IN ('issued', 'suspended', 'revoked')",
        to: "WHEN (NEW.kind = 'issued' OR NEW.kind = 'suspended' OR NEW.kind = 'revoked')",
        in: transaction
      )
    },
  ]

  /// Puts other words into a trigger as it stands in this register: a migration before may have changed it.
  private static func change(
    _ trigger: String,
    _ words: String,
    to others: String,
    in transaction: Transaction
  ) throws {
    let made = try transaction.text("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", .text(trigger))
    guard let made, made.contains(words) else {
      throw RegistryFailure.notARegister(path: "", why: "the rule \(trigger) is not as it was made")
    }
    try transaction.script("DROP TRIGGER \(trigger)")
    try transaction.script(made.replacingOccurrences(of: words, with: others))
  }

  private static let steps = """
    DROP TRIGGER credential_steps;
    CREATE TRIGGER credential_steps BEFORE UPDATE OF state ON credential
    WHEN NEW.state <> OLD.state AND NOT CASE OLD.state
      WHEN 'reserved' THEN NEW.state = 'active' OR NEW.state = 'abandoned'
      WHEN 'active' THEN NEW.state = 'suspended' OR NEW.state = 'revoked' OR NEW.state = 'superseded' OR NEW.state = 'lapsed'
      WHEN 'suspended' THEN NEW.state = 'active' OR NEW.state = 'revoked' OR NEW.state = 'superseded' OR NEW.state = 'lapsed'
      ELSE 0 END
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    """

  /// What the trust list says of chambers, keys and neighbours is out of date from the same transaction on: a command
  /// that is cut off before it publishes leaves that to the next one.
  private static let trustListDue = [
    ("signing_key", "INSERT"), ("signing_key", "UPDATE OF state"), ("chamber_status", "INSERT"),
    ("recognition", "INSERT"), ("recognition", "UPDATE OF until"),
  ]
  .enumerated().map { number, event in
    """
    CREATE TRIGGER trust_list_due_\(number) AFTER \(event.1) ON \(event.0)
    BEGIN DELETE FROM publication WHERE path = '.well-known/chamber-trust-list.jwt'; END;
    """
  }.joined(separator: "\n")

  /// For each beginning of up to six letters the members that have a word with it, ready to be read in their order:
  /// what many members share (LLC, trading, the city) then costs a search no more than what few have. Folding has cut
  /// the words already, so all that is no space belongs to one. Where in a name a word stands is not kept, and not
  /// asked.
  private static let search = """
    CREATE VIRTUAL TABLE member_words USING fts5(words, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* P* C*'",
      prefix = '1 2 3 4 5 6', detail = none);
    INSERT INTO member_words (rowid, words) SELECT rowid, words FROM member_search ORDER BY rowid;
    DROP TABLE member_search;
    ALTER TABLE member_words RENAME TO member_search;
    """

  /// States of a credential and the only steps between them. That one has ended follows from `valid_until` and the
  /// clock; `lapsed` is stored when the programme's time of grace is over too, and nothing leads back from it.
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
      -- The form in which look-alike names are equal, and what an officer said of a name that has a twin: the digest of both names.
      skeleton_en TEXT NOT NULL DEFAULT '', skeleton_ar TEXT NOT NULL DEFAULT '', name_accepted TEXT,
      erased_at INTEGER,
      created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
      UNIQUE (chamber, number)
    ) STRICT;
    CREATE INDEX member_licence ON member (licence_number);
    CREATE INDEX member_storefront ON member (storefront) WHERE storefront <> '';
    CREATE INDEX member_fees ON member (fees_paid_until);
    CREATE INDEX member_skeleton_en ON member (skeleton_en, name_en);
    CREATE INDEX member_skeleton_ar ON member (skeleton_ar, name_ar);

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
      chamber TEXT NOT NULL REFERENCES chamber,
      programme TEXT NOT NULL,
      -- Whom it names beside the member: empty for the company itself, a digest for a person.
      subject TEXT NOT NULL DEFAULT '',
      state TEXT NOT NULL CHECK (state IN ('reserved', 'active', 'suspended', 'revoked', 'superseded', 'lapsed', 'abandoned')),
      valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL CHECK (valid_until > valid_from),
      issued_at INTEGER, state_since INTEGER NOT NULL,
      revocation_list INTEGER NOT NULL REFERENCES status_list, revocation_index INTEGER NOT NULL,
      suspension_list INTEGER NOT NULL REFERENCES status_list, suspension_index INTEGER NOT NULL,
      header INTEGER REFERENCES token_header, payload BLOB, signature BLOB, statement BLOB,
      salt BLOB NOT NULL CHECK (length(salt) = 32),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 32),
      leaf INTEGER, replaces INTEGER REFERENCES credential, replaced_by INTEGER REFERENCES credential,
      replacement_reason TEXT,
      -- The request and the row of it that this certificate was made for; the request of the last change of state.
      request INTEGER REFERENCES request, request_row INTEGER, decided_by INTEGER REFERENCES request,
      CHECK ((request IS NULL) = (request_row IS NULL)),
      CHECK (state <> 'superseded' OR replaced_by IS NOT NULL),
      CHECK (state <> 'lapsed' OR state_since > valid_until),
      CHECK ((state IN ('reserved', 'abandoned')) = (payload IS NULL)),
      CHECK ((payload IS NULL) = (signature IS NULL) AND (payload IS NULL) = (header IS NULL) AND (payload IS NULL) = (issued_at IS NULL)),
      UNIQUE (revocation_list, revocation_index), UNIQUE (suspension_list, suspension_index)
    ) STRICT;
    CREATE INDEX credential_member ON credential (member, programme);
    CREATE INDEX credential_running_out ON credential (valid_until) WHERE state IN ('active', 'suspended');
    CREATE INDEX credential_in_force ON credential (chamber, programme, valid_until) WHERE state IN ('active', 'suspended');
    CREATE INDEX credential_kind ON credential (chamber, programme, state);
    CREATE INDEX credential_state ON credential (state, programme) WHERE state NOT IN ('active', 'reserved');
    -- A row of a request is issued once, whatever dies in between; only a reservation that was burned may be followed by another.
    CREATE UNIQUE INDEX credential_once ON credential (request, request_row) WHERE request IS NOT NULL AND state <> 'abandoned';
    CREATE INDEX credential_unfinished ON credential (state) WHERE state = 'reserved';

    CREATE TRIGGER credential_steps BEFORE UPDATE OF state ON credential
    WHEN NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN
      ('reserved>active', 'reserved>abandoned', 'active>suspended', 'active>revoked', 'active>superseded',
       'suspended>active', 'suspended>revoked', 'suspended>superseded', 'active>lapsed', 'suspended>lapsed')
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    CREATE TRIGGER credential_born BEFORE INSERT ON credential WHEN NEW.state <> 'reserved'
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    -- What was signed is never changed, and an identifier or a status index is never given to anyone else.
    CREATE TRIGGER credential_signed BEFORE UPDATE OF id, seq, member, chamber, programme, subject, valid_from, valid_until, revocation_list,
      revocation_index, suspension_list, suspension_index, salt, content_digest, request, request_row, replaces ON credential
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER credential_token BEFORE UPDATE OF header, payload, signature, issued_at, leaf ON credential WHEN OLD.payload IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER credential_kept BEFORE DELETE ON credential BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER credential_chamber BEFORE INSERT ON credential WHEN NEW.chamber <> (SELECT chamber FROM member WHERE id = NEW.member)
    BEGIN SELECT RAISE(ABORT, 'issuer_not_authorised'); END;
    -- The link from old to new is set once, and only to the one that names the old as its forerunner.
    CREATE TRIGGER credential_link BEFORE UPDATE OF replaced_by ON credential
    WHEN NEW.replaced_by IS NOT OLD.replaced_by
      AND (OLD.replaced_by IS NOT NULL OR OLD.seq IS NOT (SELECT replaces FROM credential WHERE seq = NEW.replaced_by))
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    CREATE TABLE event (
      seq INTEGER PRIMARY KEY,
      credential INTEGER NOT NULL REFERENCES credential,
      kind TEXT NOT NULL CHECK (kind IN ('issued', 'suspended', 'reinstated', 'revoked', 'superseded', 'lapsed', 'abandoned')),
      at INTEGER NOT NULL, officer TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, leaf INTEGER,
      request INTEGER REFERENCES request
    ) STRICT;
    CREATE INDEX event_credential ON event (credential);
    CREATE INDEX event_at ON event (at);

    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY CHECK (seq >= 1),
      at INTEGER NOT NULL, officer TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')), detail TEXT NOT NULL,
      previous BLOB NOT NULL CHECK (length(previous) = 32), digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
      -- By the key of the officer named; only an attempt of somebody who could not open that key stands unsigned.
      signature BLOB CHECK (signature IS NULL OR length(signature) = 64),
      CHECK (signature IS NOT NULL OR outcome = 'refused')
    ) STRICT;
    CREATE INDEX audit_at ON audit (at);
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
    WHEN NEW.size <= ifnull((SELECT max(size) FROM checkpoint), 0) OR NEW.size IS NOT (SELECT max(leaf) + 1 FROM log_leaf)
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;

    -- Small counters that only grow: trust list sequence, CRL numbers.
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    CREATE TRIGGER counter_grows BEFORE UPDATE ON counter WHEN NEW.value < OLD.value
    BEGIN SELECT RAISE(ABORT, 'registry_tampered'); END;
    -- What was published last, by path, with the moment after which it must be made again.
    CREATE TABLE publication (path TEXT PRIMARY KEY, at INTEGER NOT NULL, due INTEGER NOT NULL) STRICT;
    -- Events whose effect is not yet in `public/`; emptied by publishing, which notes when each was to be seen.
    CREATE TABLE unpublished (event INTEGER PRIMARY KEY REFERENCES event, credential INTEGER NOT NULL REFERENCES credential) STRICT;
    CREATE TABLE published_event (event INTEGER PRIMARY KEY REFERENCES event, at INTEGER NOT NULL) STRICT;
    """
}
