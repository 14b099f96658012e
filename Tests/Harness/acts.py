"""The acts of an authority, each recorded once: the home before it, every change it made to files, and what it printed."""
import os
import shutil
import sqlite3

import audit
import disk
from world import ROOT, World, holdwrites

PROGRAMME, FOUR_EYES = "verified-membership", "trusted-membership"
# What running an act again may answer, when the first time had done it already.
AGAIN = {"officer": {"officer_exists"}, "request": {"nothing_to_do"}, "approve": {"request_closed"}, "run": {"request_closed"}, "init": {"home_exists"}, "backup": {"backup_exists"}, "reconcile": {"nothing_to_reconcile"}, "withdraw": {"illegal_transition"}, "chamber": {"chamber_exists"}, "suspend": {"illegal_transition"}, "reinstate": {"illegal_transition"}, "revoke": {"illegal_transition"}}


class Act:
    """One command, recorded: the home before it, what it did to the disk, what it printed."""

    def __init__(self, name, world, arguments, folder, library, reads=False):
        self.name, self.arguments, self.before = name, arguments, os.path.join(folder, "before-" + name)
        os.makedirs(self.before)
        for item in ("disk", "shown.jsonl", "seen"):
            source = os.path.join(world.folder, item)
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(self.before, item))
            elif os.path.exists(source):
                shutil.copy(source, self.before)
        record = os.path.join(folder, name + ".record")
        world.must(*arguments, environment={"LD_PRELOAD": library, "HOLD_ROOT": world.disk, "HOLD_JOURNAL": record, **({"HOLD_READS": "1"} if reads else {})})
        self.root, self.home = world.disk, world.home
        self.records = list(disk.records(record))

    def on(self, world):
        """The arguments, for a copy of the world in another place."""
        return [argument.replace(self.root, world.disk) for argument in self.arguments]

    def disk(self, upto, ignore=None):
        made = disk.Disk(self.root, ignore).load(os.path.join(self.before, "disk"))
        for record in self.records[:upto]:
            made.step(record)
        return made


def record_acts(khatm, folder, only=None, large=True, reads=False):
    """`large`: also an issue of more than one batch. `reads`: reads are recorded too."""
    library, world, acts = holdwrites(folder), World(khatm, os.path.join(folder, "world")), []

    def act(name, *arguments):
        acts.append(Act(name, world, arguments, folder, library, reads))
        if not world.is_restored():
            audit.audit(world.home, shown=world.journal, seen=world.seen, settled=True)
        world.quick_keys()
    act("init", "init", "--name", "Harness authority (sample)", "--host", "khatm.example", "--certs", os.path.join(ROOT, "certs"), "--json")
    act("chamber", *world.chamber_arguments())
    act("import", "member", "import", world.sheet(range(760 if large else 60), "members.csv"), "--json")
    # Four eyes: a clerk asks, another officer agrees, and one row is carried out with the agreement.
    act("officer", *world.officer_arguments("amal", "clerk"))
    world.must(*world.officer_arguments("omar", "clerk", "approver"))
    world.quick_keys()
    act("request", "request", "issue", "--programme", FOUR_EYES, "--member", "dubai/200050", "--officer", "amal", "--json")
    act("approve", "approve", "1", "--officer", "omar", "--json")
    world.must("request", "issue", "--programme", FOUR_EYES, "--member", "dubai/200051", "--member", "dubai/200052", "--officer", "amal", "--json")
    world.must("approve", "2", "--officer", "omar", "--json")
    act("run", "run", "2", "--officer", "amal", "--json")
    act("issue-one", "issue", "--programme", PROGRAMME, "--member", "dubai/200000", "--json")
    act("issue-sheet", "issue", "--programme", PROGRAMME, "--csv", world.sheet(range(1, 41), "sheet.csv"), "--json")
    ids = [item["id"] for item in world.certificates() if item.get("programme") == PROGRAMME]
    act("suspend", "suspend", ids[0], "--reason", "investigation", "--json")
    act("reinstate", "reinstate", ids[0], "--reason", "cleared", "--json")
    act("revoke", "revoke", ids[0], "--reason", "fraud", "--json")
    act("publish", "publish", "--all", "--json")
    if large:
        act("issue-batches", "issue", "--programme", PROGRAMME, "--csv", world.sheet(range(100, 740), "batches.csv"), "--json")
    older_register(world.home)
    act("migrate", "publish", "--json")
    act("prove", "binding", "prove", ids[2], "--officer-saw", "--json")
    # A backup, something done after it, the backup put back, what it forgot taken over.
    act("backup", "backup", world.backup, "--json")
    world.must("issue", "--programme", PROGRAMME, "--csv", world.sheet(range(45, 49), "later.csv"), "--json")
    world.must("revoke", ids[1], "--reason", "fraud", "--json")
    act("withdraw", "binding", "withdraw", ids[2], "--page", f"https://shop{shop(world, ids[2])}.en.alibaba.com/", "--json")
    act("restore", "restore", world.backup, "--replace", "--json")
    world.forget_heads()
    act("reconcile", "restore", "--reconcile", "--json")
    return [item for item in acts if only in (None, item.name)]


