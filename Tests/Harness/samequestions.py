"""What two builds of khatm and khatmd are asked by Scripts/samehome, and whether they say the same: tokens, numbers, links, pages and
mutants of them, over a sample world that OLD makes, at three moments."""
import base64
import datetime
import http.client
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import urllib.parse

from same import BEGIN, apart, bare, coded
from world import ROOT

MOMENTS = {"the day after": 1, "a fortnight later, lists too old": 14, "two years later": 730}
LANGUAGES = ("ar", "en", "fr", "zh")
PAGES = ["https://desertrose.en.alibaba.com/", "https://www.desert-rose-deals.example/", "https://www.alnoor-spices.example/x?y=1", "http://khatrn.example/",
         "https://www.pearl-coast.example./", "https://xn--80ak6aa92e.com/", "https://192.168.1.1/", "https://www.alibaba.com/", "not an address", "", "https://a@b.example/",
         "https://bluedhow.en.alibaba.com/product/1.html#x", "https://saffrongate.en.made-in-china.com/", "https://WWW.OUD-AMBER.example:443/"]
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def mutants(token, other, draw):
    """A token changed in one of the ways that matter, or in any byte."""
    head, payload, signature = token.split(".")
    way = draw.randrange(16)
    if way == 0:
        at = draw.randrange(len(token))
        return token[:at] + draw.choice("ABCabc019-_.=+ /\n\u00e9") + token[at + 1:]
    if way == 1:
        return token[:draw.randrange(len(token))]
    if way == 2:
        data = bytearray(unb64u(payload))
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        return f"{head}.{b64u(bytes(data))}.{signature}"
    if way == 3:
        data = bytearray(unb64u(signature))
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        return f"{head}.{payload}.{b64u(bytes(data))}"
    if way == 4:                                                 # the other valid s of ECDSA
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        data = unb64u(signature)
        return f"{head}.{payload}.{b64u(data[:32] + (order - int.from_bytes(data[32:], 'big')).to_bytes(32, 'big'))}"
    if way in (5, 6):
        return ".".join((mine if draw.random() < 0.5 else theirs) for mine, theirs in zip(token.split("."), other.split(".")))
    if way == 7:
        value = json.loads(unb64u(head))
        value[draw.choice(["alg", "typ", "kid", "x5c", "crit"])] = draw.choice(["none", "ES256", "HS256", "", 1, None, ["b64"], []])
        return f"{b64u(json.dumps(value, separators=(',', ':')).encode())}.{payload}.{signature}"
    if way == 8:
        value = json.loads(unb64u(payload))
        value[draw.choice(sorted(value))] = draw.choice(["x", 1, None, [], {}, "2099-01-01T00:00:00Z"])
        return f"{head}.{b64u(json.dumps(value, separators=(',', ':'), ensure_ascii=False).encode())}.{signature}"
    if way == 9:
        value = json.loads(unb64u(head))
        if isinstance(value.get("x5c"), list):
            draw.shuffle(value["x5c"])
            if draw.random() < 0.5:
                value["x5c"] = value["x5c"][:draw.randrange(3)]
        return f"{b64u(json.dumps(value, separators=(',', ':')).encode())}.{payload}.{signature}"
    if way == 10:
        return token + draw.choice(["=", "==", ".", ".x", "\n", " ", "~", "\u200b"])
    if way == 11:
        return draw.choice([" ", "\n", "\ufeff", "Bearer ", "."]) + token
    if way == 12:
        return f"{head}.{payload}."
    if way == 13:
        return f"{head}.{b64u(unb64u(payload) + b' ')}.{signature}"
    if way == 14:
        return f"{b64u(b'{' + unb64u(head)[1:].replace(b':', b': ', 1)[0:])}.{payload}.{signature}"
    return token.swapcase() if draw.random() < 0.3 else token


