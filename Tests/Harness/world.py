"""A sample home driven through the real khatm, and the journal of what it showed. Used by every harness here."""
import base64
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PASSPHRASE = "sample passphrase of the harness"
RESTORED = 0x4B685231                                             # SQLite's application id of a register that was put back
SCRYPT = bytes.fromhex("2b06010401da47040b")                 # its object identifier, as it stands in the head of a key file
COLUMNS = ("chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,member_since,fees_paid_until,"
           "storefront,platform,website,contact_name,contact_email,contact_phone,membership")
PAID_UNTIL = f"{datetime.date.today().year + 4}-12-31"
# Arabic words for sample names: each member gets two of them and its number.
WORDS = "وردة نخلة صقر لؤلؤة واحة بحر نجم غزال عود مرجان شراع قمر".split()


def member_row(number, chamber="dubai", jurisdiction="AE-DU", paid=None):
    return ",".join([
        chamber, f"2{number:05}", f"Harness Trading {number} LLC", f"شركة {WORDS[number % 12]} {WORDS[number // 12 % 12]} {number}", "LLC", f"77{number:05}",
        "Dubai Department of Economy and Tourism", jurisdiction, "2015-03-01", paid or PAID_UNTIL, f"https://shop{number}.en.alibaba.com/", "alibaba",
        f"https://www.harness-{number}.example/", f"Contact Person {number}", f"office@harness-{number}.example", f"+9715{number:07}", "member"])


def write_sheet(path, numbers, **place):
    with open(path, "w", encoding="utf-8") as file:
        file.write(COLUMNS + "\n" + "".join(member_row(number, **place) + "\n" for number in numbers))


class Outcome:
    def __init__(self, code, out, err, seconds, killed, times):
        self.code, self.out, self.err, self.seconds, self.killed, self.times = code, out, err, seconds, killed, times

    @property
    def failure(self):
        """The `error` of a --json failure, or the last line of stderr."""
        for line in reversed(self.err.splitlines()):
            try:
                return json.loads(line).get("error", line)
            except ValueError:
                continue
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