def shop(world, identity):
    """The number in the address of a member's shop (`world.member_row`)."""
    return next(int(item["member"].split("/")[1][1:]) for item in world.certificates() if item["id"] == identity)


def older_register(home):
    """Takes the last migrations back, as far as the register goes: it is then one that an earlier version made. What holds rows stays."""
    db = sqlite3.connect(os.path.join(home, "registry.db"))
    db.execute("PRAGMA foreign_keys=OFF")
    back = ["4 trust list due"]
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'binding'").fetchone() and not db.execute("SELECT 1 FROM binding_act").fetchone():
        back.append("5 binding")
        for table in ("binding_statement", "binding_act", "binding"):
            db.execute(f"DROP TABLE {table}")                      # and its triggers
    for name in [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'trust_list_due_%'")]:
        db.execute(f"DROP TRIGGER {name}")
    db.executemany("DELETE FROM grdb_migrations WHERE identifier = ?", [(name,) for name in back])
    db.commit()
    db.close()


def whole(world, target=None):
    """Whether the backup is one: khatm takes it into an empty home, or refuses it as none."""
    folder = os.path.join(world.folder, "scratch")
    shutil.rmtree(folder, ignore_errors=True)
    outcome = world.run("restore", target or world.backup, "--json", journal=False, environment={"KHATM_HOME": folder})
    taken = outcome.code == 0
    if not taken and os.path.exists(folder + "/registry.db"):
        raise RuntimeError("a backup was refused and taken")
    shutil.rmtree(folder, ignore_errors=True)
    return taken, outcome.failure


def go_on(act, world, shown):
    """What people do after a cut, a crash or an error: the same act again, and publish. Returns what did not go as it must.

    `shown`: whether the act had shown that it was done.
    """
    problems = []

    def run(*arguments, expected=()):
        outcome = world.run(*arguments)
        if outcome.code != 0 and outcome.failure not in expected:
            problems.append(f"{' '.join(arguments[:2])} ended with {outcome.code}: {outcome.err.strip()[-300:]}")
        return outcome
    if act.name == "init" and os.path.exists(world.home + "/registry.db"):
        run("publish")
    if act.name == "backup":
        taken, why = whole(world)
        if shown and not taken:
            problems.append(f"the backup that was shown is none: {why}")
        if not taken:
            if why not in ("not_a_backup", "backup_damaged"):
                problems.append(f"half a backup is refused with {why}")
            shutil.rmtree(world.backup, ignore_errors=True)
    again = run(*act.on(world), expected=AGAIN.get(act.name, ()))
    if act.name == "backup" and not problems:
        taken, why = whole(world)
        if not taken:
            problems.append(f"the backup made after it is none: {why}")
    if act.name == "restore":
        # What stood there is set aside, never lost.
        with open(os.path.join(act.before, "disk/home/registry.db"), "rb") as file:
            old = audit.sha(file.read())
        names = [name for name in os.listdir(world.home) if name == "registry.db" or name.startswith("replaced-") and name.endswith("registry.db")]
        if not any(audit.sha(open(os.path.join(world.home, name), "rb").read()) == old for name in names):
            problems.append(f"the register that was set aside is gone; there are {', '.join(sorted(names))}")
    if world.is_restored():
        world.forget_heads()
        again = run("restore", "--reconcile", "--json")
    if again.code != 0 or act.name == "backup":                      # every other act publishes by itself
        run("publish")
    return problems
