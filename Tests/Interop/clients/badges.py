"""Open Badges 3.0: openbadgeslib takes the envelope, follows its status, and takes the token out of the pictures."""

import hashlib
import json
import struct
import zlib

import jwcrypto.jwk
import jwcrypto.jws
import jwt
from cryptography.hazmat.primitives import serialization
from openbadgeslib.ob3 import OB3Verifier
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.verify import verify_badge

from federation import HOST, PLAN, pad, unpad
from forge import broken_rsa_tokens, broken_tokens, load_key, signed, thumbprint
from report import Refused

FORMS = ("openbadge-jwt", "openbadge-svg", "openbadge-png", "svg", "png")


def export(federation, name, form, *more):
    return federation.run("badge", federation.ids[name], "--format", form, *more).stdout


def drop_chunk(png, kind):
    out, place = png[:8], 8
    while place < len(png):
        length, name = struct.unpack(">I4s", png[place:place + 8])
        if name != kind:
            out += png[place:place + 12 + length]
        place += 12 + length
    return out


def run(report, federation, tools, work):
    client = "openbadgeslib"
    key = load_key(federation.home / "keys/dubai-signer-1.key.pem")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    stranger = load_key(federation.home / "keys/ajman-signer-1.key.pem").public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    dubai = [name for name in PLAN if federation.slug_of(name) == "dubai"]

    def verify(token, key=public, status=False, download=federation.local):
        try:
            return OB3Verifier(key).verify(token, check_status=status, download=download)
        except LibOpenBadgesException as refusal:
            raise Refused(str(refusal)) from None

    def picture(data, status=True, download=federation.local):
        result = verify_badge(data, pubkey_pem=public, check_status=status, download=download)
        if not result.valid:
            raise Refused(result.reason)
        return result

    tokens = {}
    for name in dubai:
        token = tokens[name] = export(federation, name, "openbadge-jwt").decode().strip()
        report.accepts(client, f"envelope of {name}", lambda: verify(token))
        report.refuses(client, f"envelope of {name} with another chamber's key", lambda: verify(token, stranger), "signature")
        # One status entry, the suspension list: revoking sets that bit too.
        with_status = report.accepts if federation.state[name] == "active" else report.refuses
        with_status(client, f"status of {name}, {federation.state[name]}", lambda: verify(token, status=True))
        for form in ("openbadge-svg", "openbadge-png"):
            data = export(federation, name, form)
            with_status(client, f"{form} of {name}, {federation.state[name]}", lambda: picture(data))
    header, payload = (json.loads(unpad(part)) for part in tokens["desert-rose"].split(".")[:2])
    shape = (set(header) == {"alg", "kid", "typ"} and header["kid"].startswith(f"https://{HOST}/keys/") and isinstance(payload["credentialStatus"], dict)
             and payload["jti"] == payload["id"] and "credentialSchema" not in payload)
    if not shape:
        report.problem(client, "envelope", "not the shape of Open Badges 3.0, 8.2")
    # 8.2.1: kid answers one JWK, without a private member, and it is the key that signed.
    def key_address():
        jwk = json.loads(federation.local(header["kid"]))
        if "d" in jwk or "keys" in jwk or thumbprint(jwk) != header["kid"].rsplit("/", 1)[1]:
            raise RuntimeError(f"answers {jwk}")
        return jwk

    report.accepts("a few lines of Python", "kid of the envelope answers one JWK", key_address)
    did = federation.did("dubai-chamber.example")
    fetch_did = lambda url: json.dumps(did).encode() if url == "https://dubai-chamber.example/.well-known/did.json" else federation.local(url)

    def by_did(token):
        try:
            return OB3Verifier.for_issuer_did("did:web:dubai-chamber.example", fetch_did).verify(token)
        except LibOpenBadgesException as refusal:
            raise Refused(str(refusal)) from None

    # 8.2.1 wants kid to be an address of one JWK; this reader wants a DID URL once it goes by the issuer's document.
    report.cannot(client, "envelope by the issuer's DID", lambda: by_did(tokens["desert-rose"]), "names a different DID")
    # The primary token lacks nbf and jti, so no Open Badges reader may take it for an envelope.
    report.refuses(client, "primary token as an envelope", lambda: verify(federation.token("desert-rose")), "nbf|jti|missing")
    for form in ("svg", "png"):
        report.refuses(client, f"primary token baked into {form}", lambda: picture(export(federation, "desert-rose", form)), "nbf|jti|missing")

    def away(url):
        raise OSError("out of reach")

    base = tokens["desert-rose"]
    report.refuses(client, "status out of reach", lambda: verify(base, status=True, download=away), "could not fetch")
    list_url = payload["credentialStatus"]["statusListCredential"]
    other = federation.read("status/ajman/suspension/1")
    report.refuses(client, "another chamber's status list", lambda: verify(base, status=True, download=lambda url: other))
    wrong = federation.local(list_url.replace("/suspension/", "/revocation/"))
    report.refuses(client, "the list of another purpose", lambda: verify(base, status=True, download=lambda url: wrong), "statusPurpose")
    broken = bytearray(federation.local(list_url))
    broken[-9] ^= 1
    report.refuses(client, "a status list with a bit flipped", lambda: verify(base, status=True, download=lambda url: bytes(broken)))
    for name, forged in broken_tokens(base, tokens["zellige"], key):
        report.refuses(client, f"envelope: {name}", lambda: verify(forged))
    for claim in ("iss", "nbf", "jti", "sub"):
        report.refuses(client, f"envelope without {claim}", lambda: verify(signed(header, {k: v for k, v in payload.items() if k != claim}, key)), claim)
    report.refuses(client, "envelope whose jti is another", lambda: verify(signed(header, dict(payload, jti="urn:x"), key)), "jti")

    svg, png = export(federation, "desert-rose", "openbadge-svg"), export(federation, "desert-rose", "openbadge-png")
    report.refuses(client, "SVG with a changed token", lambda: picture(svg.replace(b'verify="ey', b'verify="eY', 1)))
    report.refuses(client, "SVG without its credential", lambda: picture(svg.replace(b"openbadges:credential", b"openbadges:nothing")))
    report.refuses(client, "PNG without its credential", lambda: picture(drop_chunk(png, b"iTXt")))
    place = png.index(b"openbadgecredential") + 60
    damaged = bytearray(png)
    damaged[place] ^= 1
    report.refuses(client, "PNG with a bit flipped", lambda: picture(bytes(damaged)))
    start = png.index(b"openbadgecredential") - 8
    length = struct.unpack(">I", png[start:start + 4])[0]
    damaged[start + 8 + length:start + 12 + length] = struct.pack(">I", zlib.crc32(bytes(damaged[start + 4:start + 8 + length])))
    report.refuses(client, "PNG with a bit flipped and its sum made good", lambda: picture(bytes(damaged)))
    rs256(report, federation, dubai)


