"""What was published, read by a few lines of Python and by other people's readers: status lists, trust list, schema, JSON-LD, canonical JSON."""

import base64
import copy
import hashlib
import json
import pathlib

import jcs
import jsonschema
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from openbadgeslib.ob3.contexts import bundled_contexts
from openvc.status import bitstring
from pyld import jsonld

from federation import CHAMBERS, HOST, PLAN, bit, bits_of, pad, unpad
from forge import load_certificate
from report import Refused

HERE = pathlib.Path(__file__).parent
V2, V2_SHA256 = "https://www.w3.org/ns/credentials/v2", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
SMALLEST_LIST = 131_072  # entries, Bitstring Status List 1.0, 2.2


def status_lists(report, federation):
    """Every bit of every list is what the register says, in two readings; no other bit is set."""
    for client, decode, read in (("a few lines of Python", bits_of, bit),
                                 ("openvc bitstring", bitstring.decode_bitstring, bitstring.get_status_bit)):
        meant = {}
        for name in PLAN:
            shown = federation.json("show", federation.ids[name])
            for purpose, states in (("revocation", ("revoked",)), ("suspension", ("revoked", "suspended"))):
                place = shown["status"][purpose]
                meant[name, purpose] = (f"status/{federation.slug_of(name)}/{purpose}/{place['list']}", place["index"], shown["state"] in states)
        lists = {}
        for path in federation.status_lists():
            payload = federation.payload(path.read_text())
            lists[str(path.relative_to(federation.public))] = decode(payload["credentialSubject"]["encodedList"])
        for (name, purpose), (path, index, wanted) in meant.items():
            def same():
                if bool(read(lists[path], index)) != wanted:
                    raise RuntimeError(f"bit {index} of {path} is not {wanted}")
                entry = next(e for e in federation.payload(federation.token(name))["credentialStatus"] if e["statusPurpose"] == purpose)
                if entry["statusListCredential"] != f"https://{HOST}/{path}" or entry["statusListIndex"] != str(index):
                    raise RuntimeError(f"the token names {entry}")
            report.accepts(client, f"{purpose} bit of {name}", same)
        for path, bits in lists.items():
            def whole():
                if len(bits) * 8 < SMALLEST_LIST:
                    raise RuntimeError(f"{len(bits) * 8} entries")
                wanted = {index for where, index, is_set in meant.values() if where == path and is_set}
                found = {8 * place + offset for place, byte in enumerate(bits) if byte for offset in range(8) if byte >> (7 - offset) & 1}
                if found != wanted:
                    raise RuntimeError(f"set are {sorted(found)}, not {sorted(wanted)}")
            report.accepts(client, f"{path} and nothing more", whole)


def trust_list(report, federation):
    client = "Python, trust list"
    token = federation.read(".well-known/chamber-trust-list.jwt").decode().strip()
    root = load_certificate(federation.public / "certs/root.pem")
    ajman = load_certificate(federation.public / "certs/ajman-ca.pem")

    def verify(text, certificate=root):
        head, body, mac = text.split(".")
        header, signature = json.loads(unpad(head)), unpad(mac)
        if header["alg"] != "ES384" or header["typ"] != "chamber-trust-list+jwt" or len(signature) != 96:
            raise Refused("header or length")
        if header["kid"] != pad(certificate.fingerprint(hashes.SHA256())):
            raise Refused("kid is not the certificate's hash")
        der = utils.encode_dss_signature(int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big"))
        try:
            certificate.public_key().verify(der, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA384()))
        except InvalidSignature:
            raise Refused("signature") from None
        return json.loads(unpad(body))

    listed = report.accepts(client, "signed by the root", lambda: verify(token))
    report.refuses(client, "signed by a chamber's CA", lambda: verify(token, ajman), "kid")
    head, body, mac = token.split(".")
    for index in (0, 47, 48, 95):
        raw = bytearray(unpad(mac))
        raw[index] ^= 1
        report.refuses(client, f"bit flip in signature byte {index}", lambda: verify(f"{head}.{body}.{pad(raw)}"), "signature")
    changed = copy.deepcopy(listed or {})
    changed["listSequenceNumber"] = changed.get("listSequenceNumber", 0) + 1
    report.refuses(client, "a higher sequence number", lambda: verify(f"{head}.{pad(json.dumps(changed).encode())}.{mac}"), "signature")
    report.refuses(client, "another list's signature", lambda: verify(f"{head}.{body}.{pad(bytes(96))}"), "signature")
    if listed is None:
        return
    for slug, name, _, _, domain in CHAMBERS:
        ca, signer = (load_certificate(federation.public / f"certs/{slug}-{part}.pem") for part in ("ca", "signer-1"))

        def agrees():
            """x5c, did.json and the trust list speak of the same keys."""
            entity = next(entity for entity in listed["entities"] if entity["id"] == f"did:web:{domain}")
            jwk = federation.jwk(domain)
            numbers = signer.public_key().public_numbers()
            if (jwk["x"], jwk["y"]) != (pad(numbers.x.to_bytes(32, "big")), pad(numbers.y.to_bytes(32, "big"))):
                raise RuntimeError("did.json has another key than the certificate")
            for service in entity["services"]:
                if [entry["x5t#S256"] for entry in service["issuingCA"]] != [pad(ca.fingerprint(hashes.SHA256()))]:
                    raise RuntimeError("another CA")
                if base64.b64decode(service["issuingCA"][0]["x5c"], validate=True) != ca.public_bytes(serialization.Encoding.DER):
                    raise RuntimeError("another CA certificate")
                if [(key["x"], key["y"]) for key in service["keys"] if key["kty"] == "EC"] != [(jwk["x"], jwk["y"])]:
                    raise RuntimeError("another key")
                # Keys of export formats: named in did.json as well, and nothing else.
                document = federation.did(domain)
                if not {key["kid"] for key in service["keys"]} == set(document["assertionMethod"]) == {method["id"] for method in document["verificationMethod"]}:
                    raise RuntimeError("did.json and the trust list name different keys")
            name_ = next(n for n in PLAN if federation.slug_of(n) == slug)
            x5c = json.loads(unpad(federation.token(name_).split(".")[0]))["x5c"]
            if [base64.b64decode(item, validate=True) for item in x5c] != [c.public_bytes(serialization.Encoding.DER) for c in (signer, ca)]:
                raise RuntimeError("x5c is not signer and CA")
        report.accepts(client, f"keys of {name}", agrees)