def numbers(number, draw):
    """A number as people write it, and wrongly."""
    way = draw.randrange(9)
    if way == 0:
        return "-".join(number[at:at + 4] for at in range(0, len(number), 4))
    if way == 1:
        return number.lower()
    if way == 2:
        at = draw.randrange(len(number))
        return number[:at] + draw.choice(DIGITS) + number[at + 1:]
    if way == 3:
        return number.replace("0", "O").replace("1", "l")
    if way == 4:
        at = draw.randrange(len(number) - 1)
        return number[:at] + number[at + 1] + number[at] + number[at + 2:]
    if way == 5:
        return number[:-1 - draw.randrange(4)]
    if way == 6:
        return " ".join(number[at:at + 3] for at in range(0, len(number), 3))
    if way == 7:
        return draw.choice(["", " ", "\u200f", "x"]) + number + draw.choice(["", " ", "\t", "\u0660"])
    return number


def links(number, draw):
    host = draw.choice(["khatm.example"] * 5 + ["khatrn.example", "KHATM.example", "khatm.example.", "khatm.example:443", "xkhatm.example", "khatm.example@evil.example"])
    return f"{draw.choice(['https', 'https', 'https', 'http', 'HTTPS', 'javascript'])}://{host}{draw.choice(['/c/', '/c/', '/c/', '/C/', '/c//', '/d/'])}{number}" \
        f"{draw.choice(['', '', '', '/', '?page=x', '#top', '?lang=ar'])}"


