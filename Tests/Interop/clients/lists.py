"""`khatm verify` beside status lists and trust lists that are wrong in one thing each, all signed with the genuine keys, as a thief of them would."""

import base64
import copy
import datetime
import gzip
import json
import shutil
import zlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from clients.own import Verifier, unusable
from federation import HOST, bits_of, pad, unpad
from forge import dump, load_key, signed
from report import Refused

ENTRIES = 131_072


def encoded(bits):
    return "u" + pad(gzip.compress(bytes(bits), mtime=0))


def raw_es384(key, message):
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA384())))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def run(report, federation, tools, work):
    client = "khatm verify, lists"
    own = Verifier(federation, work / "lists")
    token, suspended = federation.token("desert-rose"), federation.token("blue-dhow")
    anchor = federation.home / "anchors/root.pem"
    folder = federation.fresh_copy("public-lists")
    status(report, client, own, federation, token, suspended, folder, anchor)
    shutil.rmtree(folder)
    folder = federation.fresh_copy("public-trust")
    trust(report, client, own, federation, token, folder, anchor)


def status(report, client, own, federation, token, suspended, folder, anchor):
    path = folder / "status/dubai/suspension/1"
    original = path.read_text()
    header, payload = (json.loads(unpad(part)) for part in original.split(".")[:2])
    key = load_key(federation.home / "keys/dubai-signer-1.key.pem")
    foreign_key = load_key(federation.home / "keys/ajman-signer-1.key.pem")
    bits = bytearray(bits_of(payload["credentialSubject"]["encodedList"]))
    entry = next(e for e in federation.payload(token)["credentialStatus"] if e["statusPurpose"] == "suspension")
    index = int(entry["statusListIndex"])

    def about(**changes):
        body = copy.deepcopy(payload)
        for name, value in changes.items():
            target = body["credentialSubject"] if name in ("encodedList", "statusPurpose", "ttl", "type_", "statusSize") else body
            name = name.rstrip("_")
            if value is None:
                target.pop(name, None)
            else:
                target[name] = value
        return body

    def ask(text, who=token):
        path.write_text(text)
        return own.says("cannot_tell", who, "--anchor", anchor, public=folder)

    # The control: the same list, signed again, is as good as before; and its bits count.
    path.write_text(signed(header, payload, key))
    report.accepts(client, "the list signed again", lambda: own.genuine(token, "--anchor", anchor, public=folder))
    report.refuses(client, "its bits", lambda: own.says("not_in_force", suspended, "--anchor", anchor, public=folder), "suspended")
    set_bit = bytearray(bits)
    set_bit[index // 8] |= 0x80 >> index % 8
    path.write_text(signed(header, about(encodedList=encoded(set_bit)), key))
    report.refuses(client, "a bit from the left", lambda: own.says("not_in_force", token, "--anchor", anchor, public=folder), "suspended")
    path.write_text(signed(header, about(statusPurpose=["message", "suspension"]), key))
    report.accepts(client, "several purposes (2.2)", lambda: own.genuine(token, "--anchor", anchor, public=folder))
    mirrored = bytearray(bits)
    mirrored[index // 8] |= 1 << index % 8
    if index % 8 not in (3, 4):
        path.write_text(signed(header, about(encodedList=encoded(mirrored)), key))
        report.accepts(client, "a bit from the right is another's", lambda: own.genuine(token, "--anchor", anchor, public=folder))
    raw, body = unpad(original.split(".")[1]), payload
    zipped = gzip.compress(bytes(bits), mtime=0)
    cases = {
        "base64url without its multibase u": about(encodedList=pad(zipped)), "multibase z": about(encodedList="z" + pad(zipped)),
        "multibase m, base64": about(encodedList="m" + base64.b64encode(zipped).decode()), "padding": about(encodedList="u" + base64.urlsafe_b64encode(zipped + b"\0").decode()),
        "zlib instead of gzip": about(encodedList="u" + pad(zlib.compress(bytes(bits)))), "no compression": about(encodedList="u" + pad(bytes(bits)[:2048])),
        "two gzip members": about(encodedList="u" + pad(zipped + gzip.compress(b""))), "a byte after the gzip member": about(encodedList="u" + pad(zipped + b"\0")),
        "gzip cut short": about(encodedList="u" + pad(zipped[:-9])), "a wrong gzip sum": about(encodedList="u" + pad(zipped[:-8] + bytes(4) + zipped[-4:])),
        "a list that is too short": about(encodedList=encoded(bits[:ENTRIES // 8 - 1])), "an empty list": about(encodedList=encoded(b"")),
        "a bomb of 256 MiB": about(encodedList=encoded(bytes(256 << 20))), "encodedList is a number": about(encodedList=7), "no encodedList": about(encodedList=None),
        "another purpose": about(statusPurpose="revocation"), "no purpose": about(statusPurpose=None), "other purposes in a list": about(statusPurpose=["revocation", "message"]),
        "ttl as text": about(ttl="300000"), "ttl below zero": about(ttl=-1), "ttl with a fraction": about(ttl=0.5), "statusSize 2": about(statusSize=2),
        "another address": about(id=payload["id"] + "0"), "another chamber as issuer": about(issuer="did:web:ajman-chamber.example", iss="did:web:ajman-chamber.example"),
        "issuer and iss differ": about(iss="did:web:ajman-chamber.example"), "type of a credential only": about(type=["VerifiableCredential"]),
        "no validUntil": about(validUntil=None, exp=None), "an end that has passed": about(validUntil="2026-01-02T00:00:00Z", validFrom="2026-01-01T00:00:00Z", iat=1767225600, exp=1767312000),
        "a beginning that is to come": about(validFrom="2096-01-01T00:00:00Z", validUntil="2096-01-02T00:00:00Z"), "a life of ten years": about(validUntil="2036-11-22T00:00:00Z", exp=2095113600),
        "exp as text": about(exp=str(payload["exp"])), "no iat": about(iat=None), "vc claim": about(vc={}),
    }
    for name, changed in cases.items():
        report.refuses(client, f"status list: {name}", lambda: ask(signed(header, changed, key)), "status")
    heads = {
        "typ of another kind": dict(header, typ="JWT"), "alg none": dict(header, alg="none"), "crit": dict(header, crit=["x"], x=1), "b64 false": dict(header, b64=False, crit=["b64"]),
        "b64 false, not critical": dict(header, b64=False), "kid of another chamber": dict(header, kid=header["kid"].replace("dubai", "ajman")), "x5c turned round": dict(header, x5c=header["x5c"][::-1]),
    }
    for name, head in heads.items():
        report.refuses(client, f"status list: {name}", lambda: ask(signed(head, body, key)), "status")
    texts = {
        "by another chamber's key": signed(header, body, foreign_key), "another chamber's list": (folder / "status/ajman/suspension/1").read_text(),
        "a credential in its place": token, "a member twice": signed(header, raw.replace(b'"iat":', b'"iat":1,"iat":', 1), key), "a lone surrogate": signed(header, raw.replace(b'"iat":', b'"x":"\\ud800","iat":', 1), key),
        "a byte order mark": signed(header, b"\xef\xbb\xbf" + raw, key), "an array": signed(header, b"[" + raw + b"]", key), "empty": "", "a signature of zeros": original.rsplit(".", 1)[0] + "." + pad(bytes(64)),
        "a signature in DER": original.rsplit(".", 1)[0] + "." + pad(key.sign(original.rsplit(".", 1)[0].encode(), ec.ECDSA(hashes.SHA256()))),
    }
    for name, text in texts.items():
        report.refuses(client, f"status list: {name}", lambda: ask(text), "status")
    path.write_text(original)


def trust(report, client, own, federation, token, folder, anchor):
    path = folder / ".well-known/chamber-trust-list.jwt"
    original = path.read_text()
    header, payload = (json.loads(unpad(part)) for part in original.split(".")[:2])
    root, ca = load_key(federation.home / "keys/root.key.pem"), load_key(federation.home / "keys/dubai-ca.key.pem")
    raw = unpad(original.split(".")[1])

    def sign(head, body, key=root):
        text = pad(dump(head)) + "." + pad(body if isinstance(body, bytes) else dump(body))
        return text + "." + pad(raw_es384(key, text.encode()))

    def about(edit):
        body = copy.deepcopy(payload)
        edit(body)
        return body

    def dubai(body):
        return next(entity for entity in body["entities"] if entity["id"] == "did:web:dubai-chamber.example")

    def each(edit):
        """The same in every service of the chamber."""
        return about(lambda body: [edit(service) for service in dubai(body)["services"]])

    path.write_text(sign(header, payload))
    report.accepts(client, "the trust list signed again", lambda: own.genuine(token, "--anchor", anchor, public=folder))
    # Wrong in form: nothing in it is believed.
    unread = {
        "an unknown member": about(lambda body: body.update(extra=1)), "a chamber twice": about(lambda body: body["entities"].append(dubai(body))),
        "a key twice": each(lambda service: service["keys"].append(service["keys"][0])), "a private key": each(lambda service: service["keys"][0].update(d="AAAA")),
        "a key without alg": each(lambda service: service["keys"][0].pop("alg")), "a status that nobody knows": each(lambda service: service.update(status="Granted")),
        "status lists without the slash": each(lambda service: service.update(statusLists=[u.rstrip("/") for u in service["statusLists"]])),
        "x5c that is not the one named": each(lambda service: service["issuingCA"][0].update({"x5t#S256": pad(bytes(32))})), "a sequence number as text": about(lambda body: body.update(listSequenceNumber="9")),
        "no sequence number": about(lambda body: body.pop("listSequenceNumber")), "exp before iat": about(lambda body: body.update(exp=body["iat"] - 1)), "no nextUpdate": about(lambda body: body.pop("nextUpdate")),
        "a host that is an address": about(lambda body: dubai(body).update(id="did:web:127.0.0.1")),
    }
    for name, body in unread.items():
        report.refuses(client, f"trust list: {name}", lambda: (path.write_text(sign(header, body)), unusable(own, token, folder, anchor)), "exit 2|cannot_tell|trust")
    texts = {
        "signed by a chamber's CA": sign(header, payload, ca), "typ of a credential": sign(dict(header, typ="vc+jwt"), payload), "no typ": sign({k: v for k, v in header.items() if k != "typ"}, payload),
        "alg none": pad(dump(dict(header, alg="none"))) + "." + pad(raw) + ".", "alg ES256": sign(dict(header, alg="ES256"), payload), "crit": sign(dict(header, crit=["x"]), payload),
        "kid of another root": sign(dict(header, kid=pad(bytes(32))), payload), "no kid": sign({k: v for k, v in header.items() if k != "kid"}, payload),
        "a member twice": sign(header, raw.replace(b'"listSequenceNumber":', b'"listSequenceNumber":1,"listSequenceNumber":', 1)), "a member twice, once escaped": sign(header, raw.replace(b'"iat":', b'"i\\u0061t":1,"iat":', 1)),
        "a byte order mark": sign(header, b"\xef\xbb\xbf" + raw), "UTF-16": sign(header, raw.decode().encode("utf-16")), "a signature in DER": original.rsplit(".", 1)[0] + "." + pad(root.sign(original.rsplit(".", 1)[0].encode(), ec.ECDSA(hashes.SHA384()))),
        "a signature of zeros": original.rsplit(".", 1)[0] + "." + pad(bytes(96)), "a credential in its place": token, "empty": "",
    }
    for name, text in texts.items():
        report.refuses(client, f"trust list: {name}", lambda: (path.write_text(text), unusable(own, token, folder, anchor)), "exit 2|cannot_tell|trust")
    # Well formed, and it no longer vouches for this credential.
    answers = {
        "no such chamber": ("not_genuine", "issuer_unknown", about(lambda body: body["entities"].remove(dubai(body)))),
        "no keys": ("not_genuine", "key_unknown", each(lambda service: service.update(keys=[]))),
        "another CA": ("not_genuine", "chain_invalid", each(lambda service: service.update(issuingCA=[{"x5t#S256": pad(bytes(32))}]))),
        "key not yet in use": ("not_genuine", "key_outside_validity", each(lambda service: [key.update(nbf=4000000000, exp=4000000001) for key in service["keys"]])),
        "key for answers": ("not_genuine", "key_not_for_purpose", each(lambda service: [key.update(purpose="answer") for key in service["keys"]])),
        "key for status lists": ("not_genuine", "key_not_for_purpose", each(lambda service: [key.update(purpose="status-list") for key in service["keys"]])),
        "another programme": ("not_genuine", "issuer_not_authorised", each(lambda service: service.update(programmes=["verified-school"]))),
        "another tier": ("not_genuine", "issuer_not_authorised", each(lambda service: service.update(tiers=["silver"]))),
        "half of a register prefix": ("not_genuine", "issuer_not_authorised", each(lambda service: service.update(subjectIdentifierPrefixes=["NTRAE+D"]))),
        "another register": ("not_genuine", "issuer_not_authorised", each(lambda service: service.update(subjectIdentifierPrefixes=["NTRAE+AJ-"]))),
        "another address of lists": ("not_genuine", "issuer_not_authorised", each(lambda service: service.update(statusLists=[f"https://{HOST}/status/dub/"]))),
        "suspended": ("not_in_force", "issuer_suspended", each(lambda service: service.update(
            status="suspended", statusStartingTime=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            previousStatus=[{"status": service["status"], "statusStartingTime": service["statusStartingTime"]}]))),
        "past its end": ("cannot_tell", "trust_list_stale", about(lambda body: body.update(iat=1700000000, exp=1700000001))),
        "our key under another chamber": ("cannot_tell", "trust", about(lambda body: next(e for e in body["entities"] if "ajman" in e["id"])["services"][0]["keys"].append(
            dict(next(key for key in dubai(body)["services"][0]["keys"] if key["kty"] == "EC"), kid="did:web:ajman-chamber.example#x")))),
    }
    for name, (verdict, words, body) in answers.items():
        report.refuses(client, f"trust list: {name}", lambda: (path.write_text(sign(header, body)), own.says(verdict, token, "--anchor", anchor, public=folder)), words)