def schemas(report, federation, vectors):
    client = "jsonschema"
    ours = json.loads((HERE.parent / "schemas/membership-v1.json").read_text())
    sets = [("our schema", ours)]
    published = vectors and vectors / "contexts-and-schemas/verifiable-credential-schema.json"
    if published and published.exists():
        sets.append(("VC 2.0 schema", json.loads(published.read_text())))
    else:
        print("skipped: VC 2.0 schema (set KHATM_VECTORS)")
    payloads = {name: federation.payload(federation.token(name)) for name in PLAN}
    lists = {str(path.relative_to(federation.public)): federation.payload(path.read_text()) for path in federation.status_lists()}
    envelope = federation.payload(federation.run("badge", federation.ids["desert-rose"], "--format", "openbadge-jwt").stdout.decode().strip())
    for which, schema in sets:
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

        def valid(value):
            error = jsonschema.exceptions.best_match(validator.iter_errors(value))
            if error:
                raise Refused(f"{error.json_path}: {error.message[:200]}")

        for name, payload in payloads.items():
            report.accepts(client, f"{which}: {name}", lambda: valid(payload))
        if which != "our schema":
            for path, payload in lists.items():
                report.accepts(client, f"{which}: {path}", lambda: valid(payload))
            report.accepts(client, f"{which}: Open Badges envelope", lambda: valid(envelope))
        for field in ("@context", "type", "issuer", "credentialSubject"):
            missing = {key: value for key, value in payloads["desert-rose"].items() if key != field}
            report.refuses(client, f"{which}: without {field}", lambda: valid(missing))
        base = payloads["desert-rose"]
        report.refuses(client, f"{which}: validFrom is no time", lambda: valid(dict(base, validFrom="yesterday")))
        report.refuses(client, f"{which}: empty subject", lambda: valid(dict(base, credentialSubject={})))
        report.refuses(client, f"{which}: status without type", lambda: valid(dict(base, credentialStatus={"id": "https://a.example/"})))
    # Of our schema only: what the standard leaves open.
    validator = jsonschema.Draft202012Validator(ours)

    def valid(value):
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error:
            raise Refused(f"{error.json_path}: {error.message[:200]}")

    report.refuses(client, "our schema: index as a number", lambda: valid(dict(base, credentialStatus=[dict(entry, statusListIndex=7) for entry in base["credentialStatus"]])))
    report.refuses(client, "our schema: one status entry", lambda: valid(dict(base, credentialStatus=base["credentialStatus"][:1])))
    report.refuses(client, "our schema: claim nobody reads", lambda: valid(dict(base, credentialSubject=dict(
        base["credentialSubject"], memberOrganization=dict(base["credentialSubject"]["memberOrganization"], rating=5)))))