def rs256(report, federation, names):
    """The envelope that every reader of Open Badges takes (8.2.2): signed with an RSA key of the chamber's, made on demand."""
    client = "openbadgeslib"
    tokens = {name: export(federation, name, "openbadge-jwt", "--algorithm", "RS256").decode().strip() for name in names}
    base = tokens["desert-rose"]
    header, payload = (json.loads(unpad(part)) for part in base.split(".")[:2])
    jwk = json.loads(federation.local(header["kid"]))
    shape = header["alg"] == "RS256" and set(header) == {"alg", "kid", "typ"} and set(jwk) == {"kty", "n", "e"} and len(unpad(jwk["n"])) * 8 >= 2048
    address = pad(hashlib.sha256(json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":")).encode()).digest())
    if not shape or header["kid"] != f"https://{HOST}/keys/{address}":
        report.problem(client, "RS256 envelope", f"not the shape of Open Badges 3.0, 8.2: {header} {jwk}")
    did = federation.did("dubai-chamber.example")
    if not any(method.get("publicKeyJwk", {}).get("n") == jwk["n"] and method["id"] in did["assertionMethod"] for method in did["verificationMethod"]):
        report.problem(client, "RS256 envelope", "its key is not in did.json")
    public = jwcrypto.jwk.JWK(**jwk).export_to_pem()
    key = load_key(federation.home / "keys/dubai-open-badge-1.key.pem")

    def verify(token, status=False):
        try:
            return OB3Verifier(public).verify(token, check_status=status, download=federation.local)
        except LibOpenBadgesException as refusal:
            raise Refused(str(refusal)) from None

    def picture(data):
        result = verify_badge(data, pubkey_pem=public, check_status=False, download=federation.local)
        if not result.valid:
            raise Refused(result.reason)

    def by_pyjwt(token):
        try:
            return jwt.PyJWS().decode(token, public, algorithms=["RS256"])
        except jwt.PyJWTError as refusal:
            raise Refused(str(refusal) or type(refusal).__name__) from None

    def by_jwcrypto(token):
        try:
            signed_token = jwcrypto.jws.JWS()
            signed_token.allowed_algs = ["RS256"]
            signed_token.deserialize(token, jwcrypto.jwk.JWK(**jwk))
            return signed_token.payload
        except (jwcrypto.jws.InvalidJWSSignature, jwcrypto.jws.InvalidJWSObject, jwcrypto.jws.InvalidJWSOperation, ValueError) as refusal:
            raise Refused(str(refusal)) from None

    for name, token in tokens.items():
        report.accepts(client, f"RS256 envelope of {name}", lambda: verify(token))
        # Given one key, this reader wants the status list signed by the same one; ours is by the chamber's signer.
        report.cannot(client, f"RS256 envelope of {name}, with its status", lambda: verify(token, True), "not allowed for this key")
        for form in ("openbadge-svg", "openbadge-png"):
            report.accepts(client, f"RS256 {form} of {name}", lambda: picture(export(federation, name, form, "--algorithm", "RS256")))
        report.accepts("PyJWT", f"RS256 envelope of {name}", lambda: by_pyjwt(token))
        report.accepts("jwcrypto", f"RS256 envelope of {name}", lambda: by_jwcrypto(token))
    for name, forged in broken_rsa_tokens(base, tokens["zellige"], key):
        for reader, check in ((client, verify), ("PyJWT", by_pyjwt), ("jwcrypto", by_jwcrypto)):
            report.refuses(reader, f"RS256 envelope: {name}", lambda: check(forged))
