"""Makes a sample federation with the real program and shows what it published to every independent client.

    python run.py KHATM [--work FOLDER] [--go-log FILE] [--only chains,tokens,…] [--wide]

Prints a table; exits with 1 after any surprise, and with CI=true also where a client is missing."""

import argparse
import importlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from federation import Federation
from report import Report, self_check

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
# part -> the pip packages it cannot do without, by the name they are imported under
PARTS = {
    "chains": ["cryptography", "pkilint", "pyhanko_certvalidator"],
    "tokens": ["cryptography", "jwcrypto", "jwt", "joserfc"],
    "badges": ["cryptography", "openbadgeslib"],
    "data": ["cryptography", "jcs", "rfc8785", "jsonschema", "pyld", "openvc", "openbadgeslib"],
    "log": ["cryptography"],
    "own": ["cryptography", "jwcrypto", "jwt", "joserfc", "openvc"],
    "lists": ["cryptography", "jwcrypto", "jwt", "joserfc", "openvc"],
}


def vectors():
    given = os.environ.get("KHATM_VECTORS")
    folder = pathlib.Path(given) if given else PROJECT.parent / "shared/vectors"
    return folder if folder.is_dir() else None


def compiles_java():
    """`java File.java` wants the compiler module, which a runtime alone does not have."""
    if not shutil.which("java"):
        return False
    done = subprocess.run(["java", "--list-modules"], capture_output=True, timeout=60)
    return b"jdk.compiler" in done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("khatm", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, help="keep what is made in this new folder")
    parser.add_argument("--go-log", type=pathlib.Path, help="the built program of Tests/Interop/go-log")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, with commas")
    parser.add_argument("--wide", action="store_true", help="print every case")
    options = parser.parse_args()
    khatm = options.khatm.resolve()
    if not os.access(khatm, os.X_OK):
        sys.exit(f"interop: {khatm} is not a program\nhint: make build, then .build/release/khatm")
    strict = os.environ.get("CI") == "true"
    self_check()
    report = Report(options.wide)
    tools = {"bin": pathlib.Path(sys.executable).parent, "java": compiles_java(), "golog": options.go_log, "vectors": vectors()}
    if not shutil.which("openssl"):
        sys.exit("interop: there is no openssl command\nhint: apt-get install -y openssl")
    wanted = options.only.split(",")
    if "chains" in wanted and not shutil.which("certtool"):
        report.absent("GnuTLS certtool", "the package gnutls-bin is not installed")
    if "chains" in wanted and not tools["java"]:
        report.absent("Java PKIX", "there is no java with its compiler (the package default-jdk-headless)")
    if "log" in wanted and not tools["golog"]:
        report.absent("Go sumdb note, tlog", "the packages golang-go and golang-golang-x-mod-dev are not installed, or the reader did not build")
    with tempfile.TemporaryDirectory(prefix="khatm-interop-") as temporary:
        work = options.work or pathlib.Path(temporary) / "work"
        federation = Federation(khatm, PROJECT / "certs", PROJECT / "seeds", work / "federation")
        started = time.monotonic()
        federation.make()
        print(f"interop: a federation of four chambers and {len(federation.ids)} credentials in {time.monotonic() - started:.1f} s")
        for part in options.only.split(","):
            lacking = [name for name in PARTS[part] if importlib.util.find_spec(name) is None]
            if lacking:
                report.absent(part, f"not installed: {', '.join(lacking)}")
                continue
            started = time.monotonic()
            importlib.import_module(f"clients.{part}").run(report, federation, tools, work)
            print(f"interop: {part} in {time.monotonic() - started:.1f} s", flush=True)
        return report.finish(strict)


if __name__ == "__main__":
    sys.exit(main())