class Questions:
    """The sample world of OLD, and what can be asked about it. Everything follows from the seed."""

    def __init__(self, old, folder, seed, begin):
        self.folder, self.begin, self.draw = os.path.join(folder, "questions"), begin, random.Random(seed)
        os.makedirs(self.folder)

        def khatm(*arguments):
            return old.run("khatm " + shlex.join(arguments), self.folder, begin, "questions" + arguments[0] + arguments[-1])
        made = khatm("seed", os.path.join(ROOT, "seeds"), "--certs", os.path.join(ROOT, "certs"), "--soon", "86000", "--json")
        if made["exit"] != 0:
            raise SystemExit(f"samehome: the sample world was not made: {made['stderr'].decode()}")
        self.names = json.loads(made["stdout"])["credentials"]
        self.tokens, self.pages = {}, {}
        for number in self.names.values():
            self.tokens[number] = khatm("badge", number, "--format", "jwt")["stdout"].decode().strip()
            self.pages[number] = [item["display"] for item in json.loads(khatm("verify", number, "--json")["stdout"]).get("registered", [])]
        self.tokens = {number: token for number, token in self.tokens.items() if token.count(".") == 2}
        shutil.copytree(self.folder + "/home/public", self.folder + "/public")

    def texts(self, count):
        """What stands for a certificate: token, number, link, as they are and changed."""
        known, tokens = sorted(self.names.values()), [self.tokens[number] for number in sorted(self.tokens)]
        yield from known * 3
        yield from tokens * 3
        for _ in range(count):
            number = self.draw.choice(known) if self.draw.random() < 0.8 else "".join(self.draw.choice(DIGITS) for _ in range(18))
            way = self.draw.randrange(5)
            yield mutants(self.draw.choice(tokens), self.draw.choice(tokens), self.draw) if way < 3 else numbers(number, self.draw) if way == 3 else links(number, self.draw)

    def requests(self, count):
        """Objects of POST /v1/verify."""
        for text in self.texts(count):
            member = "credential" if text.count(".") == 2 and len(text) > 100 else "badge" if "://" in text else "id"
            request = {member: text}
            draw = self.draw.random()
            own = next((pages for number, pages in self.pages.items() if pages and (number in text or self.tokens.get(number) == text)), [])
            if draw < 0.8:
                request["page"] = self.draw.choice(own) if own and draw > 0.3 else self.draw.choice(PAGES)
            if draw < 0.1:
                request |= {"nonce": "n" * self.draw.choice([1, 256, 257]), "lang": self.draw.choice([*LANGUAGES, "de"]), "proof": True}
            elif draw < 0.14:
                request[self.draw.choice(["credential", "id", "badge", "image", "ref", "receipt", "unknown", "proof"])] = self.draw.choice(["x", "", 1, True, None, {}])
            elif draw > 0.97:
                yield self.draw.choice(["", "{", "[]", "null", '{"id":"x","id":"y"}', '{"id":"\\ud800"}', "{}", '{"id":1e400}', "\x00", "[" * 2000])
                continue
            yield json.dumps(request, ensure_ascii=self.draw.random() < 0.5)

    def addresses(self):
        """Pages and other answers of khatmd: method, path, headers, body."""
        for path in ("/", "/health", "/style.css", "/v1/reason-codes", "/checkpoint", "/trust/list.jwt", "/v1/files", "/v1/changes?after=0&limit=5&records=true", "/v1/changes?after=999999",
                     "/v1/changes?after=3&limit=2", "/v1/changes?after=x", "/nothing", "/c/", "/badge/x", "/search?q=%D8%A7%D9%84%D9%86%D9%88%D8%B1", "/search?q=desert", "/search?q=x",
                     "/search?q=desert&q=rose", "/v1/lookup?q=rose", "/v1/lookup?page=https%3A%2F%2Fdesertrose.en.alibaba.com%2F", "/v1/lookup?register=NTRAE%2BDU-1300201", "/v1/lookup",
                     "/check?q=" + sorted(self.names.values())[0], "/check?q=rose", "/check?q=https%3A%2F%2Fwww.oud-amber.example%2F", "/picture", "/report", "/robots.txt", "/favicon.ico", "/.well-known/security.txt",
                     "/contexts/membership/v1", "/tile/0/000", "/tile/entries/000", "/directory.sqlite", "/../home/registry.db", "/%2e%2e/", "/platforms.yaml", "/certs/root.pem", "/crl/root.crl"):
            for language in ("ar,en;q=0.5", "fr", "zh-CN,zh;q=0.9", None):
                yield "GET", path, {"Accept-Language": language} if language else {}, None
        for public in sorted(os.path.relpath(os.path.join(base, name), self.folder + "/public") for base, _, names in os.walk(self.folder + "/public") for name in names):
            yield "GET", "/" + urllib.parse.quote(public), {}, None
        for number in sorted(self.names.values()):
            token = self.tokens.get(number, "x")
            for language in LANGUAGES:
                yield "GET", f"/c/{number}", {"Accept-Language": language}, None
                yield "GET", f"/c/{number}?lang={language}&page=" + urllib.parse.quote(self.draw.choice(PAGES), safe=""), {}, None
            for path in (f"/c/{number.lower()}", f"/c/{number[:-1]}", f"/v1/credentials/{number}", f"/v1/credentials/{number}/status", f"/v1/credentials/{number}/proof", f"/v1/credentials/{number}/history",
                         f"/v1/credentials/{number}/status?at=2026-12-01T08:00:30Z", f"/v1/credentials/{number}/status?at=2099-01-01T00:00:00Z", f"/v1/credentials/{number}/history?at=2026-12-01T08:00:00Z",
                         f"/badge/{number}.svg", f"/badge/{number}.png", f"/badge/{number}.svg?lang=ar", f"/qr/{number}.svg", f"/qr/{number}.png", f"/check?q={number}"):
                yield "GET", path, {}, None
            yield "GET", f"/v1/credentials/{number}", {"Accept": "application/vc+jwt"}, None
            yield "GET", f"/v1/credentials/{number}", {"Accept": "text/html"}, None
            yield "HEAD", f"/c/{number}", {}, None
            yield "DELETE", f"/v1/credentials/{number}", {}, None
            yield "POST", "/credentials/verify", {"Content-Type": "application/json"}, json.dumps({"verifiableCredential": {"@context": "https://www.w3.org/ns/credentials/v2",
                   "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token}})
        yield "OPTIONS", "/v1/verify", {}, None
        yield "POST", "/v1/verify", {"Content-Type": "text/plain"}, '{"id":"x"}'
        yield "POST", "/v1/verify", {"Content-Type": "application/json", "Accept": "text/html"}, '{"id":"x"}'


class Server:
    """khatmd of one build over the published folder, at one moment."""

    def __init__(self, program, questions, moment, seed):
        work, self.log = questions.folder, open(os.path.join(questions.folder, "khatmd.log"), "ab")
        self.process = subprocess.Popen(["khatmd", "--public", work + "/public", "--listen", "127.0.0.1:0", "--anchor", work + "/home/anchors/root.pem", "--rate", "0", "--host", "khatm.example",
                                         "--telephone", "+97142281111", "--no-read-pages"], executable=os.path.join(program.path, "khatmd"), cwd=work, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log, env=program.environment(work, moment, seed))
        line = self.process.stdout.readline().decode()
        port = line.rsplit("127.0.0.1:", 1)[-1].split()[0].strip("/.,") if "127.0.0.1:" in line else None
        if port is None:
            raise SystemExit(f"samehome: khatmd of {program.name} does not listen: {line}")
        self.port, self.connection = int("".join(filter(str.isdigit, port))), None

    def ask(self, method, path, headers, body):
        for attempt in range(2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body=body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body, headers={"Host": "khatm.example", **headers})
                answer = self.connection.getresponse()
                data = answer.read()
                return {"status": answer.status, "headers": sorted((name.lower(), value) for name, value in answer.getheaders()), "body": data}
            except (http.client.HTTPException, OSError) as error:
                self.connection = None
                if attempt:
                    return {"status": 0, "headers": [], "body": type(error).__name__.encode()}

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


def offline(questions, count):
    """Commands of khatm over the published folder: lists of questions, pages that stand in files."""
    lines = [line for line in questions.requests(count) if "\n" not in line and "\r" not in line and "\0" not in line]
    texts = [text for text in questions.texts(count) if not any(mark in text for mark in "\n\r\0")]
    for name, content in (("questions.ndjson", lines), ("texts", texts)):
        with open(os.path.join(questions.folder, name), "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write("\n".join(content) + "\n")
    ground = "--public public --anchor home/anchors/root.pem --json"
    yield f"khatm verify --list questions.ndjson {ground}"
    yield f"khatm verify --list texts {ground}"
    yield f"khatm verify --list texts --page https://desertrose.en.alibaba.com/ {ground}"
    yield f"khatm verify --list texts --at 2026-12-01T08:00:00Z {ground}"
    for number in sorted(questions.names.values()):
        yield f"khatm verify {number} --public public --anchor home/anchors/root.pem"
    folder = os.path.join(ROOT, "seeds", "pages")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read().replace("{{host}}", "khatm.example")
        for known, number in questions.names.items():
            text = text.replace("{{id:%s}}" % known, number).replace("{{badge:%s}}" % known, f'<a href="https://khatm.example/c/{number}"><img src="https://khatm.example/badge/{number}.svg" alt="x"></a>')
        with open(os.path.join(questions.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        for address in PAGES[:3] + PAGES[11:13]:
            yield f"khatm verify page {name} --as {address} {ground}"
        yield f"khatm scan {name} --as {PAGES[0]} --host khatm.example --json"
        yield f"khatm scan {name} --as {PAGES[0]} --host khatm.example"


def without_texts(answer):
    """An answer of khatmd whose sentences may differ: JSON without them, and without what is counted or digested of its bytes."""
    try:
        body = bare(json.loads(answer["body"]))
    except ValueError:
        return answer
    headers = [(name, value) for name, value in answer["headers"] if name not in ("content-length", "etag", "repr-digest", "content-digest")]
    return {"status": answer["status"], "headers": headers, "body": body}


def compare(old, new, folder, seed, codes, count=1200, log=sys.stdout):
    """`codes`: sentences for people may differ in what khatm says and in the JSON of khatmd; its pages may not."""
    questions = Questions(old, folder, seed, BEGIN)
    counts = {"answers": 0, "verdicts": {}, "differences": 0}

    seen = {}

    def differ(kind, name, said):
        """The first of each kind is shown; all are counted."""
        for part, what in apart(*said):
            counts["differences"] += 1
            kind_of_it = (kind, part, what.split("\n")[-1][:60])
            seen[kind_of_it] = seen.get(kind_of_it, 0) + 1
            if seen[kind_of_it] == 1 and len(seen) <= 100:
                print(f"DIFFERS {name}\n    {part}: {what}", file=log, flush=True)
    commands = list(offline(questions, count))
    bodies = list(questions.requests(count))
    addresses = list(questions.addresses())
    for name, days in MOMENTS.items():
        moment = questions.begin + datetime.timedelta(days=days)
        for command in commands:
            said = [program.run(command, questions.folder, moment, "ask") for program in (old, new)]
            counts["answers"] += said[0]["stdout"].count(b"\n")
            if codes and "--json" not in command:
                said = [{"exit": one["exit"]} for one in said]
            elif codes:
                said = [coded(one) for one in said]
            elif "--list" in command:
                said = [{**one, "stdout": one["stdout"].splitlines()} for one in said]
            differ(command, f"{name}: {command}", said)
        servers = [Server(program, questions, moment, "serve") for program in (old, new)]
        try:
            asked = [("POST", "/v1/verify", {"Content-Type": "application/json"}, body) for body in bodies] + addresses
            asked += [("POST", "/v1/verify/batch", {"Content-Type": "application/x-ndjson"}, "\n".join(body for body in bodies[at:at + 200] if "\0" not in body)) for at in range(0, len(bodies), 200)]
            for method, path, headers, body in asked * 2:        # the second time from what was remembered
                said = [server.ask(method, path, headers, body) for server in servers]
                counts["answers"] += 1
                key = json.loads(said[0]["body"]).get("verdict", "none") if said[0]["body"][:1] == b"{" and path == "/v1/verify" and said[0]["status"] == 200 else said[0]["status"]
                counts["verdicts"][key] = counts["verdicts"].get(key, 0) + 1
                if path == "/v1/verify/batch":
                    said = [{**one, "body": one["body"].splitlines()} for one in said]
                elif codes:
                    said = [without_texts(one) for one in said]
                differ(path.split("?")[0][:6], f"{name}: {method} {path} {headers} {(body or '')[:200]}", said)
        finally:
            for server in servers:
                server.stop()
    counts["verdicts"] = {str(key): number for key, number in sorted(counts["verdicts"].items(), key=str)}
    return counts


def self_test(old, folder):
    """The questions reach every verdict, and one changed byte of an answer is seen: the second program answers under another moment."""
    class Late:
        name, path, binaries = "late", old.path, old.binaries

        def run(self, command, work, moment, seed):
            return old.run(command, work, moment + datetime.timedelta(seconds=1), seed)

        def environment(self, work, moment, seed):
            return old.environment(work, moment + datetime.timedelta(seconds=1), seed)
    with open(os.devnull, "w", encoding="utf-8") as log:
        counts = compare(old, Late(), folder, 1, False, count=60, log=log)
    missed = 0
    for wanted in ("confirmed", "genuine", "other_page", "not_in_force", "not_genuine", "cannot_tell"):
        if wanted not in counts["verdicts"]:
            print(f"MISSED: no answer says {wanted}: {counts['verdicts']}")
            missed += 1
    print(f"{'caught' if counts['differences'] > 100 else 'MISSED'}: answers of a second later ({counts['differences']} of {counts['answers']})")
    return missed + (counts["differences"] <= 100)
