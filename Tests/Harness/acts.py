"""The acts of an authority, each recorded once: the home before it, every change it made to files, and what it printed."""
import os
import shutil

import audit
import disk
from world import ROOT, World, holdwrites

PROGRAMME, FOUR_EYES = "verified-membership", "trusted-membership"
# What running an act again may answer, when the first time had done it already.
AGAIN = {"officer": {"officer_exists"}, "request": {"nothing_to_do"}, "approve": {"request_closed"}, "run": {"request_closed"}, "init": {"home_exists"}, "chamber": {"chamber_exists"}, "suspend": {"illegal_transition"}, "reinstate": {"illegal_transition"}, "revoke": {"illegal_transition"}}


class Act:
    """One command, recorded: the home before it, what it did to the disk, what it printed."""

    def __init__(self, name, world, arguments, folder, library, reads=False):
        self.name, self.arguments, self.before = name, arguments, os.path.join(folder, "before-" + name)
        os.makedirs(self.before)
        for item in ("home", "shown.jsonl", "seen"):
            source = os.path.join(world.folder, item)
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(self.before, item))
            elif os.path.exists(source):
                shutil.copy(source, self.before)
        record = os.path.join(folder, name + ".record")
        world.must(*arguments, environment={"LD_PRELOAD": library, "HOLD_ROOT": world.home, "HOLD_JOURNAL": record, **({"HOLD_READS": "1"} if reads else {})})
        self.root = world.home
        self.records = list(disk.records(record))

    def disk(self, upto, ignore=None):
        made = disk.Disk(self.root, ignore).load(os.path.join(self.before, "home"))
        for record in self.records[:upto]:
            made.step(record)
        return made


def record_acts(khatm, folder, only=None, large=True, reads=False):
    """`large`: also an issue of more than one batch. `reads`: reads are recorded too."""
    library, world, acts = holdwrites(folder), World(khatm, os.path.join(folder, "world")), []

    def act(name, *arguments):
        acts.append(Act(name, world, arguments, folder, library, reads))
        audit.audit(world.home, shown=world.journal, seen=world.seen, settled=True)
    act("init", "init", "--name", "Harness authority (sample)", "--host", "khatm.example", "--certs", os.path.join(ROOT, "certs"), "--json")
    act("chamber", *world.chamber_arguments())
    act("import", "member", "import", world.sheet(range(760 if large else 60), "members.csv"), "--json")
    # Four eyes: a clerk asks, another officer agrees, and one row is carried out with the agreement.
    act("officer", *world.officer_arguments("amal", "clerk"))
    world.must(*world.officer_arguments("omar", "clerk", "approver"))
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
    return [item for item in acts if only in (None, item.name)]