class World:
    """One home. `journal` is the client's own record of what was shown, line by line, as it was shown."""

    def __init__(self, khatm, folder, environment=None, wrapper=()):
        self.khatm, self.folder, self.wrapper = os.path.abspath(khatm), folder, list(wrapper)
        # What is held when disks are made of it: the home, and backups beside it.
        self.disk = os.path.join(folder, "disk")
        self.home, self.backup = os.path.join(self.disk, "home"), os.path.join(self.disk, "backup")
        self.journal = os.path.join(folder, "shown.jsonl")
        self.seen = os.path.join(folder, "seen")
        self.environment = {**os.environ, "KHATM_HOME": self.home, "KHATM_PASSPHRASE": PASSPHRASE, "KHATM_OFFICER_PASSPHRASE": PASSPHRASE, "SWIFT_BACKTRACE": "enable=no", **(environment or {})}
        os.makedirs(self.disk, exist_ok=True)

    def copy(self, folder):
        shutil.copytree(self.folder, folder, symlinks=True)
        return World(self.khatm, folder)

    def run(self, *arguments, kill_after=None, kill_at_output=None, wait_after_output=0.0, journal=True, environment=None, wrapper=None, limit=300, read=True):
        """Runs one command. `kill_after`: SIGKILL after so many seconds. `kill_at_output`: SIGKILL so many bytes into its standard output."""
        begun = time.monotonic()
        process = subprocess.Popen([*(self.wrapper if wrapper is None else wrapper), self.khatm, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env={**self.environment, **(environment or {})})
        killed, out, times = threading.Event(), bytearray(), []
        timer = None

        def kill():
            killed.set()
            process.kill()
        if kill_after is not None:
            timer = threading.Timer(max(0.0, kill_after), kill)
            timer.start()
        watchdog = threading.Timer(limit, process.kill)
        watchdog.start()
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        while True:
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            times.append(time.monotonic() - begun)
            out += chunk
            if kill_at_output is not None and len(out) >= kill_at_output and not killed.is_set():
                if wait_after_output:
                    time.sleep(wait_after_output)
                kill()
        code = process.wait()
        reader.join()
        for item in (timer, watchdog):
            if item:
                item.cancel()
        process.stdout.close()
        process.stderr.close()
        outcome = Outcome(code, out.decode(errors="replace"), errors[0].decode(errors="replace"), time.monotonic() - begun,
                          killed.is_set() and code == -9, times)
        if journal:
            self.note(arguments, outcome)
        return outcome

    def must(self, *arguments, **options):
        outcome = self.run(*arguments, **options)
        if outcome.code != 0:
            raise RuntimeError(f"khatm {' '.join(arguments)}: {outcome.code}\n{outcome.out}{outcome.err}")
        return outcome

    # What counts as shown: every complete answer on standard output, also of a command that was killed afterwards.
    def note(self, arguments, outcome):
        items = []
        verb = arguments[0]
        for line in outcome.out.splitlines(keepends=True):
            if not line.endswith("\n"):
                continue
            line = line.strip()
            if line.startswith("{") or line.startswith("["):
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                if verb in ("issue", "approve", "run") and isinstance(value, dict) and "issued" in value:
                    items += [{"shown": "issued", "id": item["id"], "member": item["member"]} for item in value.get("issued", []) + value.get("unchanged", [])]
                elif verb in ("suspend", "revoke", "reinstate") and isinstance(value, dict):
                    done = value.get("changed", value.get("done", [value]))
                    for item in done if isinstance(done, list) else [value]:
                        if "id" in item and "state" in item:
                            items.append({"shown": item["state"], "id": item["id"], "member": item.get("member")})
                elif verb == "list" and isinstance(value, list):
                    items += [{"shown": "listed", "id": item["id"], "member": item["member"]} for item in value]
            elif verb == "issue":
                words = line.split("  ")
                if len(words) >= 3 and len(words[0]) == 18:
                    items.append({"shown": "issued", "id": words[0], "member": words[1]})
        if items:
            at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            with open(self.journal, "a", encoding="utf-8") as file:
                file.write("".join(json.dumps({**item, "at": at, "command": " ".join(arguments[:3])}, ensure_ascii=False) + "\n" for item in items))

    def quick_keys(self):
        """The same keys behind one round instead of 2^14 rounds of scrypt: khatm reads any encrypted PKCS#8, and what a harness waits for is
        not what it wants to examine. Without it nine tenths of a command are spent before its first change to a file."""
        for folder in ("keys", "officers"):
            for base, _, names in os.walk(os.path.join(self.home, folder)):
                for name in (name for name in names if name.endswith(".key.pem") and not name.startswith(".")):
                    path = os.path.join(base, name)
                    with open(path, "rb") as file:
                        if SCRYPT not in base64.b64decode(b"".join(file.read().split(b"\n")[1:3])):
                            continue
                    subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-in", path, "-out", path + ".quick",
                                    "-passin", "env:KHATM_PASSPHRASE", "-passout", "env:KHATM_PASSPHRASE"], env=self.environment, check=True, stderr=subprocess.DEVNULL)
                    os.chmod(path + ".quick", 0o600)
                    os.rename(path + ".quick", path)
        return self

    def is_restored(self):
        """Whether the register is one that was put back and not reconciled, as it will be once its journal has been rolled back."""
        path = self.home + "/registry.db"
        if not os.path.exists(path):
            return False
        with tempfile.TemporaryDirectory() as folder:
            for end in ("", "-journal"):
                if os.path.exists(path + end):
                    shutil.copy(path + end, folder)
            db = sqlite3.connect(folder + "/registry.db")
            try:
                return db.execute("PRAGMA application_id").fetchone()[0] == RESTORED
            except sqlite3.DatabaseError:                        # what is broken was not put back: the audit says what it is
                return False
            finally:
                db.close()

    def forget_heads(self):
        """What an old backup has lost by its nature: the audit trail since."""
        path = os.path.join(self.seen, "audit-heads.json")
        if os.path.exists(path):
            os.unlink(path)

    # A small authority ready to work.

    def found(self):
        self.must("init", "--name", "Harness authority (sample)", "--host", "khatm.example", "--certs", os.path.join(ROOT, "certs"))
        return self.quick_keys()

    def chamber_arguments(self, slug="dubai", jurisdiction="AE-DU"):
        return ("chamber", "add", slug, "--name-en", f"{slug.title()} Chamber (sample)", "--name-ar", "غرفة نموذجية", "--jurisdiction", jurisdiction,
                "--domain", f"{slug}-chamber.example", "--json")

    def officer_arguments(self, name="amal", *roles, chamber="dubai"):
        return ("officer", "add", name, "--chamber", chamber, *(part for role in roles or ("clerk",) for part in ("--role", role)), "--json")

    def sheet(self, numbers, name="sheet.csv", **options):
        path = os.path.join(self.folder, name)
        write_sheet(path, numbers, **options)
        return path

    def ready(self, members=20):
        self.found()
        self.must(*self.chamber_arguments())
        self.must("member", "import", self.sheet(range(members), "members.csv"))
        return self.quick_keys()

    def certificates(self):
        return json.loads(self.must("list", "--json", journal=False).out)


def find_khatm(given=None, program="khatm"):
    """The newest build, release first."""
    if given:
        return os.path.abspath(os.path.join(given, program) if os.path.isdir(given) else given)
    for build in ("release", "debug"):
        path = os.path.join(ROOT, ".build", build, program)
        if os.path.exists(path):
            return path
    raise SystemExit(f"{program} is not built\nhint: make build, or --bin FOLDER")


def holdwrites(folder):
    """Builds the preloaded library; its path."""
    library = os.path.join(folder, "holdwrites.so")
    source = os.path.join(ROOT, "Tests", "Harness", "holdwrites.c")
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source, "-lpthread"], check=True)
    return library


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
