"""A sample federation made by the real program in a folder of its own, and what it published."""

import base64
import gzip
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

PASSPHRASE = "correct-horse-battery"
HOST = "khatm.example"
CHAMBERS = [
    ("dubai", "Dubai Chamber (sample)", "غرفة دبي (نموذج)", "AE-DU", "dubai-chamber.example"),
    ("ajman", "Ajman Chamber (sample)", "غرفة عجمان (نموذج)", "AE-AJ", "ajman-chamber.example"),
    ("ras-al-khaimah", "Ras Al Khaimah Chamber (sample)", "غرفة رأس الخيمة (نموذج)", "AE-RK", "rak-chamber.example"),
    ("fujairah", "Fujairah Chamber (sample)", "غرفة الفجيرة (نموذج)", "AE-FU", "fujairah-chamber.example"),
]
# name -> member, programme, what happens to it then
PLAN = {
    "desert-rose": ("dubai/100201", "verified-membership", []),
    "blue-dhow": ("dubai/100203", "verified-membership", [("suspend", "investigation")]),
    "falcon": ("dubai/100204", "verified-membership", [("revoke", "licence_withdrawn")]),
    "oud-amber": ("dubai/100206", "verified-membership", [("suspend", "fees_unpaid"), ("reinstate", "fees_paid")]),
    "zellige": ("dubai/100213", "e-membership", []),
    "ghaf-tree": ("ajman/200301", "verified-membership", []),
    "hajar-stone": ("ras-al-khaimah/300401", "verified-membership", []),
    "fujairah-bunker": ("fujairah/400501", "verified-membership", []),
}


def unpad(text):
    """Base64url without padding, strictly."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not canonical base64url")
    return raw


def pad(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Federation:
    def __init__(self, khatm, certs, seeds, folder):
        self.khatm, self.certs, self.seeds = str(khatm), str(certs), str(seeds)
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "home"
        self.public = self.home / "public"
        self.checkpoints = self.folder / "checkpoints"
        self.ids, self.state = {}, {}

    def run(self, *arguments, codes=(0,)):
        environment = dict(os.environ, KHATM_HOME=str(self.home), KHATM_PASSPHRASE=PASSPHRASE, LC_ALL="C.UTF-8")
        done = subprocess.run([self.khatm, *map(str, arguments)], env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode not in codes:
            raise RuntimeError(f"khatm {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-600:]}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def knows(self, command):
        """Whether this build of the program has a command."""
        return self.run("help", command, codes=range(256)).stdout.startswith(b"OVERVIEW")

    def make(self):
        self.checkpoints.mkdir(parents=True)
        self.run("init", "--name", "UAE Chambers (sample)", "--host", HOST, "--certs", self.certs)
        self._keep_checkpoint()
        for slug, english, arabic, jurisdiction, domain in CHAMBERS:
            self.run("chamber", "add", slug, "--name-en", english, "--name-ar", arabic, "--jurisdiction", jurisdiction, "--domain", domain)
            self._keep_checkpoint()
        rows = self.json("member", "import", f"{self.seeds}/members.csv")
        if rows["faults"] or rows["imported"] != rows["rows"]:
            raise RuntimeError(f"the seeds do not import: {rows}")
        for name, (member, programme, acts) in PLAN.items():
            issued = self.json("issue", "--programme", programme, "--member", member)["issued"]
            self.ids[name] = issued[0]["id"]
            self._keep_checkpoint()
        for name, (_, _, acts) in PLAN.items():
            for act, reason in acts:
                self.run(act, self.ids[name], "--reason", reason)
                self._keep_checkpoint()
            self.state[name] = self.json("show", self.ids[name])["state"]
        self.run("publish")
        self._keep_checkpoint()

    def _keep_checkpoint(self):
        note = (self.public / "checkpoint").read_bytes()
        size = note.split(b"\n")[1].decode()
        (self.checkpoints / f"{int(size):09}").write_bytes(note)

    # What was published.

    def read(self, path):
        return (self.public / path).read_bytes()

    def did(self, domain):
        return json.loads(self.read(f"did/{domain}/did.json"))

    def jwk(self, domain):
        """The one key that a chamber's document lists for assertions."""
        document = self.did(domain)
        methods = {method["id"]: method for method in document["verificationMethod"]}
        return methods[document["assertionMethod"][0]]["publicKeyJwk"]

    def domain_of(self, name):
        slug = PLAN[name][0].split("/")[0]
        return next(row[4] for row in CHAMBERS if row[0] == slug)

    def slug_of(self, name):
        return PLAN[name][0].split("/")[0]

    def token(self, name):
        """As `khatm badge --format jwt` writes it."""
        return self.run("badge", self.ids[name], "--format", "jwt").stdout.decode().strip()

    def directory_token(self, name):
        """The same out of the published directory, which every copy of public/ has."""
        directory = sqlite3.connect(f"file:{self.public}/directory.sqlite?mode=ro", uri=True)
        try:
            row = directory.execute("SELECT h.bytes, c.payload, c.signature FROM credential c JOIN header h ON h.id = c.header WHERE c.id = ?",
                                    (self.ids[name],)).fetchone()
        finally:
            directory.close()
        return ".".join(pad(part) for part in row)

    def local(self, url):
        """The published file behind one of our addresses."""
        if not url.startswith(f"https://{HOST}/"):
            raise ValueError(f"not our address: {url}")
        return self.read(url[len(f"https://{HOST}/"):])

    def payload(self, token):
        return json.loads(unpad(token.split(".")[1]))

    def status_lists(self):
        return sorted(path for path in (self.public / "status").rglob("*") if path.is_file())

    def fresh_copy(self, name):
        """A copy of public/ that a test may damage."""
        copy = self.folder / name
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(self.public, copy)
        return copy


def bits_of(encoded):
    """Bitstring Status List 1.0, 2.2: multibase u, base64url, gzip."""
    if not encoded.startswith("u"):
        raise ValueError("no multibase u")
    return gzip.decompress(unpad(encoded[1:]))


def bit(bits, index):
    return bits[index // 8] >> (7 - index % 8) & 1
