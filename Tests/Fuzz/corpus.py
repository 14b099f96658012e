"""Small corpora of valid input, made from a sample home: corpus.py KHATM HOME PROJECT FOLDER."""
import base64
import glob
import json
import os
import subprocess
import sys

khatm, home, project, folder = sys.argv[1:]
public = os.path.join(home, "public")


def put(reader, name, data):
    os.makedirs(os.path.join(folder, reader), exist_ok=True)
    with open(os.path.join(folder, reader, name.replace("/", "_")), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def read(path):
    with open(path, "rb") as file:
        return file.read()


def run(*arguments):
    return subprocess.run([khatm, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "KHATM_HOME": home}, check=True).stdout


def part(token, number):
    text = token.split(b".")[number]
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


ids = list(json.loads(read(os.path.join(home, "seeds.json"))).values())
tokens = [run("badge", identity, "--format", "jwt").strip() for identity in ids[:6]]
lists = [read(path) for path in glob.glob(public + "/status/*/*/*") if not os.path.basename(path).startswith(".")][:4]
trust = read(public + "/.well-known/chamber-trust-list.jwt")
for number, token in enumerate([*tokens, *lists, trust]):
    put("token", str(number), token)
    put("payload", str(number), part(token, 1))
    put("payload", f"header{number}", part(token, 0))
    put("json", str(number), part(token, 1))
    put("input", str(number), token)
put("input", "envelope", json.dumps({"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + tokens[0].decode()}))
put("input", "request", json.dumps({"verifiableCredential": json.loads(part(tokens[0], 1))}))
put("input", "document", part(tokens[0], 1))
for number, text in enumerate([b"[]", b'{"a":[1,-0,1.5e300,"\\ud83d\\ude00",null,true]}', b'"\\u0041"', b"9007199254740991"]):
    put("json", f"small{number}", text)
for number, text in enumerate([b"AAAA", b"-_-_", b"Zg==", b"2NEpo7TZRRrLZSi2U", b"00ff", ids[0].encode(), f"https://khatm.example/c/{ids[0]}?lang=ar".encode()]):
    put("base64", str(number), text)
for number, text in enumerate(["2026-11-22T09:15:03Z", "2026-02-28T23:59:59.123456789+04:00", "2026-11-22", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]):
    put("instant", str(number), text)
for path in glob.glob(public + "/did/*/did.json"):
    put("did", path.split("/")[-2], read(path))
put("did", "web", "did:web:dubai-chamber.example%3A8080:a:b")
put("did", "key", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
put("did", "multikey", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
for number, token in enumerate(lists):
    encoded = json.loads(part(token, 1))["credentialSubject"]["encodedList"]
    put("statuslist", str(number), encoded)
    put("gzip", str(number), base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
for path in glob.glob(public + "/certs/*"):
    put("certificate", os.path.basename(path), read(path))
for path in glob.glob(public + "/crl/*.crl"):
    put("crl", os.path.basename(path), read(path))
for number, identity in enumerate(ids[:2]):
    for kind in ("png", "svg"):
        put(kind, str(number), run("badge", identity, "--format", kind))
put("png", "tiny", bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"))
put("svg", "tiny", '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 0"/></svg>')
for path in glob.glob(project + "/seeds/pages/*.html"):
    put("html", os.path.basename(path), read(path))
for number, text in enumerate(["https://desertrose.en.alibaba.com/product/1.html", "https://www.shop.example/a/b/?x=1#y", "https://xn--fa-hia.example:443/%41/../b", "http://user@shop.example/",
                               "https://good.example\\@evil.example/", "https://1.2.3.4/", "https://[::1]/", "https://شركة.example/متجر", "//khatm.example/c/" + ids[0]]):
    put("address", str(number), text)
put("platforms", "table", read(public + "/platforms.json"))
put("suffixes", "list", "// ===BEGIN ICANN DOMAINS===\nae\nco.ae\n*.ck\n!www.ck\n// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\ngithub.io\n// ===END PRIVATE DOMAINS===\n")
for name in ("members.csv", "dubai-only.csv"):
    put("csv", name, b"".join(read(os.path.join(project, "seeds", name)).splitlines(keepends=True)[:6]))
put("note", "checkpoint", read(public + "/checkpoint"))
put("note", "key", "khatm.example/log+fc1f36d3+Aa1G4tblnNqITq25DqkwIraTNkxs+2/FvobewyGwi0rU")
bundles = sorted(glob.glob(public + "/tile/entries/**/*", recursive=True), key=len)
for path in bundles[:8]:
    if os.path.isfile(path):
        data = read(path)
        put("proof", "bundle" + str(len(data)), data)
        put("proof", "entry" + str(len(data)), data[2:2 + int.from_bytes(data[:2], "big")])
put("proof", "path", "tile/0/x001/x234/067.p/8")
put("proof", "request", b"old 1\n" + base64.b64encode(bytes(32)) + b"\n\n" + read(public + "/checkpoint"))
for identity in ids[:2]:
    put("proof", "proof" + identity, run("proof", identity))
for path in [*glob.glob(project + "/certs/profiles/*.yaml"), *glob.glob(project + "/seeds/*.yaml")]:
    put("yaml", os.path.basename(path), read(path)[:20_000])
