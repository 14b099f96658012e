/// Officers, what they ask for and agree to, and the rules of the programmes as far as the register itself enforces
/// them.
///
/// A certificate whose programme asks for two officers cannot become active, or be reinstated, unless two different
/// keys of two different names signed exactly what is being done. That holds against the program above: the triggers
/// look at the rows, not at what a caller says.
extension Schema {
  static let office = """
    -- A person of a chamber who acts. Name, chamber, roles and key never change, and a removed officer never returns: who changes office
    -- gets a new name, so that an old approval cannot grow new rights.
    CREATE TABLE officer (
      seq INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 40 AND name NOT GLOB '*[^a-z0-9.-]*' AND name <> 'registrar'),
      chamber TEXT NOT NULL REFERENCES chamber,
      is_clerk INTEGER NOT NULL CHECK (is_clerk IN (0, 1)), is_approver INTEGER NOT NULL CHECK (is_approver IN (0, 1)),
      is_auditor INTEGER NOT NULL CHECK (is_auditor IN (0, 1)),
      public_key BLOB NOT NULL UNIQUE,
      state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed')),
      added_at INTEGER NOT NULL, removed_at INTEGER,
      CHECK ((state = 'removed') = (removed_at IS NOT NULL)),
      CHECK (is_clerk + is_approver + is_auditor >= 1),
      CHECK (is_auditor = 0 OR is_clerk + is_approver = 0)
    ) STRICT;
    CREATE TRIGGER officer_fixed BEFORE UPDATE OF seq, name, chamber, is_clerk, is_approver, is_auditor, public_key, added_at ON officer
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER officer_final BEFORE UPDATE OF state ON officer WHEN OLD.state = 'removed'
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER officer_kept BEFORE DELETE ON officer BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    -- The rules of each programme, one row for each version of its profile; the newest is in force.
    CREATE TABLE programme (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL, digest BLOB NOT NULL CHECK (length(digest) = 32),
      issue_approvals INTEGER NOT NULL CHECK (issue_approvals BETWEEN 1 AND 3),
      reinstate_approvals INTEGER NOT NULL CHECK (reinstate_approvals BETWEEN 1 AND 3),
      issue_brake INTEGER NOT NULL, suspend_brake INTEGER NOT NULL, revoke_brake INTEGER NOT NULL, quota INTEGER NOT NULL,
      since INTEGER NOT NULL, request INTEGER REFERENCES request
    ) STRICT;
    CREATE INDEX programme_newest ON programme (id, seq);
    CREATE TRIGGER programme_kept_u BEFORE UPDATE ON programme BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER programme_kept_d BEFORE DELETE ON programme BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    -- What somebody asks for, frozen: `content` is the canonical JSON whose SHA-256 is `digest`, and approvals sign that digest.
    CREATE TABLE request (
      seq INTEGER PRIMARY KEY,
      act TEXT NOT NULL CHECK (act IN ('issue', 'suspend', 'reinstate', 'revoke', 'profile')),
      chamber TEXT NOT NULL REFERENCES chamber, programme TEXT NOT NULL,
      source BLOB CHECK (source IS NULL OR length(source) = 32),
      content TEXT NOT NULL, digest BLOB NOT NULL CHECK (length(digest) = 32),
      needed INTEGER NOT NULL CHECK (needed BETWEEN 1 AND 3),
      reason TEXT NOT NULL, note TEXT NOT NULL,
      requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL,
      sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
      state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused', 'withdrawn', 'ended')),
      closed_at INTEGER, closed_by TEXT,
      CHECK ((state = 'open') = (closed_at IS NULL))
    ) STRICT;
    CREATE INDEX request_source ON request (source) WHERE source IS NOT NULL;
    CREATE UNIQUE INDEX request_open ON request (digest) WHERE state = 'open';
    CREATE TABLE request_item (
      request INTEGER NOT NULL REFERENCES request, row INTEGER NOT NULL,
      member INTEGER REFERENCES member,
      -- The certificate that is changed, or replaced.
      credential INTEGER REFERENCES credential,
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 32),
      what TEXT NOT NULL, reason TEXT NOT NULL, claims TEXT NOT NULL,
      outcome TEXT CHECK (outcome IS NULL OR outcome IN ('done', 'refused')),
      result INTEGER REFERENCES credential, refusal TEXT, at INTEGER,
      PRIMARY KEY (request, row)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX request_item_waiting ON request_item (request, row) WHERE outcome IS NULL;
    CREATE TRIGGER request_fixed BEFORE UPDATE OF seq, act, chamber, programme, source, content, digest, needed, reason, note, requested_by,
      requested_at ON request
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER request_seal BEFORE UPDATE OF sealed ON request WHEN OLD.sealed = 1 BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER request_final BEFORE UPDATE OF state ON request WHEN OLD.state <> 'open'
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    CREATE TRIGGER request_kept BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER request_born BEFORE INSERT ON request WHEN NEW.state <> 'open' OR NEW.sealed <> 0
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    CREATE TRIGGER request_item_sealed BEFORE INSERT ON request_item
    WHEN (SELECT sealed FROM request WHERE seq = NEW.request) <> 0 OR NEW.outcome IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER request_item_fixed BEFORE UPDATE OF request, row, member, credential, content_digest, what, reason, claims ON request_item
    BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER request_item_once BEFORE UPDATE OF outcome ON request_item WHEN OLD.outcome IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'illegal_transition'); END;
    CREATE TRIGGER request_item_kept BEFORE DELETE ON request_item BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    -- One officer's signature under one request. Who asks is the first to sign.
    CREATE TABLE approval (
      seq INTEGER PRIMARY KEY,
      request INTEGER NOT NULL REFERENCES request, officer INTEGER NOT NULL REFERENCES officer,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      -- What the approver said besides: `name` where a name that resembles another's is accepted as it is.
      accepts TEXT NOT NULL, at INTEGER NOT NULL, signature BLOB NOT NULL CHECK (length(signature) = 64)
    ) STRICT;
    CREATE INDEX approval_request ON approval (request);
    CREATE TRIGGER approval_twice BEFORE INSERT ON approval
    WHEN EXISTS (SELECT 1 FROM approval WHERE request = NEW.request AND officer = NEW.officer)
    BEGIN SELECT RAISE(ABORT, 'second_officer_required'); END;
    CREATE TRIGGER approval_rules BEFORE INSERT ON approval
    BEGIN
      SELECT RAISE(ABORT, 'illegal_transition') WHERE (SELECT state = 'open' AND sealed = 1 FROM request WHERE seq = NEW.request) IS NOT 1;
      SELECT RAISE(ABORT, 'approval_of_other_content') WHERE NEW.digest IS NOT (SELECT digest FROM request WHERE seq = NEW.request);
      SELECT RAISE(ABORT, 'officer_removed') WHERE (SELECT state FROM officer WHERE seq = NEW.officer) IS NOT 'active';
      SELECT RAISE(ABORT, 'issuer_not_authorised')
        WHERE (SELECT chamber FROM officer WHERE seq = NEW.officer) IS NOT (SELECT chamber FROM request WHERE seq = NEW.request);
      SELECT RAISE(ABORT, 'role_missing') FROM officer o, request r WHERE o.seq = NEW.officer AND r.seq = NEW.request
        AND CASE WHEN r.requested_by = o.name THEN o.is_clerk ELSE o.is_approver END = 0;
    END;
    CREATE TRIGGER approval_kept_u BEFORE UPDATE ON approval BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;
    CREATE TRIGGER approval_kept_d BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'registry_immutable'); END;

    -- How many different officers, still in office, stand behind a request.
    CREATE VIEW request_standing AS
      SELECT r.seq AS request, r.act, r.programme, r.chamber, r.state, r.needed,
        (SELECT count(DISTINCT o.public_key) FROM approval a JOIN officer o ON o.seq = a.officer
         WHERE a.request = r.seq AND a.digest = r.digest AND o.state = 'active') AS agreed
      FROM request r;

    -- Laxer rules need two officers too: else the editor of one file could abolish four eyes.
    CREATE TRIGGER programme_laxer BEFORE INSERT ON programme
    WHEN EXISTS (SELECT 1 FROM (SELECT * FROM programme WHERE id = NEW.id ORDER BY seq DESC LIMIT 1) p
        WHERE NEW.issue_approvals < p.issue_approvals OR NEW.reinstate_approvals < p.reinstate_approvals
          OR NEW.issue_brake > p.issue_brake OR NEW.suspend_brake > p.suspend_brake OR NEW.revoke_brake > p.revoke_brake)
      AND NOT EXISTS (SELECT 1 FROM request_standing s JOIN request_item i ON i.request = s.request
        WHERE s.request = NEW.request AND s.act = 'profile' AND s.state = 'open' AND s.programme = NEW.id AND s.agreed >= 2
          AND i.content_digest = NEW.digest)
    BEGIN SELECT RAISE(ABORT, 'second_officer_required'); END;

    -- Four eyes. A programme whose rules the register does not know counts as one that asks for two.
    CREATE TRIGGER credential_four_eyes BEFORE UPDATE OF state ON credential
    WHEN OLD.state = 'reserved' AND NEW.state = 'active'
      AND (ifnull((SELECT issue_approvals FROM programme WHERE id = NEW.programme ORDER BY seq DESC LIMIT 1), 2) > 1
        OR (SELECT needed FROM request WHERE seq = NEW.request) > 1)
      AND NOT EXISTS (SELECT 1 FROM request_standing s JOIN request_item i ON i.request = s.request AND i.row = NEW.request_row
        WHERE s.request = NEW.request AND s.act = 'issue' AND s.state = 'open' AND s.programme = NEW.programme
          AND i.member = NEW.member AND i.content_digest = NEW.content_digest AND i.outcome IS NULL
          AND s.agreed >= max(s.needed, ifnull((SELECT issue_approvals FROM programme WHERE id = NEW.programme ORDER BY seq DESC LIMIT 1), 2)))
    BEGIN SELECT RAISE(ABORT, 'second_officer_required'); END;
    CREATE TRIGGER credential_reinstated BEFORE UPDATE OF state ON credential
    WHEN OLD.state = 'suspended' AND NEW.state = 'active'
      AND ifnull((SELECT reinstate_approvals FROM programme WHERE id = NEW.programme ORDER BY seq DESC LIMIT 1), 2) > 1
      AND NOT EXISTS (SELECT 1 FROM request_standing s JOIN request_item i ON i.request = s.request
        WHERE s.request = NEW.decided_by AND s.act = 'reinstate' AND s.state = 'open' AND i.credential = NEW.seq AND i.outcome IS NULL
          AND s.agreed >= max(s.needed, (SELECT reinstate_approvals FROM programme WHERE id = NEW.programme ORDER BY seq DESC LIMIT 1)))
    BEGIN SELECT RAISE(ABORT, 'second_officer_required'); END;

    -- How many acts of a kind a chamber made in each hour: the brake looks back a day.
    CREATE TABLE pace (
      chamber TEXT NOT NULL, programme TEXT NOT NULL, kind TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (chamber, programme, kind, hour)
    ) STRICT, WITHOUT ROWID;
    -- Above the brake only what two officers agreed to; `event.request` names that agreement.
    CREATE TRIGGER event_brake AFTER INSERT ON event WHEN NEW.kind IN ('issued', 'suspended', 'revoked')
    BEGIN
      INSERT INTO pace SELECT chamber, programme, NEW.kind, NEW.at / 3600, 1 FROM credential WHERE seq = NEW.credential
        ON CONFLICT DO UPDATE SET count = count + 1;
      SELECT RAISE(ABORT, 'second_officer_required') FROM credential c
      WHERE c.seq = NEW.credential
        AND (SELECT sum(count) FROM pace WHERE chamber = c.chamber AND programme = c.programme AND kind = NEW.kind AND hour > NEW.at / 3600 - 24)
          > (SELECT CASE NEW.kind WHEN 'issued' THEN issue_brake WHEN 'suspended' THEN suspend_brake ELSE revoke_brake END
             FROM programme WHERE id = c.programme ORDER BY seq DESC LIMIT 1)
        AND NOT EXISTS (SELECT 1 FROM request_standing WHERE request = NEW.request AND state = 'open' AND agreed >= 2);
    END;

    -- Counts for quota and reports that stay quick however many certificates there are.
    CREATE TABLE tally (
      chamber TEXT NOT NULL, programme TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL CHECK (count >= 0),
      PRIMARY KEY (chamber, programme, state)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER tally_born AFTER INSERT ON credential
    BEGIN
      INSERT INTO tally VALUES (NEW.chamber, NEW.programme, NEW.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
    END;
    CREATE TRIGGER tally_moved AFTER UPDATE OF state ON credential WHEN NEW.state <> OLD.state
    BEGIN
      UPDATE tally SET count = count - 1 WHERE chamber = OLD.chamber AND programme = OLD.programme AND state = OLD.state;
      INSERT INTO tally VALUES (NEW.chamber, NEW.programme, NEW.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
    END;

    -- Reminders that were written, so that each step is written once.
    CREATE TABLE reminder (
      credential INTEGER NOT NULL REFERENCES credential, step INTEGER NOT NULL CHECK (step BETWEEN 1 AND 4), at INTEGER NOT NULL,
      PRIMARY KEY (credential, step)
    ) STRICT, WITHOUT ROWID;
    """
}
