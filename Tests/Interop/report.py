"""What each client was shown and what it said, and the table of it."""

import re
import sys


# Problems of one client that are printed; the rest are counted.
MOST_SHOWN = 20


class Refused(Exception):
    """A client looked at something and said no; the text is its own words."""


class Report:
    def __init__(self, wide=False):
        self.rows = {}
        self.wide = wide
        self.missing = []

    def _row(self, client):
        return self.rows.setdefault(client, {"accepted": 0, "refused": 0, "limits": 0, "problems": []})

    def problem(self, client, what, words):
        self._row(client)["problems"].append(f"{what}: {words}")

    def _say(self, client, verdict, what, words=""):
        if self.wide:
            print(f"  {client:24} {verdict:8} {what}{'  (' + words + ')' if words else ''}")

    def accepts(self, client, what, call):
        """The client must take it. Answers what the call answers, or None after a problem."""
        try:
            answer = call()
        except Refused as refusal:
            self.problem(client, what, f"should be accepted, was refused: {refusal}")
        except Exception as error:  # a crash of a client is not an answer
            self.problem(client, what, f"{type(error).__name__}: {error}")
        else:
            self._row(client)["accepted"] += 1
            self._say(client, "accepts", what)
            return answer

    def refuses(self, client, what, call, words=""):
        """The client must say no, in words that match, so that it is no for the reason meant."""
        self._refuse("refused", client, what, call, words)

    def cannot(self, client, what, call, words):
        """The client lacks something and says so. Named here; it is a surprise when it learns it."""
        self._refuse("limits", client, what, call, words)

    def _refuse(self, column, client, what, call, words):
        try:
            call()
        except Refused as refusal:
            said = " ".join(str(refusal).split())
            if re.search(words, said, re.I):
                self._row(client)[column] += 1
                self._say(client, "refuses" if column == "refused" else "cannot", what, said[:100])
            else:
                self.problem(client, what, f"refused with other words than /{words}/: {said[:300]}")
        except Exception as error:
            self.problem(client, what, f"{type(error).__name__}: {error}")
        else:
            self.problem(client, what, "should be refused, was accepted")

    def blind(self, client, what, call):
        """The client does not look at this; known, and ours does. It is a surprise when it begins to."""
        try:
            call()
        except Refused as refusal:
            self.problem(client, what, f"is now seen by this client: {refusal}")
        except Exception as error:
            self.problem(client, what, f"{type(error).__name__}: {error}")
        else:
            self._row(client)["limits"] += 1
            self._say(client, "blind", what)

    def absent(self, client, why):
        self.missing.append((client, why))
        print(f"skipped: {client}: {why}", file=sys.stderr)

    def finish(self, strict):
        """Prints the table. The exit code: 1 after a surprise, or where a client is missing and none may be."""
        print()
        print(f"{'client':28} {'accepted':>8} {'refused':>8} {'limits':>7}  problems")
        for client, row in self.rows.items():
            print(f"{client:28} {row['accepted']:8} {row['refused']:8} {row['limits']:7}  {len(row['problems']) or '-'}")
        for client, why in self.missing:
            print(f"{client:28} {'-':>8} {'-':>8} {'-':>7}  skipped: {why}")
        for client, row in self.rows.items():
            for text in row["problems"][:MOST_SHOWN]:
                print(f"problem: {client}: {text}")
            if len(row["problems"]) > MOST_SHOWN:
                print(f"problem: {client}: … and {len(row['problems']) - MOST_SHOWN} more")
        passed = sum(row["accepted"] + row["refused"] + row["limits"] for row in self.rows.values())
        failed = sum(len(row["problems"]) for row in self.rows.values())
        print(f"limits: what a client cannot read or does not look at, named in Tests/Interop/README.md")
        print(f"interop: {passed} passed, {failed} failed, {len(self.missing)} skipped")
        return 1 if failed or (strict and self.missing) else 0


def self_check():
    """The table is worth something only if each kind of surprise gets into it."""
    def no():
        raise Refused("no such signature")

    def crash():
        raise KeyError("a crash is no answer")

    for what, act in {
        "a refusal where it must accept": lambda report: report.accepts("x", "y", no),
        "an acceptance where it must refuse": lambda report: report.refuses("x", "y", lambda: True),
        "a refusal in other words": lambda report: report.refuses("x", "y", no, "expired"),
        "a crash where it must refuse": lambda report: report.refuses("x", "y", crash),
        "a crash where it must accept": lambda report: report.accepts("x", "y", crash),
        "a limit that is gone": lambda report: report.cannot("x", "y", lambda: True, "signature"),
        "a blind client that sees": lambda report: report.blind("x", "y", no),
    }.items():
        report = Report()
        act(report)
        if [len(row["problems"]) for row in report.rows.values()] != [1]:
            raise SystemExit(f"interop: the table does not notice {what}")
