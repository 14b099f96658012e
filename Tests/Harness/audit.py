#!/usr/bin/env python3
"""The oracle of the harnesses: reads a home from outside and says which promise is broken.

    audit.py HOME [--shown FILE] [--seen FOLDER] [--settled] [--json]
    audit.py --self-test [KHATM]        every check is seen failing on a home damaged for it

It shares no code with khatm, only the file formats. It changes nothing in the home: databases are copied first, together with their
journals, and rolled back in the copy, as SQLite would.

--shown    what officers were shown, one JSON object a line: {"shown":"issued|suspended|active|revoked|listed","id":…,"member":…,"at":…}
--seen     a folder that remembers across runs: checkpoints, revoked bits, sequence numbers. Without it nothing is compared with the past.
--settled  the last command ended well: nothing may be left undone, and public/ must say exactly what the register says.

Exit 0 with the counts of what was examined, 1 with one line per complaint.
"""
import argparse
import base64
import binascii
import datetime
import glob
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import zlib

import curves

CHECKS = {
    "I1": "shown is in the register and in the log", "I2": "nothing is given twice", "I3": "every leaf is accounted for",
    "I5": "the register is the replay of the log", "I6": "no fork", "I7": "all places agree", "I8": "revoked is final",
    "I9": "approved by enough different officers", "audit": "the audit trail is whole", "file": "files are sound",
    "signature": "signatures hold", "privacy": "the log names nobody", "secret": "no private key leaks",
    "unfinished": "nothing is left undone",
}


