"""Compact tokens: jwcrypto, PyJWT and joserfc read ours with the key from did.json; each must refuse every forgery."""

import json

import joserfc.errors
import joserfc.jwk
import joserfc.jws
import jwcrypto.common
import jwcrypto.jwk
import jwcrypto.jws
import jwt

from federation import CHAMBERS, PLAN, unpad
from forge import broken_tokens, critical_tokens, load_key, thumbprint
from report import Refused


def with_jwcrypto(token, key):
    try:
        jws = jwcrypto.jws.JWS()
        jws.deserialize(token)
        jws.verify(jwcrypto.jwk.JWK(**key))
        return jws.payload
    except (jwcrypto.common.JWException, ValueError) as refusal:
        raise Refused(f"{type(refusal).__name__} {refusal}") from None


def with_pyjwt(token, key):
    try:
        api = jwt.PyJWS(algorithms=["ES256"])
        return api.decode_complete(token, jwt.PyJWK(key), algorithms=["ES256"])["payload"]
    except jwt.exceptions.PyJWTError as refusal:
        raise Refused(f"{type(refusal).__name__} {refusal}") from None


def joserfc_reader(header_bytes):
    """Its registry refuses headers above 512 bytes unless told otherwise; ours with two certificates have about 2.6 kB."""
    registry = joserfc.jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    if header_bytes:
        registry.max_header_length = header_bytes

    def read(token, key):
        try:
            return joserfc.jws.deserialize_compact(token, joserfc.jwk.import_key(key), registry=registry).payload
        except (joserfc.errors.JoseError, ValueError) as refusal:
            raise Refused(f"{type(refusal).__name__} {refusal}") from None

    return read


READERS = {"jwcrypto": with_jwcrypto, "PyJWT": with_pyjwt, "joserfc": joserfc_reader(8192)}


# RFC 7515 4.1.11 forbids an empty crit; jwcrypto implements RFC 7797, so b64 is a member that it understands.
LENIENT = {("jwcrypto", "empty crit"), ("joserfc", "empty crit"), ("jwcrypto", "unencoded payload (b64 false)")}


def same(read, token, key):
    """The bytes a reader gives back are the bytes that were signed."""
    if read(token, key) != unpad(token.split(".")[1]):
        raise RuntimeError("gives back another payload")


def run(report, federation, tools, work):
    tokens = {name: federation.token(name) for name in PLAN}
    for name, token in tokens.items():
        if token != federation.directory_token(name):
            report.problem("khatm badge", name, "the directory holds another token")
        header = json.loads(unpad(token.split(".")[0]))
        key = federation.jwk(federation.domain_of(name))
        if header["kid"] != f"did:web:{federation.domain_of(name)}#{thumbprint(key)}" or header["alg"] != "ES256" or header["typ"] != "vc+jwt":
            report.problem("khatm badge", name, f"header {header}")
    genuine = load_key(federation.home / "keys/dubai-signer-1.key.pem")
    envelope = federation.run("badge", federation.ids["desert-rose"], "--format", "openbadge-jwt").stdout.decode().strip()
    dubai = federation.jwk("dubai-chamber.example")
    for client, read in READERS.items():
        for name, token in tokens.items():
            key = federation.jwk(federation.domain_of(name))
            report.accepts(client, f"token of {name}", lambda: same(read, token, key))
            for _, _, _, _, domain in CHAMBERS:
                if domain != federation.domain_of(name):
                    report.refuses(client, f"token of {name} with the key of {domain}", lambda: read(token, federation.jwk(domain)))
        for path in federation.status_lists():
            slug = path.relative_to(federation.public / "status").parts[0]
            key = federation.jwk(next(row[4] for row in CHAMBERS if row[0] == slug))
            report.accepts(client, f"status list {path.relative_to(federation.public)}", lambda: same(read, path.read_text(), key))
        report.accepts(client, "Open Badges envelope", lambda: same(read, envelope, dubai))
        for kind, base in (("token", tokens["desert-rose"]), ("envelope", envelope)):
            other = tokens["zellige"] if kind == "token" else federation.run("badge", federation.ids["zellige"], "--format", "openbadge-jwt").stdout.decode().strip()
            for name, forged in broken_tokens(base, other, genuine):
                report.refuses(client, f"{kind}: {name}", lambda: read(forged, dubai))
        for name, forged in critical_tokens(tokens["desert-rose"], genuine):
            judge = report.blind if (client, name) in LENIENT else report.refuses
            judge(client, name, lambda: read(forged, dubai))
    plain = joserfc_reader(0)
    report.cannot("joserfc", "a header with two certificates, with its default limit", lambda: plain(tokens["desert-rose"], dubai), "size|exceed|large|length")
    report.accepts("joserfc", "Open Badges envelope, with its default limit", lambda: same(plain, envelope, dubai))
