"""Negative controls of the audit: a healthy home passes, and each way of damaging it is named by the check it breaks.

A damage is done with SQLite directly, triggers dropped where they would refuse it: what the schema refuses by itself is tested elsewhere.
"""
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zlib

import audit
from world import World, b64u


def sql(*statements, drop=(), database="registry.db"):
    def damage(world):
        db = sqlite3.connect(os.path.join(world.home, database))
        for trigger in [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")] if drop == "all" else drop:
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("PRAGMA ignore_check_constraints=ON")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()
    return damage


def unindexed(table, *statements):
    """Takes the UNIQUE rules of a table away first, as a bug in the schema would."""
    def damage(world):
        db = sqlite3.connect(os.path.join(world.home, "registry.db"))
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("PRAGMA legacy_alter_table=ON")
        for row in db.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall():
            db.execute(f"DROP {row[0]} {row[1]}")
        made = db.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()[0]
        db.execute(re.sub(r",\s*UNIQUE \([^)]*\)|\bUNIQUE\b", "", made).replace(f"TABLE {table}", "TABLE bare", 1))
        db.execute(f"INSERT INTO bare SELECT * FROM {table}")
        db.execute(f"DROP TABLE {table}")
        db.execute(f"ALTER TABLE bare RENAME TO {table}")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()
    return damage


def flip(path, at=None):
    def damage(world):
        full = os.path.join(world.home, path) if isinstance(path, str) else path(world)
        data = bytearray(open(full, "rb").read())
        data[len(data) // 2 if at is None else at] ^= 1
        open(full, "wb").write(data)
    return damage


def remove(path):
    return lambda world: os.unlink(os.path.join(world.home, path))


def write(path, make):
    def damage(world):
        data = make(world)
        with open(os.path.join(world.home, path), "wb") as file:
            file.write(data)
    return damage


def shown(**item):
    def damage(world):
        with open(world.journal, "a") as file:
            file.write(json.dumps(item) + "\n")
    return damage


def other_bits(world):
    """The published revocation list with all bits zero, under its old signature."""
    data = open(os.path.join(world.home, "public/status/dubai/revocation/1"), "rb").read().split(b".")
    payload = json.loads(audit.b64u(data[1]))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    payload["credentialSubject"]["encodedList"] = "u" + b64u(packer.compress(bytes(16384)) + packer.flush())
    return b".".join([data[0], b64u(json.dumps(payload).encode()).encode(), data[2]])


def old_file(path):
    """The file as it was before the last change."""
    return lambda world: open(os.path.join(world.folder, "before", path), "rb").read()


def forked(world):
    """A checkpoint of the same size over another tree: what a client of a forked log would have kept."""
    os.makedirs(world.seen, exist_ok=True)
    note = open(os.path.join(world.home, "public/checkpoint"), "rb").read().split(b"\n")
    note[2] = b"AAAA" + note[2][4:]
    open(os.path.join(world.seen, f"checkpoint-{note[1].decode()}-0"), "wb").write(b"\n".join(note))


def wal(world):
    db = sqlite3.connect(os.path.join(world.home, "registry.db"))
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("UPDATE chamber SET name_en = name_en || ' '")
    db.commit()
    db.close()


def latest_tile(world):
    folder = os.path.join(world.home, "public/tile/entries/000.p")
    return os.path.join(folder, max(os.listdir(folder), key=int))


IMMUTABLE = "all"
# name, damage, check that must name it
CONTROLS = [
    ("shown but never issued", shown(shown="issued", id="0000000000000000AA"), "I1"),
    ("shown revoked, log silent", lambda w: shown(shown="revoked", id=w.active)(w), "I1"),
    ("shown for another member", lambda w: shown(shown="issued", id=w.active, member="dubai/299999")(w), "I1"),
    ("a certificate deleted", lambda w: sql(f"DELETE FROM credential WHERE id = '{w.active}'", drop="all")(w), "I3"),
    ("a leaf deleted", sql("DELETE FROM log_leaf WHERE leaf = (SELECT max(leaf) FROM credential)", drop="all"), "I3"),
    ("a leaf changed", sql("UPDATE log_leaf SET entry = CAST(replace(CAST(entry AS TEXT), '-membership', '-membershiq') AS BLOB) WHERE leaf = (SELECT max(leaf) FROM credential)", drop="all"), "I3"),
    ("a leaf changed with its hash", lambda w: rehash(w), "I6"),
    ("an abandoned leaf for a live one", lambda w: abandon_live(w), "I3"),
    ("an id given twice", unindexed("credential", "UPDATE credential SET id = (SELECT min(id) FROM credential)"), "I2"),
    ("a status index given twice", unindexed("credential", "UPDATE credential SET revocation_index = 5"), "I2"),
    ("a member with two live certificates", unindexed("credential", "UPDATE credential SET member = (SELECT min(member) FROM credential)"), "I2"),
    ("a state flipped by hand", lambda w: sql(f"UPDATE credential SET state = 'active' WHERE id = '{w.suspended}'", drop="all")(w), "I5"),
    ("a revoked one made active", lambda w: sql(f"UPDATE credential SET state = 'active' WHERE id = '{w.revoked}'", drop="all")(w), "I8"),
    ("an event slipped in", lambda w: sql(f"INSERT INTO event (credential, kind, at, officer, reason, note) SELECT seq, 'revoked', 1, 'x', 'x', '' FROM credential WHERE id = '{w.active}'", drop="all")(w), "I5"),
    ("a token changed", lambda w: sql(f"UPDATE credential SET signature = zeroblob(64) WHERE id = '{w.active}'", drop="all")(w), "signature"),
    ("a statement changed", lambda w: sql(f"UPDATE credential SET statement = (SELECT statement FROM credential WHERE id = '{w.suspended}') WHERE id = '{w.revoked}'", drop="all")(w), "I5"),
    ("a checkpoint forged", sql("UPDATE checkpoint SET note = replace(note, substr(note, -20, 4), 'AAAA')", drop="all"), "signature"),
    ("a checkpoint of another tree", write("public/checkpoint", lambda w: open(os.path.join(w.home, "public/checkpoint"), "rb").read().replace(b"khatm.example/log\n", b"other.example/log\n")), "I6"),
    ("a fork that a client saw", forked, "I6"),
    ("public/checkpoint of before", write("public/checkpoint", old_file("public/checkpoint")), "unfinished"),
    ("a tile flipped", flip("public/tile/0/000.p/1"), "I6"),
    ("an entry bundle flipped", flip(latest_tile), "I6"),
    ("a tile missing", lambda w: os.unlink(latest_tile(w)), "I7"),
    ("a stored tile root wrong", sql("INSERT INTO log_tile_root VALUES (1, 0, zeroblob(32))"), "I6"),
    ("an audit row deleted", sql("DELETE FROM audit WHERE seq = 3", drop="all"), "audit"),
    ("an audit row changed", sql("UPDATE audit SET officer = 'somebody' WHERE seq = 4", drop="all"), "audit"),
    ("the tail of the trail cut off", sql("DELETE FROM audit WHERE seq > (SELECT max(seq) - 2 FROM audit)", drop="all"), "audit"),
    ("a status list with other bits", write("public/status/dubai/revocation/1", other_bits), "signature"),
    ("an old status list put back", write("public/status/dubai/revocation/1", old_file("public/status/dubai/revocation/1")), "I7"),
    ("a status list missing", remove("public/status/dubai/suspension/1"), "I7"),
    ("an old directory put back", write("public/directory.sqlite", old_file("public/directory.sqlite")), "I7"),
    ("a directory record changed", sql("UPDATE credential SET salt = zeroblob(32)", database="public/directory.sqlite"), "I7"),
    ("a page taken out of the directory", sql("DELETE FROM page WHERE key = (SELECT min(key) FROM page)", database="public/directory.sqlite"), "I7"),
    ("an old trust list put back", write("public/.well-known/chamber-trust-list.jwt", old_file("public/.well-known/chamber-trust-list.jwt")), "I8"),
    ("a certificate file missing", remove("public/certs/dubai-ca.cer"), "I7"),
    ("a CRL missing", remove("public/crl/dubai.crl"), "I7"),
    ("an old CRL put back", write("public/crl/dubai.crl", old_file("public/crl/dubai.crl")), "I8"),
    ("a reservation left", lambda w: sql(f"UPDATE credential SET state = 'reserved', payload = NULL, signature = NULL, header = NULL, issued_at = NULL WHERE id = '{w.active}'", drop="all")(w), "unfinished"),
    ("a change not published", lambda w: unpublish(w), "unfinished"),
    ("an approval deleted", lambda w: sql("DELETE FROM approval WHERE officer = (SELECT max(seq) FROM officer)", drop="all")(w), "I9"),
    ("an approval not signed by its officer", sql("UPDATE approval SET signature = zeroblob(64)", drop="all"), "I9"),
    ("an approval by the one who asked, twice", sql("UPDATE approval SET officer = (SELECT min(seq) FROM officer)", drop="all"), "I9"),
    ("an approval of other content", sql("UPDATE request SET content = replace(content, 'trusted', 'verified')", drop="all"), "I9"),
    ("other content than was approved", lambda w: sql(f"UPDATE credential SET content_digest = randomblob(32) WHERE id = '{w.agreed}'", drop="all")(w), "I9"),
    ("an audit row without its officer's signature", sql("UPDATE audit SET signature = NULL WHERE seq = 4", drop="all"), "audit"),
    ("a page proved by hand", sql("UPDATE binding SET state = 'proved'", drop="all"), "I5"),
    ("a page that no token names", sql("UPDATE binding SET key = 'site/other.example' WHERE key LIKE 'platform/%'", drop="all"), "I5"),
    ("an older statement of a page put back", sql("UPDATE binding_statement SET leaf = 0", drop="all"), "I5"),
    ("another statement of a page", lambda w: sql(f"UPDATE binding_statement SET statement = (SELECT statement FROM credential WHERE id = '{w.suspended}')", drop="all")(w), "I5"),
    ("a page withdrawn and proved again", sql("INSERT INTO binding_act (credential, key, kind, at, officer, detail) SELECT credential, key, kind, at, officer, detail FROM (SELECT *, 'withdrawn' AS kind, 1 AS at, 'x' AS officer, '' AS detail FROM binding) UNION ALL SELECT credential, key, 'failed', 1, 'x', '' FROM binding", drop="all"), "I8"),
    ("the directory says other things of a page", sql("UPDATE credential SET bindings = statement", database="public/directory.sqlite"), "I7"),
    ("a statement of a page not published", sql("UPDATE binding_statement SET published = 0", drop="all"), "unfinished"),
    ("a report closed by nobody", write("misuse/closed/2222222222AA.json", lambda w: b"{}"), "audit"),
    ("two reports under one reference", sql("INSERT INTO audit SELECT (SELECT max(seq) + 1 FROM audit), at, officer, act, subject, outcome, replace(detail, '\"report\":\"', '\"report\":\"0'), previous, randomblob(32), signature FROM audit WHERE act = 'misuse-close'", drop="all"), "I2"),
    ("a name in the log", lambda w: sql(f"UPDATE member SET name_en = 'verified-membership'")(w), "privacy"),
    ("a private key in public/", write("public/key.pem", lambda w: open(os.path.join(w.home, "keys/log.key.pem"), "rb").read()), "secret"),
    ("a key others may read", lambda w: os.chmod(os.path.join(w.home, "keys/log.key.pem"), 0o644), "secret"),
    ("write-ahead mode", wal, "file"),
    ("a page of the register torn", lambda w: tear(w), "file"),
    ("the register gone", remove("registry.db"), "file"),
]


def report(world, identity):
    """A report as khatmd writes it, closed by the registrar."""
    folder = os.path.join(world.home, "misuse")
    os.makedirs(folder, exist_ok=True)
    item = {"at": "2026-01-01T00:00:00Z", "codes": [], "digest": "", "id": identity, "kind": "other", "lang": "en", "page": "", "receipt": None, "reference": "2222222222MA", "text": "", "v": 1, "verdict": ""}
    with open(os.path.join(folder, "2222222222MA.json"), "wb") as file:
        file.write(audit.canonical(item))
    world.must("misuse", "close", "2222222222MA", "--reason", "unclear", "--queue", folder)


def rehash(world):
    db = sqlite3.connect(os.path.join(world.home, "registry.db"))
    for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {row[0]}")
    entry = db.execute("SELECT entry FROM log_leaf WHERE leaf = 0").fetchone()[0].replace(b'"sequence":1', b'"sequence":7')
    db.execute("UPDATE log_leaf SET entry = ?, hash = ? WHERE leaf = 0", (entry, audit.leaf_hash(entry)))
    db.commit()
    db.close()


def abandon_live(world):
    db = sqlite3.connect(os.path.join(world.home, "registry.db"))
    leaf, old, salt, identity = db.execute("SELECT l.leaf, l.entry, c.salt, c.id FROM log_leaf l JOIN credential c ON c.leaf = l.leaf WHERE c.state = 'active'").fetchone()
    entry = json.loads(old)
    entry["kind"] = "abandoned"
    del entry["commitment"]
    for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {row[0]}")
    data = audit.canonical(entry)
    db.execute("UPDATE log_leaf SET entry = ?, hash = ? WHERE leaf = ?", (data, audit.leaf_hash(data), leaf))
    db.commit()
    db.close()


def unpublish(world):
    db = sqlite3.connect(os.path.join(world.home, "registry.db"))
    columns = [row[1] for row in db.execute("PRAGMA table_info(unpublished)")]
    db.execute("INSERT INTO unpublished SELECT max(seq), max(credential) FROM event" if "event" in columns else "INSERT INTO unpublished SELECT max(seq) FROM credential")
    db.commit()
    db.close()


def tear(world):
    """All but the first sector of one page: the root of the certificates' table."""
    path = os.path.join(world.home, "registry.db")
    db = sqlite3.connect(path)
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'credential'").fetchone()[0]
    db.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * 4096 + 512)
        file.write(bytes(3584))


def run(khatm):
    with tempfile.TemporaryDirectory(prefix="khatm-audit-controls.") as folder:
        world = World(khatm, os.path.join(folder, "world")).ready(members=8)
        world.must("issue", "--programme", "verified-membership", "--csv", world.sheet(range(6)), "--json")
        ids = [item["id"] for item in world.certificates()]
        # Four eyes: a clerk asks, another officer agrees.
        world.must(*world.officer_arguments("amal", "clerk"))
        world.must(*world.officer_arguments("omar", "clerk", "approver"))
        asked = json.loads(world.must("request", "issue", "--programme", "trusted-membership", "--member", "dubai/200007", "--officer", "amal", "--json").out)
        world.must("approve", str(asked["request"]), "--officer", "omar", "--json")
        world.must("publish", "--all")
        shutil.copytree(world.home, os.path.join(world.folder, "before"))
        world.must("binding", "prove", ids[3], "--officer-saw")
        # What --seen remembers comes from a run over the healthy home.
        audit.audit(world.home, shown=world.journal, seen=world.seen, settled=True)
        world.must("revoke", ids[0], "--reason", "fraud", "--json")
        world.must("suspend", ids[1], "--reason", "investigation", "--json")
        world.must("binding", "fail", ids[3], "--page", "https://shop3.en.alibaba.com/")
        report(world, ids[2])
        world.must("publish", "--all")
        complaints, counts = audit.audit(world.home, shown=world.journal, seen=world.seen, settled=True)
        if complaints:
            print("a healthy home is complained about:", *complaints, sep="\n  ")
            return 1
        print("healthy home passes:", ", ".join(f"{value} {name}" for name, value in counts.items()))
        missed = 0
        for number, (name, damage, check) in enumerate(CONTROLS):
            copy = world.copy(os.path.join(folder, f"control{number}"))
            copy.revoked, copy.suspended, copy.active = ids[0], ids[1], ids[2]
            copy.bound = ids[3]
            copy.agreed = next(item["id"] for item in world.certificates() if item["id"] not in ids)
            damage(copy)
            found, _ = audit.audit(copy.home, shown=copy.journal, seen=copy.seen, settled=True)
            named = sorted({item[0] for item in found})
            caught = check in named
            missed += not caught
            example = next((text for item, text in found if item == check), "")
            print(f"{'caught' if caught else 'MISSED':7} {name}: {check}{' ← ' + ', '.join(named) if not caught else ''}  {example.splitlines()[0][:110] if example else chr(32)}")
            shutil.rmtree(copy.folder)
        print(f"{len(CONTROLS)} negative controls, {missed} missed")
        return 1 if missed else 0