def sha(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def b64u(text):
    if isinstance(text, str):
        text = text.encode()
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def b64u_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(value):
    """RFC 8785 for what the audit trail holds: strings, integers, plain member names."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix(text):
    return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp())


def leaf_hash(entry):
    return sha(b"\0", entry)


def node_hash(left, right):
    return sha(b"\1", left, right)


class Tree:
    """Roots of all sizes asked for, in one pass (RFC 9162 2.1)."""

    def __init__(self):
        self.peaks, self.size = [], 0          # (level, hash), largest first

    def add(self, leaf):
        level, self.size = 0, self.size + 1
        while self.peaks and self.peaks[-1][0] == level:
            leaf, level = node_hash(self.peaks.pop()[1], leaf), level + 1
        self.peaks.append((level, leaf))

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        total = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            total = node_hash(peak, total)
        return total


def full_tile_root(hashes):
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/" + "/".join(groups) + ("" if width == 256 else f".p/{width}")


class Note:
    """A signed note: text, and its signature lines."""

    def __init__(self, data):
        text, _, lines = data.rpartition(b"\n\n")
        self.text = text + b"\n"
        parts = self.text.split(b"\n")
        self.origin, self.size, self.root = parts[0].decode(), int(parts[1]), base64.b64decode(parts[2], validate=True)
        self.signatures = []
        for line in lines.decode().splitlines():
            _, name, value = line.split(" ")
            raw = base64.b64decode(value, validate=True)
            self.signatures.append((name, raw[:4], raw[4:]))


class Token:
    def __init__(self, data):
        parts = data.strip().split(b".")
        if len(parts) != 3:
            raise ValueError("not three parts")
        self.input = parts[0] + b"." + parts[1]
        self.header, self.payload, self.signature = json.loads(b64u(parts[0])), json.loads(b64u(parts[1])), b64u(parts[2])


class Audit:
    # Signatures found good, by what was checked: a harness audits the same home a thousand times.
    good = set()

    def __init__(self, home, shown=None, seen=None, settled=False):
        self.home, self.shown, self.seen, self.settled = home, shown, seen, settled
        self.complaints, self.counts = [], {}

    def complain(self, check, text):
        assert check in CHECKS
        self.complaints.append((check, text))

    def count(self, name, number=1):
        self.counts[name] = self.counts.get(name, 0) + number

    def holds(self, key, message, signature):
        mark = sha(key.point, sha(message), signature)
        if mark not in Audit.good:
            if not key.holds(message, signature):
                return False
            Audit.good.add(mark)
            self.count("signatures checked")
        return True

    # MARK: files

    def database(self, path, name):
        """Opens a copy, with its journal: a crash may have left one that the next command would roll back."""
        if not os.path.exists(path):
            return None
        copy = os.path.join(self.work, name)
        shutil.copyfile(path, copy)
        if os.path.exists(path + "-journal"):
            shutil.copyfile(path + "-journal", copy + "-journal")
        for bad in ("-wal", "-shm"):
            if os.path.exists(path + bad):
                self.complain("file", f"{name}{bad} exists: write-ahead mode is not durable here")
        with open(path, "rb") as file:
            head = file.read(20)
        if len(head) == 20 and head[18:20] != b"\1\1":
            self.complain("file", f"{name} is in write-ahead mode")
        try:
            db = sqlite3.connect(copy)
            db.row_factory = sqlite3.Row
            for row in db.execute("PRAGMA integrity_check"):
                if row[0] != "ok":
                    self.complain("file", f"{name}: {row[0]}")
            for row in db.execute("PRAGMA foreign_key_check"):
                self.complain("file", f"{name}: foreign key {tuple(row)}")
            return db
        except sqlite3.DatabaseError as error:
            self.complain("file", f"{name}: {error}")
            return None

    def public(self, path):
        try:
            with open(os.path.join(self.home, "public", path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    # MARK: the run

    def run(self):
        with tempfile.TemporaryDirectory(prefix="khatm-audit.") as self.work:
            self.secrets()
            self.db = self.database(os.path.join(self.home, "registry.db"), "registry.db")
            if self.db is None:
                if os.path.exists(os.path.join(self.home, "registry.db")) or os.path.exists(os.path.join(self.home, "public", "checkpoint")):
                    self.complain("file", "there is no readable register")
                return self.complaints
            try:
                self.columns = {name: {row["name"] for row in self.db.execute(f"PRAGMA table_info({name})")}
                                for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
                if "authority" not in self.columns or not self.db.execute("SELECT 1 FROM authority").fetchone():
                    return self.complaints                  # cut off before the register existed
                self.load()
                self.read_reconciliations()
                for part in (self.identities, self.leaves, self.checkpoints, self.replay, self.trail, self.tokens, self.bindings, self.misuse,
                             self.approvals, self.was_shown, self.tiles, self.lists, self.directory, self.trust, self.privacy, self.undone):
                    part()
            finally:
                self.db.close()
        return self.complaints

    def load(self):
        rows = lambda sql: self.db.execute(sql).fetchall()
        self.host = rows("SELECT host FROM authority")[0][0]
        self.credentials = rows("""SELECT c.*, m.chamber AS m_chamber, m.number AS m_number, h.header AS header_bytes
                                   FROM credential c JOIN member m ON m.id = c.member LEFT JOIN token_header h ON h.id = c.header""")
        self.by_id = {row["id"]: row for row in self.credentials}
        self.by_seq = {row["seq"]: row for row in self.credentials}
        self.log = rows("SELECT * FROM log_leaf ORDER BY leaf")
        self.keys = rows("SELECT * FROM signing_key")
        self.chambers = {row["slug"]: row for row in rows("SELECT * FROM chamber")}
        self.events = rows("SELECT * FROM event ORDER BY seq")
        self.list_rows = rows("SELECT * FROM status_list")
        event_of = "event" if "event" in self.columns["unpublished"] else "credential"
        self.unpublished = {row[0] for row in rows(f"SELECT {event_of} FROM unpublished")}
        self.waiting = {row[0] for row in rows("SELECT credential FROM unpublished")}
        self.key_of = {}
        for row in self.keys:
            self.key_of[row["kid"]] = curves.Key(row["public_key"])
        self.count("credentials", len(self.credentials))
        self.count("leaves", len(self.log))

    def did(self, slug):
        return "did:web:" + self.chambers[slug]["domain"]

    def token_bytes(self, row):
        return b".".join(b64u_text(row[name]).encode() for name in ("header_bytes", "payload", "signature"))

    # MARK: I2

    def unique(self, what, values):
        seen = set()
        for value in values:
            if value in seen:
                self.complain("I2", f"{what} {value} is given twice")
            seen.add(value)

    def identities(self):
        self.unique("id", (row["id"] for row in self.credentials))
        self.unique("salt", (row["salt"] for row in self.credentials))
        for purpose in ("revocation", "suspension"):
            self.unique(f"{purpose} index", ((row[f"{purpose}_list"], row[f"{purpose}_index"]) for row in self.credentials))
        self.unique("leaf", (row["leaf"] for row in self.credentials if row["leaf"] is not None))
        self.unique("token", (bytes(row["payload"]) for row in self.credentials if row["payload"] is not None))
        self.unique("serial", (bytes(curves.certificate_serial(row["certificate"])) for row in self.keys if row["certificate"]))
        for row in self.keys:
            if row["certificate"]:
                serial = curves.certificate_serial(row["certificate"])
                if serial[0] & 0x80 or len(serial) > 20 or len(serial) < 16:
                    self.complain("I2", f"the serial of {row['file']} has {len(serial)} bytes")
        if "request" in self.columns["credential"]:
            self.unique("row of a request", ((row["request"], row["request_row"]) for row in self.credentials
                                              if row["request"] is not None and row["state"] != "abandoned"))
        # One live certificate for one member and programme (and, where there is one, person).
        person = "subject" if "subject" in self.columns["credential"] else "member"
        self.unique("a live certificate of", ((row["m_number"], row["programme"], row[person]) for row in self.credentials
                                                if row["state"] in ("active", "suspended")))

    # What was taken over from the published state after an old copy was put back: its approvals are lost with the copy's successor.

    def read_reconciliations(self):
        self.ranges = []
        if not self.columns.get("reconciliation"):
            return
        acts = self.db.execute("SELECT count(*) FROM audit WHERE act = 'reconcile' AND outcome = 'done'").fetchone()[0]
        rows = self.db.execute("SELECT * FROM reconciliation").fetchall()
        if len(rows) != acts or any(row["closed"] != 1 for row in rows):
            self.complain("I9", f"{len(rows)} reconciliations, {acts} in the audit trail, or one is still open")
        self.ranges = [(row["from_size"], row["size"]) for row in rows]

    def reconciled(self, leaf):
        return leaf is not None and any(first <= leaf < last for first, last in self.ranges)

    # MARK: I3, I6

    def leaves(self):
        self.entries, tree, self.roots = [], Tree(), {}
        commitments, refs = {}, {}
        for row in self.credentials:
            ref = hmac.new(row["salt"], b"khatm-ref" + row["id"].encode(), hashlib.sha256).digest()
            refs[b64u_text(ref)] = row
            if row["payload"] is not None:
                commitments[b64u_text(sha(row["salt"], self.token_bytes(row)))] = row
        self.issues, self.abandoned, self.history, self.bound = {}, {}, {}, {}
        newest = 0
        for number, row in enumerate(self.log):
            entry = json.loads(row["entry"])
            if row["leaf"] != number:
                self.complain("I3", f"leaf {number} is missing")
            if canonical(entry) != bytes(row["entry"]) or leaf_hash(row["entry"]) != bytes(row["hash"]):
                self.complain("I3", f"leaf {number}: hash or spelling is wrong")
            if unix(entry["at"]) < newest:
                self.complain("I3", f"leaf {number} is dated before the one before it")
            newest = max(newest, unix(entry["at"]))
            tree.add(leaf_hash(row["entry"]))
            self.roots[number + 1] = tree.root()
            self.entries.append(entry)
            kind = entry["kind"]
            if kind == "abandoned":
                owner = refs.get(entry["ref"])
                if owner is None and self.reconciled(number):
                    continue                                # a reservation that only the lost register knew
                if owner is None or owner["state"] != "abandoned":
                    self.complain("I3", f"leaf {number} abandons what the register has not abandoned")
                else:
                    self.abandoned[owner["seq"]] = number
            elif kind in ("issue", "suspend", "reinstate", "revoke", "supersede", "binding"):
                owner = refs.get(entry["ref"])
                if owner is None or commitments.get(entry["commitment"]) is not owner:
                    self.complain("I3", f"leaf {number} ({kind}) has no certificate in the register")
                    continue
                if kind == "issue":
                    if owner["seq"] in self.issues:
                        self.complain("I3", f"{owner['id']} is issued by leaves {self.issues[owner['seq']]} and {number}")
                    self.issues[owner["seq"]] = number
                    if owner["leaf"] != number or owner["issued_at"] != unix(entry["at"]):
                        self.complain("I3", f"{owner['id']}: leaf or time of issue are not those of the log")
                if kind == "binding":
                    self.bound[owner["seq"]] = (number, entry)
                else:
                    self.history.setdefault(owner["seq"], []).append((kind, number, entry))
                if entry["programme"] != owner["programme"] or entry["chamber"] != self.did(owner["m_chamber"]):
                    self.complain("I3", f"leaf {number}: programme or chamber are not those of {owner['id']}")
        for row in self.credentials:
            if row["payload"] is not None and row["seq"] not in self.issues:
                self.complain("I3", f"{row['id']} was signed and is not in the log")
            if row["state"] == "abandoned" and row["seq"] not in self.abandoned:
                self.complain("I3", f"{row['id']} is abandoned and the log does not say so")

    def log_key(self, name, key_id):
        for row in self.keys:
            if row["purpose"] == "log":
                kid_name, kid_hash, _ = row["kid"].split("+", 2)
                if kid_name == name and bytes.fromhex(kid_hash) == key_id:
                    return self.key_of[row["kid"]]
        return None

    def examine_note(self, data, what):
        try:
            note = Note(data)
        except (ValueError, IndexError, binascii.Error) as error:
            self.complain("I6", f"{what} is no checkpoint: {error}")
            return None
        self.count("checkpoints examined")
        if note.origin != self.host + "/log":
            self.complain("I6", f"{what} is of another log: {note.origin}")
        key = next((found for name, key_id, _ in note.signatures if (found := self.log_key(name, key_id))), None)
        if key is None or not any(self.holds(key, note.text, signature) for _, _, signature in note.signatures):
            self.complain("signature", f"{what} is not signed by the log")
        if note.size > len(self.log):
            self.complain("I6", f"{what} has {note.size} leaves, the register {len(self.log)}")
        elif note.root != self.roots.get(note.size, hashlib.sha256(b"").digest()):
            self.complain("I6", f"{what} of size {note.size} has another root than the register: the log forked")
        return note

    def checkpoints(self):
        last = 0
        rows = self.db.execute("SELECT * FROM checkpoint ORDER BY size").fetchall()
        for row in rows[-300:] if self.seen else rows:       # older ones were examined by the run before, and cannot change unseen below
            note = self.examine_note(row["note"].encode(), f"checkpoint row {row['size']}")
            if note and note.size != row["size"]:
                self.complain("I6", f"checkpoint row {row['size']} holds one of size {note.size}")
        if rows and rows[-1]["size"] != len(self.log):
            self.complain("I6", f"the newest checkpoint covers {rows[-1]['size']} of {len(self.log)} leaves")
        for row in self.db.execute("SELECT * FROM log_tile_root"):
            span = 256 ** row["level"]
            tree = Tree()
            for leaf in self.log[row["position"] * span:(row["position"] + 1) * span]:
                tree.add(leaf["hash"])
            if tree.size != span or tree.root() != bytes(row["hash"]):
                self.complain("I6", f"the stored root of tile {row['level']}/{row['position']} is wrong")
        self.published = None
        for path in ("public/checkpoint", "newest-checkpoint"):
            full = os.path.join(self.home, path)
            if os.path.exists(full):
                data = open(full, "rb").read()
                note = self.examine_note(data, path)
                if path == "public/checkpoint":
                    self.published = note
                if note and self.seen:
                    os.makedirs(self.seen, exist_ok=True)
                    name = os.path.join(self.seen, f"checkpoint-{note.size}-{sha(note.text).hex()[:16]}")
                    if not os.path.exists(name):
                        open(name, "wb").write(data)
        largest = 0
        for path in sorted(glob.glob(os.path.join(self.seen, "checkpoint-*"))) if self.seen else []:
            note = Note(open(path, "rb").read())
            largest = max(largest, note.size)
            if note.size > len(self.log) or note.root != self.roots.get(note.size):
                self.complain("I6", f"a checkpoint of size {note.size} that was seen earlier is not in the log any more")
            self.count("earlier checkpoints compared")
        if self.published and self.published.size < largest and self.seen and self.settled:
            self.complain("I6", f"public/checkpoint went back from {largest} to {self.published.size}")
        if self.settled and self.log and (self.published is None or self.published.size != len(self.log)):
            self.complain("unfinished", f"public/checkpoint covers {self.published.size if self.published else 0} of {len(self.log)} leaves")

    # MARK: I5, I8

    STEPS = {"issue": "active", "suspend": "suspended", "reinstate": "active", "revoke": "revoked", "supersede": "superseded"}
    KINDS = {"issued": "issue", "suspended": "suspend", "reinstated": "reinstate", "revoked": "revoke", "superseded": "supersede"}
    ALLOWED = {None: {"issue"}, "active": {"suspend", "revoke", "supersede"}, "suspended": {"reinstate", "revoke", "supersede"},
               "revoked": set(), "superseded": set()}

    def replay(self):
        self.replayed = {}
        for seq, history in self.history.items():
            state = None
            for kind, number, _ in history:
                if kind not in self.ALLOWED[state]:
                    self.complain("I8", f"{self.by_seq[seq]['id']}: leaf {number} is {kind} after {state}")
                state = self.STEPS[kind]
            self.replayed[seq] = state
        for row in self.credentials:
            expected = self.replayed.get(row["seq"])
            if row["state"] in ("reserved", "abandoned"):
                if expected is not None:
                    self.complain("I5", f"{row['id']} is {row['state']} and the log says {expected}")
            elif row["state"] == "lapsed":
                if expected not in ("active", "suspended"):
                    self.complain("I5", f"{row['id']} lapsed and the log says {expected}")
            elif row["state"] != expected:
                self.complain("I5", f"{row['id']} is {row['state']} and the log says {expected}")
        told = {}
        for event in self.events:
            kind = self.KINDS.get(event["kind"])
            if kind:
                told.setdefault(event["credential"], []).append((kind, event["leaf"], event["at"], event["reason"]))
        for seq in set(told) | set(self.history):
            logged = [(kind, number, unix(entry["at"]), entry.get("reason")) for kind, number, entry in self.history.get(seq, [])]
            mine = told.get(seq, [])
            if [item[:3] for item in logged] != [item[:3] for item in mine]:
                self.complain("I5", f"{self.by_seq[seq]['id']}: its events are not those of the log")
            elif any(one[3] is not None and one[3] != two[3] for one, two in zip(logged, mine)):
                self.complain("I5", f"{self.by_seq[seq]['id']}: the reasons differ from the log")
        if self.seen:
            path = os.path.join(self.seen, "revoked.json")
            before = set(json.load(open(path))) if os.path.exists(path) else set()
            final = {row["id"] for row in self.credentials if row["state"] in ("revoked", "superseded")}
            for lost in sorted(before - final):
                self.complain("I8", f"{lost} was revoked and is not any more")
            os.makedirs(self.seen, exist_ok=True)
            json.dump(sorted(before | final), open(path, "w"))

    # MARK: audit trail

    def trail(self):
        previous, at = bytes(32), 0
        officers = {}
        if "officer" in self.columns:
            officers = {row["name"]: row for row in self.db.execute("SELECT * FROM officer")}
        log_keys = [self.key_of[row["kid"]] for row in self.keys if row["purpose"] == "log"]
        for number, row in enumerate(self.db.execute("SELECT * FROM audit ORDER BY seq"), 1):
            self.count("audit rows")
            content = canonical({"seq": row["seq"], "at": rfc3339(row["at"]), "officer": row["officer"], "act": row["act"], "subject": row["subject"],
                                 "outcome": row["outcome"], "detail": row["detail"], "previous": bytes(row["previous"]).hex()})
            if row["seq"] != number or bytes(row["previous"]) != previous or sha(content) != bytes(row["digest"]) or row["at"] < at:
                self.complain("audit", f"row {number} does not follow from the one before it")
            previous, at = bytes(row["digest"]), max(at, row["at"])
            if row["signature"] is not None:
                message = b"khatm-audit/1\0" + bytes(row["digest"])
                keys = log_keys if row["officer"] == "registrar" else [curves.Key(officers[row["officer"]]["public_key"])] if row["officer"] in officers else []
                if not any(self.holds(key, message, row["signature"]) for key in keys):
                    self.complain("audit", f"row {number} is not signed by {row['officer']}")
            elif officers and row["outcome"] != "refused":
                self.complain("audit", f"row {number} is not signed")
        if self.seen:
            # The head a client saw must stay in the trail.
            path = os.path.join(self.seen, "audit-heads.json")
            heads = json.load(open(path)) if os.path.exists(path) else []
            known = {bytes(row[0]).hex() for row in self.db.execute("SELECT digest FROM audit")}
            for head in heads:
                if head not in known:
                    self.complain("audit", f"a row that was seen earlier is gone ({head[:16]})")
            if previous.hex() not in heads:
                json.dump(heads + [previous.hex()], open(path, "w"))

    # MARK: tokens

    def tokens(self):
        for row in self.credentials:
            if row["payload"] is None:
                continue
            token = Token(self.token_bytes(row))
            kid = token.header.get("kid")
            signer = next((key for key in self.keys if key["kid"] == kid), None)
            if signer is None or signer["purpose"] != "signer" or signer["chamber"] != row["m_chamber"]:
                self.complain("signature", f"{row['id']} names a key that is not its chamber's signer")
            elif not self.holds(self.key_of[kid], token.input, token.signature):
                self.complain("signature", f"the token of {row['id']} is not signed by {kid}")
            payload = token.payload
            indices = {entry["statusPurpose"]: (entry["statusListCredential"], int(entry["statusListIndex"])) for entry in payload["credentialStatus"]}
            for purpose in ("revocation", "suspension"):
                record = next(item for item in self.list_rows if item["id"] == row[f"{purpose}_list"])
                url = f"https://{self.host}/status/{record['chamber']}/{purpose}/{record['series']}"
                if indices.get(purpose) != (url, row[f"{purpose}_index"]):
                    self.complain("I5", f"{row['id']}: the token has another {purpose} index than the register")
            if payload["id"] != f"https://{self.host}/c/{row['id']}" or payload["iss"] != self.did(row["m_chamber"]):
                self.complain("I5", f"{row['id']}: the token is for {payload['id']}")
            if (unix(payload["validFrom"]), unix(payload["validUntil"])) != (row["valid_from"], row["valid_until"]):
                self.complain("I5", f"{row['id']}: the token has other dates than the register")
            if (row["statement"] is None) != (row["state"] == "active" and len(self.history.get(row["seq"], [])) == 1) and row["state"] != "lapsed":
                self.complain("I5", f"{row['id']} is {row['state']} and its statement does not fit")
            if row["statement"] is not None:
                word = Token(bytes(row["statement"]))
                if word.header.get("kid") not in self.key_of or not self.holds(self.key_of[word.header["kid"]], word.input, word.signature):
                    self.complain("signature", f"the statement of {row['id']} is not signed by its chamber")
                elif row["state"] != "lapsed" and (word.payload["state"] != row["state"] or not word.payload["sub"].endswith(row["id"])):
                    self.complain("I5", f"the statement of {row['id']} says {word.payload['state']} of {word.payload['sub']}")

    # MARK: what is said of a certificate's pages

    def bindings(self):
        if not self.columns.get("binding"):
            return
        acts, rows = {}, {}
        for act in self.db.execute("SELECT * FROM binding_act ORDER BY seq"):
            acts.setdefault((act["credential"], act["key"]), []).append(act)
        for row in self.db.execute("SELECT * FROM binding"):
            rows.setdefault(row["credential"], []).append(row)
            owner, done = self.by_seq[row["credential"]], acts.get((row["credential"], row["key"]), [])
            what = f"{owner['id']}, {row['key']}"
            self.count("bindings")
            if row["key"] not in {place["key"] for place in json.loads(owner["payload"])["credentialSubject"].get("memberOrganization", {}).get("storefronts", [])}:
                self.complain("I5", f"{what}: the token does not name this page")
            decided = [act for act in done if act["kind"] in ("proved", "failed", "withdrawn")]
            proved = [act["at"] for act in done if act["kind"] == "proved"]
            if (decided[-1]["kind"] if decided else "asked") != row["state"] or (proved[-1] if proved else None) != row["proved_at"]:
                self.complain("I5", f"{what} is {row['state']}, and what was done about it says otherwise")
            if any(act["kind"] == "withdrawn" for act in done[:-1]):
                self.complain("I8", f"{what} was withdrawn, and something came after it")
        self.statements = {row["credential"]: row for row in self.db.execute("SELECT * FROM binding_statement")}
        for seq in set(self.statements) | set(self.bound):
            row, owner = self.statements.get(seq), self.by_seq[seq]
            number, entry = self.bound.get(seq, (None, {}))
            if row is None or row["leaf"] != number or entry.get("statement") != b64u_text(sha(owner["salt"], row["statement"])):
                self.complain("I5", f"{owner['id']}: what the register says of its pages is not what the log last said (leaf {number})")
            if row is None:
                continue
            word = Token(bytes(row["statement"]))
            signer = next((key for key in self.keys if key["kid"] == word.header.get("kid")), None)
            if signer is None or signer["chamber"] != owner["m_chamber"] or not self.holds(self.key_of[signer["kid"]], word.input, word.signature):
                self.complain("signature", f"what is said of the pages of {owner['id']} is not signed by its chamber")
            date = lambda value: None if value is None else rfc3339(value)
            said = sorted((page["key"], page["state"], page["since"], page.get("provedAt"), page.get("reproveBy"), page.get("method")) for page in word.payload["pages"])
            known = sorted((one["key"], one["state"], date(one["since"]), date(one["proved_at"]), date(one["reprove_by"]), one["method"])
                           for one in rows.get(seq, []) if one["state"] != "asked")
            if said != known or not word.payload["sub"].endswith("/" + owner["id"]):
                self.complain("I5", f"{owner['id']}: its statement says other things of its pages than the register")
            if self.settled and not row["published"]:
                self.complain("unfinished", f"what is said of the pages of {owner['id']} is not published")

    def misuse(self):
        """A report is closed with the digest of its file: one reference, one report, and what lies in closed/ was recorded."""
        closed = {}
        for row in self.db.execute("SELECT * FROM audit WHERE act = 'misuse-close' AND outcome = 'done'"):
            detail = json.loads(row["detail"])
            self.count("reports of misuse closed")
            if detail.get("reason") not in ("acted", "no_misuse", "duplicate", "unclear", "spam") or len(detail.get("report", "")) != 64:
                self.complain("audit", f"row {row['seq']} closes {row['subject']} without a reason or a report")
            if closed.setdefault(row["subject"], detail.get("report")) != detail.get("report"):
                self.complain("I2", f"{row['subject']} is the reference of two reports")
        for path in glob.glob(os.path.join(self.home, "misuse", "closed", "*.json")):
            name = os.path.basename(path)[:-5]
            if closed.get(name) != sha(open(path, "rb").read()).hex():
                self.complain("audit", f"the report {name} is closed, and nobody recorded that this one was")

    # MARK: I9

    def approvals(self):
        if "approval" not in self.columns:
            return
        officers = {row["seq"]: row for row in self.db.execute("SELECT * FROM officer")}
        requests = {row["seq"]: row for row in self.db.execute("SELECT * FROM request")}
        rules = {}
        for row in self.db.execute("SELECT * FROM programme ORDER BY seq"):
            rules.setdefault(row["id"], []).append(row)
        items = {(row["request"], row["row"]): row for row in self.db.execute("SELECT * FROM request_item")}
        standing = {}
        for row in self.db.execute("SELECT * FROM approval"):
            request, officer = requests[row["request"]], officers[row["officer"]]
            if bytes(row["digest"]) != sha(request["content"].encode()) or bytes(row["digest"]) != bytes(request["digest"]):
                self.complain("I9", f"approval {row['seq']} is of other content than request {request['seq']}")
            if not self.holds(curves.Key(officer["public_key"]), b"khatm-approval/1\0" + bytes(row["digest"]), row["signature"]):
                self.complain("I9", f"approval {row['seq']} is not signed by {officer['name']}")
            if officer["chamber"] != request["chamber"] or not (officer["is_clerk"] if request["requested_by"] == officer["name"] else officer["is_approver"]):
                self.complain("I9", f"{officer['name']} may not sign request {request['seq']}")
            if row["at"] < officer["added_at"] or (officer["removed_at"] is not None and row["at"] > officer["removed_at"]):
                self.complain("I9", f"approval {row['seq']}: {officer['name']} was not in office")
            standing.setdefault(row["request"], {})[bytes(officer["public_key"])] = row["at"]
            self.count("approvals")
        for row in self.credentials:
            if row["payload"] is None:
                continue
            versions = [rule for rule in rules.get(row["programme"], []) if rule["since"] <= row["issued_at"]]
            needed = min((rule["issue_approvals"] for rule in versions), default=2)     # the laxest that was ever in force
            have = [at for at in standing.get(row["request"], {}).values() if at <= row["issued_at"]]
            if needed > 1 and len(have) < needed and not self.reconciled(row["leaf"]):
                self.complain("I9", f"{row['id']} was issued with {len(have)} of {needed} officers")
            if row["request"] is not None:
                item = items.get((row["request"], row["request_row"]))
                if item is None or item["member"] != row["member"] or bytes(item["content_digest"]) != bytes(row["content_digest"]):
                    self.complain("I9", f"{row['id']} is not what request {row['request']} asked for")
        for event in self.events:
            if event["kind"] == "reinstated":
                row = self.by_seq[event["credential"]]
                versions = [rule for rule in rules.get(row["programme"], []) if rule["since"] <= event["at"]]
                needed = min((rule["reinstate_approvals"] for rule in versions), default=2)
                if needed > 1 and len(standing.get(event["request"], {})) < needed and not self.reconciled(event["leaf"]):
                    self.complain("I9", f"{row['id']} was reinstated with {len(standing.get(event['request'], {}))} of {needed} officers")

    # MARK: I1

    def was_shown(self):
        if not self.shown or not os.path.exists(self.shown):
            return
        last = {}
        for line in open(self.shown, encoding="utf-8"):
            if not line.endswith("\n"):
                continue                                    # the journal is the client's own; a half line was not shown
            item = json.loads(line)
            what, row = item["shown"], self.by_id.get(item["id"])
            self.count("shown to officers")
            if row is None or row["payload"] is None or row["seq"] not in self.issues:
                self.complain("I1", f"{item['id']} was shown ({what}) and is not in register and log")
                continue
            if item.get("member") and item["member"] != f"{row['m_chamber']}/{row['m_number']}":
                self.complain("I1", f"{item['id']} was shown for {item['member']} and is {row['m_chamber']}/{row['m_number']}")
            if what != "listed":
                kind = {"issued": "issue", "suspended": "suspend", "active": "reinstate", "revoked": "revoke"}[what]
                found = [number for event, number, _ in self.history[row["seq"]] if event == kind]
                if not found:
                    self.complain("I1", f"{item['id']} was shown {what} and the log has no such entry")
                elif self.published is None or self.published.size <= found[0]:
                    self.complain("I1", f"{item['id']} was shown {what} before the published log had it")
                if what == "revoked":
                    last[item["id"]] = what
        for identity in last:
            if self.by_id[identity]["state"] not in ("revoked", "superseded"):
                self.complain("I8", f"{identity} was shown revoked and is {self.by_id[identity]['state']}")

    # MARK: I7: tiles, lists, directory, trust list

    def tiles(self):
        base = os.path.join(self.home, "public")
        allowed = len(self.log)
        for folder, _, names in os.walk(os.path.join(base, "tile")):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), base)
                if name.startswith("."):
                    if self.settled == "swept":
                        self.complain("unfinished", f"{path} was left behind")
                    continue
                self.count("tiles")
                data = open(os.path.join(base, path), "rb").read()
                parts = path.split("/")
                width = 256
                if parts[-2].endswith(".p"):
                    width = int(parts.pop())
                    parts[-1] = parts[-1][:-2]
                index = 0
                for part in parts[2:]:
                    index = index * 1000 + int(part.lstrip("x"))
                kind = parts[1]
                if kind == "entries":
                    entries, at = [], 0
                    while at < len(data):
                        length = int.from_bytes(data[at:at + 2], "big")
                        entries.append(data[at + 2:at + 2 + length])
                        at += 2 + length
                    expected = [bytes(row["entry"]) for row in self.log[index * 256:index * 256 + width]]
                    if len(expected) != width or entries != expected:
                        self.complain("I6", f"{path} is not the log")
                else:
                    span = 256 ** int(kind)
                    expected = []
                    for position in range(index * 256, index * 256 + width):
                        leaves = [bytes(row["hash"]) for row in self.log[position * span:(position + 1) * span]]
                        if len(leaves) == span:
                            expected.append(full_tile_root(leaves))
                    if len(expected) != width or data != b"".join(expected):
                        self.complain("I6", f"{path} is not the log")
        # What a reader of the published checkpoint fetches must all be there.
        size = self.published.size if self.published else 0
        level, count = 0, size
        while count:
            for kind in (["entries", "0"] if level == 0 else [str(level)]):
                for index in range((count + 255) // 256):
                    width = min(256, count - index * 256)
                    if not os.path.exists(os.path.join(base, tile_path(kind, index, width))):
                        self.complain("I7", f"{tile_path(kind, index, width)} is missing under the published checkpoint")
            level, count = level + 1, count // 256

    def lists(self):
        remembered = {}
        path = os.path.join(self.seen, "lists.json") if self.seen else None
        if path and os.path.exists(path):
            remembered = json.load(open(path))
        logged = {}
        for number, entry in enumerate(self.entries):
            if entry["kind"] == "status-list":
                logged.setdefault(entry["url"], {})[entry["digest"]] = number
        for record in self.list_rows:
            name = f"status/{record['chamber']}/{record['purpose']}/{record['series']}"
            data = self.public(name)
            if data is None:
                if self.settled and any(row[f"{record['purpose']}_list"] == record["id"] and row["payload"] is not None for row in self.credentials):
                    self.complain("I7", f"{name} was never published")
                continue
            try:
                token = Token(data)
                bits = zlib.decompress(b64u(token.payload["credentialSubject"]["encodedList"][1:]), 31)
            except (ValueError, KeyError, zlib.error, IndexError, binascii.Error) as error:
                self.complain("file", f"{name}: {error}")
                continue
            self.count("status lists")
            url = f"https://{self.host}/{name}"
            signer = next((key for key in self.keys if key["kid"] == token.header.get("kid")), None)
            if signer is None or signer["chamber"] != record["chamber"] or not self.holds(self.key_of[signer["kid"]], token.input, token.signature):
                self.complain("signature", f"{name} is not signed by its chamber")
            if token.payload["id"] != url or token.payload["credentialSubject"]["statusPurpose"] != record["purpose"]:
                self.complain("I7", f"{name} is {token.payload['id']}")
            place = logged.get(url, {}).get(b64u_text(sha(data)))
            if place is None:
                self.complain("I7", f"{name} is not a version that the log names")
            # Most significant bit first.
            set_bits = {8 * position + bit for position, byte in enumerate(bits) if byte for bit in range(8) if byte & 0x80 >> bit}
            column, owner = f"{record['purpose']}_index", {row[f"{record['purpose']}_index"]: row for row in self.credentials
                                                           if row[f"{record['purpose']}_list"] == record["id"]}
            for index in set_bits - set(owner):
                self.complain("I7", f"{name}: bit {index} is set and belongs to nobody")
            for index, row in owner.items():
                self.count("status bits compared")
                state, is_set = row["state"], index in set_bits
                final = state in ("revoked", "superseded")
                must = final if record["purpose"] == "revocation" else state == "suspended"
                may = final if record["purpose"] == "revocation" else state == "suspended" or final
                if self.settled or row["seq"] not in self.waiting:
                    if must and not is_set or is_set and not may:
                        self.complain("I7", f"{name}: {row['id']} is {state} and its bit is {int(is_set)}")
                elif is_set and record["purpose"] == "revocation" and not final:
                    self.complain("I7", f"{name}: {row['id']} is {state} and its bit is 1")
            memory = remembered.get(name, {"iat": 0, "leaf": -1, "bits": []})
            if record["purpose"] == "revocation" and set(memory["bits"]) - set_bits:
                self.complain("I8", f"{name}: bits {sorted(set(memory['bits']) - set_bits)[:5]} were set and are not any more")
            if place is not None and place < memory["leaf"] or token.payload["iat"] < memory["iat"]:
                self.complain("I7", f"{name} went back to an older version")
            remembered[name] = {"iat": token.payload["iat"], "leaf": place if place is not None else -1, "bits": sorted(set_bits)}
        if path:
            json.dump(remembered, open(path, "w"))

    def directory(self):
        db = self.database(os.path.join(self.home, "public", "directory.sqlite"), "directory.sqlite")
        if db is None:
            if self.settled and any(row["payload"] is not None for row in self.credentials):
                self.complain("I7", "there is no readable directory")
            return
        try:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'credential'").fetchone():
                if self.settled:
                    self.complain("I7", "the directory is empty")
                return
            found = {row["id"]: row for row in db.execute("SELECT c.*, h.bytes AS header_bytes FROM credential c JOIN header h ON h.id = c.header")}
            pages = {}
            for row in db.execute("SELECT p.key, c.id FROM page p JOIN credential c ON c.seq = p.credential"):
                pages.setdefault(row["id"], set()).add(row["key"])
        except sqlite3.DatabaseError as error:
            self.complain("file", f"directory.sqlite: {error}")
            return
        finally:
            pass
        for identity, row in found.items():
            mine = self.by_id.get(identity)
            self.count("directory records")
            if mine is None or mine["payload"] is None:
                self.complain("I7", f"the directory has {identity}, the register has not")
                continue
            for name in ("header_bytes", "payload", "signature", "salt", "leaf", "programme"):
                if row[name] != mine[name]:
                    self.complain("I7", f"{identity}: {name} differs between directory and register")
            keys = {place["key"] for place in json.loads(mine["payload"])["credentialSubject"].get("memberOrganization", {}).get("storefronts", [])}
            if pages.get(identity, set()) != keys:
                self.complain("I7", f"{identity}: the pages in the directory are not those of the token")
            said = self.statements.get(mine["seq"]) if self.columns.get("binding_statement") else None
            if said is not None and (self.settled or said["published"]) and row["bindings"] != said["statement"]:
                self.complain("I7", f"{identity}: what is said of its pages differs between directory and register")
            if (self.settled or mine["seq"] not in self.waiting) and row["statement"] != mine["statement"]:
                self.complain("I7", f"{identity}: the statement differs between directory and register")
        for row in self.credentials:
            if row["payload"] is not None and row["id"] not in found and (self.settled or row["seq"] not in self.waiting):
                self.complain("I7", f"{row['id']} is not in the directory")
        db.close()

    def trust(self):
        data = self.public(".well-known/chamber-trust-list.jwt")
        if data is None:
            if self.settled:
                self.complain("I7", "there is no trust list")
            return
        try:
            token = Token(data)
        except ValueError as error:
            self.complain("file", f"the trust list: {error}")
            return
        root = next((row for row in self.keys if row["purpose"] == "root"), None)
        if root is None or not self.holds(self.key_of[root["kid"]], token.input, token.signature):
            self.complain("signature", "the trust list is not signed by the root")
        logged = {entry["digest"]: entry["sequence"] for entry in self.entries if entry["kind"] == "trust-list"}
        sequence = logged.get(b64u_text(sha(data)))
        if sequence is None:
            self.complain("I7", "the trust list is not a version that the log names")
        elif len({entry["sequence"] for entry in self.entries if entry["kind"] == "trust-list"}) != sum(e["kind"] == "trust-list" for e in self.entries):
            self.complain("I2", "two trust lists have the same sequence number")
        if self.settled:
            listed = {key["kid"] for entity in token.payload["entities"] for service in entity["services"] for key in service["keys"]}
            for row in self.keys:
                if row["purpose"] == "signer" and row["kid"] not in listed:
                    self.complain("I7", f"the trust list does not name {row['kid']}")
            names = {entity["id"] for entity in token.payload["entities"]}
            for slug, row in self.chambers.items():
                if self.did(slug) not in names:
                    self.complain("I7", f"the trust list does not name {slug}")
                document = self.public(f"did/{row['domain']}/did.json")
                signers = [key["kid"] for key in self.keys if key["chamber"] == slug and key["purpose"] == "signer" and key["state"] != "revoked"]
                if document is None or any(kid not in document.decode() for kid in signers):
                    self.complain("I7", f"did.json of {slug} does not name its keys")
                if self.public(f"crl/{slug}.crl") is None:
                    self.complain("I7", f"crl/{slug}.crl was never published")
            for row in self.keys:
                if row["certificate"] and row["purpose"] in ("root", "issuing-ca", "signer"):
                    name = "root" if row["purpose"] == "root" else row["file"].replace(".key.pem", "")
                    if self.public(f"certs/{name}.cer") != bytes(row["certificate"]):
                        self.complain("I7", f"certs/{name}.cer is missing or another one")
        if self.seen:
            path = os.path.join(self.seen, "sequences.json")
            known = json.load(open(path)) if os.path.exists(path) else {}
            now = {"trust list": sequence or 0}
            for file in glob.glob(os.path.join(self.home, "public", "crl", "*.crl")):
                now[os.path.basename(file)] = crl_number(open(file, "rb").read())
            for name, value in now.items():
                if value < known.get(name, 0):
                    self.complain("I8", f"the number of {name} went back from {known[name]} to {value}")
            json.dump({**known, **now}, open(path, "w"))

    # MARK: what must not be anywhere

    def privacy(self):
        names = set()
        for row in self.db.execute("SELECT name_en, name_ar, licence_number FROM member"):
            names.update(str(value) for value in row if value and len(str(value)) >= 7)
        for row in self.db.execute("SELECT name, email, phone FROM contact"):
            names.update(str(value) for value in row if value and len(str(value)) >= 7)
        names.update(row["id"] for row in self.credentials)
        text = b"\n".join(bytes(row["entry"]) for row in self.log).decode()
        for name in names:
            if name in text:
                self.complain("privacy", f"the log says {name!r}")
        self.count("names looked for in the log", len(names))

    def secrets(self):
        for folder, _, files in os.walk(self.home):
            for name in files:
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, self.home)
                data = open(path, "rb").read()
                if b"PRIVATE KEY-----" in data:
                    if relative.split("/")[0] not in ("keys", "officers") or b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in data:
                        self.complain("secret", f"{relative} holds a private key")
                    elif os.stat(path).st_mode & 0o077:
                        self.complain("secret", f"{relative} may be read by others")

    def undone(self):
        if not self.settled:
            return
        for row in self.credentials:
            if row["state"] == "reserved":
                self.complain("unfinished", f"{row['id']} is still reserved")
        if self.unpublished:
            self.complain("unfinished", f"{len(self.unpublished)} changes are not yet published")


def crl_number(der):
    """CRLNumber (2.5.29.20) of a CRL; 0 when there is none."""
    def walk(data, depth=0):
        try:
            found = curves.children(data)
        except IndexError:
            return None
        for position, (tag, body) in enumerate(found):
            if tag == 6 and curves.oid(body) == "2.5.29.20":
                value = found[-1][1]
                return int.from_bytes(curves.tlv(value)[1], "big")
            if tag in (0x30, 0xA0) and depth < 6:
                number = walk(body, depth + 1)
                if number is not None:
                    return number
        return None
    return walk(der) or 0


def audit(home, **options):
    """For the harnesses: the complaints and the counts."""
    run = Audit(home, **options)
    try:
        run.run()
    except Exception as error:                               # what cannot be read is a complaint, never a pass
        import traceback
        run.complaints.append(("file", f"the audit itself stumbled: {error!r} at {traceback.extract_tb(error.__traceback__)[-1]}"))
    return run.complaints, run.counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", nargs="?")
    parser.add_argument("--shown")
    parser.add_argument("--seen")
    parser.add_argument("--settled", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--self-test", metavar="KHATM", nargs="?", const="")
    arguments = parser.parse_args()
    if arguments.self_test is not None:
        import selftest
        from world import find_khatm
        return selftest.run(find_khatm(arguments.self_test or None))
    if not arguments.home:
        parser.error("HOME is missing")
    complaints, counts = audit(arguments.home, shown=arguments.shown, seen=arguments.seen, settled=arguments.settled)
    if arguments.json:
        print(json.dumps({"complaints": complaints, "counts": counts}, ensure_ascii=False))
    else:
        for check, text in complaints:
            print(f"{check}: {text}")
        print(", ".join(f"{value} {name}" for name, value in counts.items()), file=sys.stderr)
        if not complaints:
            print("audit: nothing to complain about")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
