"""Two builds of khatm and khatmd under one frozen clock with one stream of randomness, and whether what they made and said is equal."""
import datetime
import glob
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import tempfile

from world import PASSPHRASE, ROOT

HARNESS = os.path.dirname(os.path.abspath(__file__))
BEGIN = datetime.datetime(2026, 12, 1, 8, 0, 0)
# Members of an object that hold a sentence for people, and words of usage.
SENTENCES = {"message", "hint", "title", "detail", "texts"}


def seeded(folder):
    """Builds the preloaded library; its path."""
    library = os.path.join(folder, "seeded.so")
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library,
                    os.path.join(HARNESS, "seeded.c"), "-lcrypto", "-ldl"], check=True)
    return library


def faketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise SystemExit("samehome: libfaketime is missing\nhint: Scripts/install-packages faketime")
    return found[0]


class Program:
    """One build, behind scripts of the names `khatm` and `khatmd` that freeze the clock and seed what is random."""

    def __init__(self, name, binaries, folder, preload):
        self.name, self.binaries, self.path = name, os.path.abspath(binaries), os.path.join(folder, "bin-" + name)
        os.makedirs(self.path)
        for program in ("khatm", "khatmd"):
            if not os.path.exists(os.path.join(self.binaries, program)):
                raise SystemExit(f"samehome: {self.binaries}/{program} is not built")
            script = os.path.join(self.path, program)
            with open(script, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\nLD_PRELOAD={shlex.quote(preload)} exec "
                           f"{shlex.quote(os.path.join(self.binaries, program))} \"$@\"\n")
            os.chmod(script, 0o755)

    def environment(self, work, moment, seed):
        return {"PATH": f"{self.path}:/usr/bin:/bin", "HOME": work, "LC_ALL": "C.UTF-8", "KHATM_HOME": work + "/home",
                "KHATM_PASSPHRASE": PASSPHRASE, "KHATM_OFFICER_PASSPHRASE": PASSPHRASE, "CERTS": os.path.join(ROOT, "certs"),
                "HARNESS": HARNESS, "COLUMNS": "200", "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no", "KHATM_SEED": seed,
                # Named or not, the shared memory is not there; without the name the library would make it, and a Swift
                # program then sees no arguments.
                "FAKETIME_SHARED": "none none", "FAKETIME": moment.strftime("%Y-%m-%d %H:%M:%S"),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1", "NO_FAKE_STAT": "1"}

    def run(self, command, work, moment, seed):
        done = subprocess.run(["/bin/bash", "-c", command], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment(work, moment, seed), timeout=600)
        # How fast it went is the only thing that time changes.
        return {"exit": done.returncode, "stdout": done.stdout, "stderr": re.sub(rb", \d+/s, \d+ s left", b"", done.stderr)}


def rows(data):
    """Every row of every table, and the schema, of a database; what is none is its bytes."""
    with tempfile.NamedTemporaryFile(prefix="khatm-samehome.") as file:
        file.write(data)
        file.flush()
        db = sqlite3.connect(file.name)
        try:
            found = {"schema": db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()}
            for pragma in ("user_version", "application_id", "page_size", "journal_mode", "auto_vacuum"):
                found["PRAGMA " + pragma] = db.execute("PRAGMA " + pragma).fetchall()
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
                try:
                    asked = db.execute(f'SELECT * FROM "{name}"')
                    heads = [column[0] for column in asked.description]
                    found[f"table {name}"] = [dict(zip(heads, row)) for row in asked]
                except sqlite3.DatabaseError:                    # a virtual table of a module that this Python lacks
                    continue
            return found
        except sqlite3.DatabaseError:
            return {"bytes": data}
        finally:
            db.close()


def state(folder):
    """What lies in a folder: of each path its kind, mode and bytes."""
    found = {}
    for base, folders, names in os.walk(folder):
        for name in sorted(folders + names):
            path = os.path.join(base, name)
            short, mode = os.path.relpath(path, folder), os.lstat(path).st_mode
            if os.path.islink(path):
                found[short] = ("link", os.readlink(path))
            elif os.path.isdir(path):
                found[short] = ("folder", oct(mode))
            elif name == "lock":                                 # who holds it: a process number
                found[short] = ("lock", oct(mode))
            elif not os.path.isfile(path):
                found[short] = ("other", oct(mode))
            else:
                with open(path, "rb") as file:
                    found[short] = ("file", oct(mode), file.read())
    return found


def is_database(value):
    return isinstance(value, tuple) and value[0] == "file" and value[2].startswith(b"SQLite format 3\0")


def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def short(value, other):
    """The place where two values part, for people."""
    def text(item):
        return item if isinstance(item, bytes) else repr(item).encode() if not isinstance(item, str) else item.encode()
    if isinstance(value, dict) and isinstance(other, dict):
        return "; ".join(f"{name}: {what}" for name, what in list(apart(value, other))[:3])
    if isinstance(value, (tuple, list)) and isinstance(other, (tuple, list)) and len(value) == len(other):
        for number, (mine, theirs) in enumerate(zip(value, other)):
            if mine != theirs:
                return f"[{number}] {short(mine, theirs)}"
    if isinstance(value, (tuple, list)) and isinstance(other, (tuple, list)) and any(isinstance(item, dict) for item in [*value, *other]):
        return f"{len(value)} and {len(other)} rows"
    a, b = text(value), text(other)
    at = next((index for index, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    begin = max(0, at - 60)
    return f"at {at} of {len(a)} and {len(b)}:\n      OLD …{a[begin:at + 120]!r}\n      NEW …{b[begin:at + 120]!r}"


def apart(old, new):
    """(name, where) of everything that two dictionaries do not agree on. Of two databases it is their rows that count."""
    for name in sorted(set(old) | set(new)):
        if name not in old or name not in new:
            yield name, "only in NEW" if name not in old else "only in OLD"
        elif old[name] == new[name]:
            continue
        elif all(is_database(value) for value in (old[name], new[name])) and old[name][1] == new[name][1]:
            for part, what in apart(rows(old[name][2]), rows(new[name][2])):
                yield f"{name}: {part}", what
        else:
            yield name, short(old[name], new[name])


def bare(value):
    """A JSON value without its sentences."""
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items() if name not in SENTENCES}
    return [bare(item) for item in value] if isinstance(value, list) else value


def coded(output):
    """An answer for programs, without sentences: lines that are JSON; of other lines nothing."""
    kept = {"exit": output["exit"]}
    for stream in ("stdout", "stderr"):
        kept[stream] = []
        for line in output[stream].splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, (dict, list)):
                kept[stream].append(bare(value))
    return kept