def json_ld(report, federation):
    """No term of ours is dropped: JSON-LD leaves out undefined terms without a word, and a signed claim would mean nothing."""
    client = "PyLD"
    contexts = dict(bundled_contexts())
    if hashlib.sha256(canonical_file("credentials-v2.json")).hexdigest() != V2_SHA256:
        report.problem(client, "credentials/v2", "the reader's copy of the context is not the one that Khatm pins")
    contexts[f"https://{HOST}/ns/membership/v1"] = json.loads(federation.read("ns/membership/v1"))

    def loader(url, options=None):
        if url not in contexts:
            raise jsonld.JsonLdError(f"unknown context {url}", "loading")
        return {"contextUrl": None, "documentUrl": url, "document": contexts[url], "contentType": "application/ld+json"}

    def expand(document):
        dropped = []
        # Whatever a context does not define falls into this vocabulary, and is seen.
        marked = dict(document, **{"@context": document["@context"] + [{"@vocab": "urn:undefined:"}]})
        try:
            plain = jsonld.expand(document, {"documentLoader": loader, "onPropertyDropped": dropped.append})
            seen = jsonld.expand(marked, {"documentLoader": loader})
        except jsonld.JsonLdError as refusal:
            raise Refused(str(refusal)[:300]) from None
        text = json.dumps(seen)
        if "urn:undefined:" in text:
            place = text.index("urn:undefined:")
            raise Refused(f"undefined term {text[place:place + 60]}")
        if len(json.dumps(plain)) < 200:
            raise RuntimeError("nothing is left of it")

    for name in PLAN:
        report.accepts(client, f"token of {name}", lambda: expand(federation.payload(federation.token(name))))
    for name in ("desert-rose", "zellige"):
        envelope = federation.payload(federation.run("badge", federation.ids[name], "--format", "openbadge-jwt").stdout.decode().strip())
        report.accepts(client, f"Open Badges envelope of {name}", lambda: expand(envelope))
    for path in federation.status_lists():
        report.accepts(client, str(path.relative_to(federation.public)), lambda: expand(federation.payload(path.read_text())))
    base = federation.payload(federation.token("desert-rose"))
    report.refuses(client, "an undefined term at the top", lambda: expand(dict(base, rating=5)), "undefined")
    subject = dict(base["credentialSubject"], memberOrganization=dict(base["credentialSubject"]["memberOrganization"], rating=5))
    report.refuses(client, "an undefined term inside", lambda: expand(dict(base, credentialSubject=subject)), "undefined")
    report.refuses(client, "without our context", lambda: expand(dict(base, **{"@context": base["@context"][:2]})), "undefined")
    report.refuses(client, "an unknown context", lambda: expand(dict(base, **{"@context": base["@context"] + ["https://evil.example/v1"]})), "did not result in a valid JSON-LD object")
    redefined = {"VerifiableCredential": "https://evil.example/#nothing"}
    report.refuses(client, "a protected term redefined", lambda: expand(dict(base, **{"@context": base["@context"] + [redefined]})), "protected|redefin")


def canonical_file(name):
    import openbadgeslib.ob3.contexts as package
    return (pathlib.Path(package.__file__).parent / name).read_bytes()


def canonical(report, federation):
    """What we sign is RFC 8785 form, so that the same JSON always has the same bytes."""
    def same(writer, raw):
        if writer(json.loads(raw)) != raw:
            raise Refused("other bytes")

    documents = {}
    for name in PLAN:
        head, body, _ = federation.token(name).split(".")
        documents[f"header of {name}"], documents[f"payload of {name}"] = unpad(head), unpad(body)
    for path in federation.status_lists():
        documents[str(path.relative_to(federation.public))] = unpad(path.read_text().split(".")[1])
    documents["trust list"] = unpad(federation.read(".well-known/chamber-trust-list.jwt").decode().split(".")[1])
    documents["context"] = federation.read("ns/membership/v1")
    for _, _, _, _, domain in CHAMBERS:
        documents[f"did.json of {domain}"] = federation.read(f"did/{domain}/did.json")
    for client, writer in (("rfc8785", rfc8785.dumps), ("jcs", jcs.canonicalize)):
        for name, raw in documents.items():
            report.accepts(client, name, lambda: same(writer, raw))
        raw = documents["payload of desert-rose"]
        report.refuses(client, "members in another order", lambda: same(writer, json.dumps(dict(reversed(json.loads(raw).items())), ensure_ascii=False, separators=(",", ":")).encode()), "other bytes")
        report.refuses(client, "escapes where none are needed", lambda: same(writer, json.dumps(json.loads(raw), separators=(",", ":"), sort_keys=True).encode()), "other bytes")


def context_hash(report, federation):
    """relatedResource of each token pins the bytes of our context (VC Data Model 2.0, 5.3)."""
    client = "Python, relatedResource"
    raw = federation.read("ns/membership/v1")
    digest = "sha384-" + base64.b64encode(hashlib.sha384(raw).digest()).decode()

    def pinned(payload, wanted):
        entry = next(entry for entry in payload["relatedResource"] if entry["id"] == f"https://{HOST}/ns/membership/v1")
        if entry["digestSRI"] != wanted:
            raise Refused("digest")

    for name in PLAN:
        report.accepts(client, name, lambda: pinned(federation.payload(federation.token(name)), digest))
    other = "sha384-" + base64.b64encode(hashlib.sha384(raw + b"\n").digest()).decode()
    report.refuses(client, "a newline more", lambda: pinned(federation.payload(federation.token("desert-rose")), other), "digest")


def run(report, federation, tools, work):
    status_lists(report, federation)
    trust_list(report, federation)
    schemas(report, federation, tools.get("vectors"))
    json_ld(report, federation)
    canonical(report, federation)
    context_hash(report, federation)
