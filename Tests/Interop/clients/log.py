"""The published transparency log, read by the packages of the Go checksum database (Tests/Interop/go-log)."""

import json
import pathlib
import shutil
import subprocess

from federation import PLAN, unpad
from report import Refused


def run(report, federation, tools, work):
    client = "Go sumdb note, tlog"
    reader = tools.get("golog")
    if not reader:
        return
    listed = json.loads(unpad(federation.read(".well-known/chamber-trust-list.jwt").decode().split(".")[1]))
    vkey = listed["logKeys"][0]

    def read(folder):
        done = subprocess.run([str(reader), str(folder)], capture_output=True, timeout=120)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace")
            if "panic" in words or "goroutine" in words:
                raise RuntimeError(words[:300])
            raise Refused(words)
        return done.stdout.decode()

    def copy(name):
        folder = work / "log" / name
        folder.mkdir(parents=True)
        shutil.copytree(federation.public / "tile", folder / "tile")
        shutil.copytree(federation.checkpoints, folder / "checkpoints")
        (folder / "checkpoint").write_bytes(federation.read("checkpoint"))
        (folder / "log.vkey").write_text(vkey + "\n")
        return folder

    def damaged(name, act):
        folder = copy(name.replace(" ", "-"))
        act(folder)
        return lambda: read(folder)

    said = report.accepts(client, "checkpoints, tiles, proofs", lambda: read(copy("good")))
    if said is None:
        return
    print(f"  {client}: {said.strip()}")
    size = int(federation.read("checkpoint").split(b"\n")[1])
    if f"ok: {size} entries" not in said or size < 2 * len(PLAN):
        report.problem(client, "checkpoints, tiles, proofs", f"{size} entries in the checkpoint, read: {said.strip()}")

    def flip(path, index=-1):
        def act(folder):
            raw = bytearray((folder / path).read_bytes())
            raw[index] ^= 1
            (folder / path).write_bytes(raw)
        return act

    def replace(path, old, new):
        def act(folder):
            raw = (folder / path).read_bytes()
            if old not in raw:
                raise RuntimeError(f"{old} is not in {path}")
            (folder / path).write_bytes(raw.replace(old, new, 1))
        return act

    width = size % 256
    bundle, tile = f"tile/entries/000.p/{width}", f"tile/0/000.p/{width}"
    note = federation.read("checkpoint").decode()
    origin, count, root = note.split("\n")[:3]
    earlier = sorted(path.name for path in federation.checkpoints.iterdir())[-2]
    report.refuses(client, "an entry changed", damaged("entry", flip(bundle, -3)), "root|entries")
    report.refuses(client, "a hash in a tile changed", damaged("tile", flip(tile, 5)), "root|tile|hash|inclusion")
    report.refuses(client, "a tile missing", damaged("no tile", lambda folder: (folder / tile).unlink()), "no such file")
    report.refuses(client, "a bundle cut", damaged("cut", lambda folder: (folder / bundle).write_bytes((folder / bundle).read_bytes()[:-1])), "cut|panic|bytes|range")
    report.refuses(client, "a smaller size in the checkpoint", damaged("size", replace("checkpoint", f"\n{count}\n".encode(), f"\n{size - 1}\n".encode())), "signature")
    report.refuses(client, "another root in the checkpoint", damaged("root", replace("checkpoint", root.encode(), ("A" + root[1:] if root[0] != "A" else "B" + root[1:]).encode())), "signature")
    report.refuses(client, "another log's name", damaged("origin", replace("checkpoint", origin.encode(), b"evil.example/log")), "signature|origin|checkpoint")
    report.refuses(client, "an earlier checkpoint changed", damaged("earlier", replace(f"checkpoints/{earlier}", b"\n\n", b"x\n\n")), "signature|malformed|checkpoint")
    report.refuses(client, "another key", damaged("key", lambda folder: (folder / "log.vkey").write_text(OTHER_KEY)), "signature|verif|key")
    # The log is public: no name, page, register or membership number may stand in it.
    def silent():
        entries = b"".join(path.read_bytes() for path in (federation.public / "tile/entries").rglob("*") if path.is_file())
        for name in PLAN:
            organization = federation.payload(federation.token(name))["credentialSubject"]["memberOrganization"]
            words = [text["@value"] for text in organization["legalNameText"]] + [organization["registrationNumber"], organization["membershipNumber"]]
            words += [page["display"] for page in organization.get("storefronts", [])] + [federation.ids[name]]
            for word in words:
                if word.encode() in entries:
                    raise RuntimeError(f"{word} stands in the log")
    report.accepts("a few lines of Python", "no personal data in the log", silent)


# A key of another log: the documentation of the Go package.
OTHER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"
