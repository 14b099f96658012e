"""`khatm verify` on what other people's libraries make: every forgery is not genuine, and no answer is good by accident."""

import base64
import hashlib
import json
import pathlib
import shutil

import joserfc.jwk
import joserfc.jws
import jwcrypto.jwk
import jwcrypto.jws
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from openvc.errors import OpenvcError
from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite

from federation import HOST, PLAN, pad, unpad
from forge import P256_ORDER, Forger, broken_rsa_tokens, broken_tokens, chain_cases, critical_tokens, dump, ec_jwk, load_key, signed, thumbprint
from report import Refused

GENUINE, DENIED = {"genuine", "confirmed"}, {"not_genuine"}


class Verifier:
    def __init__(self, federation, work):
        self.federation, self.folder, self.count = federation, work / "own", 0
        self.folder.mkdir(parents=True, exist_ok=True)

    def answer(self, token, *more, public=None):
        self.count += 1
        path = self.folder / f"{self.count:04}"
        path.write_bytes(token if isinstance(token, bytes) else token.encode())
        done = self.federation.run("verify", path, "--public", public or self.federation.public, *more, "--json", codes=range(256))
        if done.returncode not in (0, 1, 3):
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.decode(errors='replace')[:300]}")
        answer = json.loads(done.stdout)
        good = answer["verdict"] in GENUINE
        if good != (done.returncode == 0):
            raise RuntimeError(f"verdict {answer['verdict']} with exit {done.returncode}")
        codes = [reason["code"] for reason in answer["reasons"] if reason["severity"] in ("error", "warn")]
        return answer["verdict"], codes, answer

    def genuine(self, token, *more, wanted=GENUINE, **options):
        verdict, codes, _ = self.answer(token, *more, **options)
        if verdict not in wanted:
            raise Refused(f"{verdict} {' '.join(codes)}")

    def says(self, verdict, token, *more, **options):
        """The words of the answer when it is the one meant; another verdict is a problem, a good one an acceptance."""
        said, codes, _ = self.answer(token, *more, **options)
        if said in GENUINE:
            return
        if said != verdict:
            raise RuntimeError(f"verdict {said} {codes}, not {verdict}")
        raise Refused(" ".join(codes))


def run(report, federation, tools, work):
    client = "khatm verify"
    if not federation.knows("verify"):
        report.absent(client, "this build has no such command")
        return
    own = Verifier(federation, work)
    tokens = {name: federation.token(name) for name in PLAN}
    envelopes = {name: federation.run("badge", federation.ids[name], "--format", "openbadge-jwt").stdout.decode().strip() for name in ("desert-rose", "zellige", "falcon")}
    for name, token in tokens.items():
        if federation.state[name] == "active":
            report.accepts(client, f"token of {name}", lambda: own.genuine(token))
        else:
            report.refuses(client, f"token of {name}, {federation.state[name]}", lambda: own.says("not_in_force", token), federation.state[name])
    page = federation.payload(tokens["desert-rose"])["credentialSubject"]["memberOrganization"]["storefronts"][0]["display"]
    report.accepts(client, "on its page", lambda: own.genuine(tokens["desert-rose"], "--page", page, wanted={"confirmed"}))
    report.refuses(client, "on another page", lambda: own.says("other_page", tokens["desert-rose"], "--page", "https://al-noor-deals.example/"), "binding_no_match")
    report.accepts(client, "Open Badges envelope", lambda: own.genuine(envelopes["desert-rose"]))
    report.refuses(client, "Open Badges envelope, revoked", lambda: own.says("not_in_force", envelopes["falcon"]), "revoked|suspended")
    for form in ("svg", "png", "openbadge-svg", "openbadge-png"):
        data = federation.run("badge", federation.ids["desert-rose"], "--format", form).stdout
        report.accepts(client, f"baked {form}", lambda: own.genuine(data))

    forger = Forger(federation, "dubai", "dubai-chamber.example", "Dubai Chamber (sample)")
    allowed(report, client, own, tokens["desert-rose"], forger.signer_key)
    forgeries(report, client, own, tokens, envelopes, forger)
    exports(report, client, own, federation)
    strangers(report, client, own, tokens, forger)
    chains(report, client, own, federation, tokens["desert-rose"], forger)
    folders(report, client, own, federation, tokens)


def allowed(report, client, own, token, key):
    """Other spellings of the same, which the standards allow, and envelopes around the one that was logged."""
    header, raw = json.loads(unpad(token.split(".")[0])), unpad(token.split(".")[1])
    payload = json.loads(raw)
    bare = {name: value for name, value in header.items() if name != "x5c"}
    spaced = json.dumps(dict(reversed(payload.items())), ensure_ascii=True, indent=1).encode()
    cases = {
        "without x5c, by kid alone": signed(bare, raw, key),
        "typ with its whole name": signed(dict(header, typ="application/vc+jwt"), raw, key),
        "without cty": signed({name: value for name, value in header.items() if name != "cty"}, raw, key),
        "JSON with spaces, escapes, another order": signed(header, spaced, key),
        "times with an offset": signed(header, dict(payload, validFrom=payload["validFrom"].replace("Z", "+00:00")), key),
        "with a newline at the end of the file": token + "\n",
    }
    # The log holds the token as it was signed: by the genuine key, in other words, it is an issue that nobody logged.
    for name, spelled in cases.items():
        if spelled.strip() == token:
            report.accepts(client, name, lambda: own.genuine(spelled))
        else:
            report.refuses(client, name, lambda: own.says("not_genuine", spelled), "not_in_log")
    enveloped = {"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"}
    report.accepts(client, "EnvelopedVerifiableCredential", lambda: own.genuine(json.dumps(enveloped)))
    presentation = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"], "verifiableCredential": [enveloped]}
    report.accepts(client, "inside a presentation", lambda: own.genuine(json.dumps(presentation)))
    cut = dict(enveloped, id=enveloped["id"][:-4])
    report.refuses(client, "EnvelopedVerifiableCredential, cut", lambda: own.says("not_genuine", json.dumps(cut)), "signature_invalid|malformed")


def forgeries(report, client, own, tokens, envelopes, forger):
    base, key = tokens["desert-rose"], forger.signer_key
    words = "signature_invalid|algorithm_refused|malformed|key_unknown"
    for kind, token, other in (("token", base, tokens["zellige"]), ("envelope", envelopes["desert-rose"], envelopes["zellige"])):
        for name, forged in broken_tokens(token, other, key):
            report.refuses(client, f"{kind}: {name}", lambda: own.says("not_genuine", forged), words)
    # The other signature that everyone can make of a good one (n - s): it holds, and is not what was logged.
    head, body, mac = base.split(".")
    signature = unpad(mac)
    twin = signature[:32] + (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    report.refuses(client, "token: the signature's twin", lambda: own.says("not_genuine", f"{head}.{body}.{pad(twin)}"), "not_in_log")
    for name, forged in critical_tokens(base, key):
        report.refuses(client, name, lambda: own.says("not_genuine", forged), "malformed|algorithm_refused")
    # Well signed by the genuine signer, and still nothing it may say.
    header, payload = (json.loads(unpad(part)) for part in base.split(".")[:2])
    subject = payload["credentialSubject"]
    organization = subject["memberOrganization"]

    def about(**changes):
        return dict(payload, credentialSubject=dict(subject, memberOrganization=dict(organization, **changes)))

    cases = {
        "another issuer": (header, dict(payload, issuer=dict(payload["issuer"], id="did:web:ajman-chamber.example"), iss="did:web:ajman-chamber.example"), "issuer_mismatch|key_unknown"),
        "iss and issuer differ": (header, dict(payload, iss="did:web:ajman-chamber.example"), "malformed|issuer_mismatch"),
        "sub and subject differ": (header, dict(payload, sub="https://evil.example/"), "malformed"),
        "a register of another emirate": (header, about(organizationIdentifier="NTRAE+AJ-1300201"), "issuer_not_authorised|malformed"),
        "a tier of another programme": (header, about(membershipTier="trusted"), "issuer_not_authorised|malformed"),
        "a status list of another chamber": (header, dict(payload, credentialStatus=[dict(entry, statusListCredential=entry["statusListCredential"].replace("/dubai/", "/ajman/"),
                                                          id=entry["id"].replace("/dubai/", "/ajman/")) for entry in payload["credentialStatus"]]), "issuer_not_authorised|malformed"),
        "a claim that nobody reads": (header, about(rating=5), "malformed"),
        "another context": (header, dict(payload, **{"@context": payload["@context"][:2] + ["https://evil.example/ns/membership/v1"]}), "malformed"),
        "vc claim": (header, dict(payload, vc={}), "malformed"),
        "issuanceDate of version 1.1": (header, dict(payload, issuanceDate=payload["validFrom"]), "malformed"),
        "no typ": ({name: value for name, value in header.items() if name != "typ"}, payload, "malformed"),
        "typ of another kind": (dict(header, typ="chamber-trust-list+jwt"), payload, "malformed"),
        "no kid": ({name: value for name, value in header.items() if name != "kid"}, payload, "malformed|key_unknown"),
        "kid of another chamber": (dict(header, kid=header["kid"].replace("dubai", "ajman")), payload, "key_unknown|issuer_mismatch|malformed|chain_invalid"),
        "x5c of base64url": (dict(header, x5c=[pad(base64.b64decode(item)) for item in header["x5c"]]), payload, "chain_invalid|malformed"),
        "x5c turned round": (dict(header, x5c=header["x5c"][::-1]), payload, "chain_invalid|malformed|key"),
        "x5c without the CA": (dict(header, x5c=header["x5c"][:1]), payload, "chain_invalid|malformed"),
        "status index as a number": (header, dict(payload, credentialStatus=[dict(entry, statusListIndex=int(entry["statusListIndex"])) for entry in payload["credentialStatus"]]), "malformed"),
    }
    for name, (head, body, words) in cases.items():
        report.refuses(client, name, lambda: own.says("not_genuine", signed(head, body, forger.signer_key)), words)
    raw = unpad(base.split(".")[1])
    for name, body in (("duplicate member", raw.replace(b'"iat":', b'"iat":1,"iat":', 1)), ("byte order mark", b"\xef\xbb\xbf" + raw), ("payload is an array", b"[" + raw + b"]"),
                       ("number beyond 2^53", raw.replace(b'"iat":', b'"extra":9007199254740993,"iat":', 1)), ("bad UTF-8", raw.replace(b"LLC", b"\xff\xfeC", 1)),
                       ("lone surrogate", raw.replace(b"LLC", b"\\ud800", 1)), ("100,000 brackets", b'{"a":' + b"[" * 100_000)):
        report.refuses(client, name, lambda: own.says("not_genuine", signed(header, body, forger.signer_key)), "malformed")
    for name, token in (("padding", base.split(".")[0] + "=." + base.split(".", 1)[1]), ("four parts", base + ".e30"), ("two parts", base.rsplit(".", 1)[0])):
        try:
            own.answer(token)
        except RuntimeError as refusal:                    # unreadable input is no verdict: exit 2
            report.refuses(client, name, lambda: refuse(str(refusal)), "exit 2")
        else:
            report.refuses(client, name, lambda: own.says("not_genuine", token), "malformed")


def refuse(words):
    raise Refused(words)


def strangers(report, client, own, tokens, forger):
    """Tokens that other libraries make, in due form, with keys that no chamber has published."""
    header, raw = json.loads(unpad(tokens["desert-rose"].split(".")[0])), unpad(tokens["desert-rose"].split(".")[1])
    payload = json.loads(raw)
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ec_jwk(key.public_key())
    jwk["d"] = pad(key.private_numbers().private_value.to_bytes(32, "big"))
    own_kid = f"did:web:dubai-chamber.example#{thumbprint(jwk)}"
    plain = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc"}

    def jwcrypto_made(head):
        token = jwcrypto.jws.JWS(raw)
        token.add_signature(jwcrypto.jwk.JWK(**jwk), protected=json.dumps(head))
        return token.serialize(compact=True)

    def pyjwt_made(head):
        return jwt.PyJWS().encode(raw, key, algorithm="ES256", headers=head)

    def joserfc_made(head):
        registry = joserfc.jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        registry.max_header_length = 8192
        return joserfc.jws.serialize_compact(head, raw, joserfc.jwk.import_key(jwk), registry=registry)

    for library, make in (("jwcrypto", jwcrypto_made), ("PyJWT", pyjwt_made), ("joserfc", joserfc_made)):
        for name, head in (("its own kid", dict(plain, kid=own_kid)), ("our kid", dict(plain, kid=header["kid"])), ("our kid and x5c", header),
                           ("its own kid, our x5c", dict(header, kid=own_kid)), ("its key as jwk", dict(plain, kid=own_kid, jwk={k: v for k, v in jwk.items() if k != "d"}))):
            report.refuses(client, f"made by {library}, {name}", lambda: own.says("not_genuine", make(head)), "key_unknown|signature_invalid|chain_invalid|malformed")
    public = {k: v for k, v in jwk.items() if k != "d"}
    did_jwk = "did:jwk:" + pad(dump(public))
    foreign = dict(payload, iss=did_jwk, issuer=dict(payload["issuer"], id=did_jwk))
    report.refuses(client, "a did:jwk issuer", lambda: own.says("not_genuine", signed(dict(plain, kid=did_jwk + "#0"), foreign, key)), "issuer_unknown|key_unknown|malformed")
    edwards = ed25519.Ed25519PrivateKey.generate()
    report.refuses(client, "EdDSA by a stranger", lambda: own.says("not_genuine", signed(dict(plain, alg="EdDSA", kid=own_kid), raw, edwards)), "key_unknown|algorithm_refused|signature_invalid")
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for algorithm in ("RS256", "PS256", "RS512"):
        token = jwt.PyJWS().encode(raw, rsa_key, algorithm=algorithm, headers=dict(plain, alg=algorithm, kid=own_kid))
        report.refuses(client, f"{algorithm} by a stranger", lambda: own.says("not_genuine", token), "key_unknown|algorithm_refused|signature_invalid")
    # Embedded proofs by openvc: sound in themselves, by keys that nobody has listed.
    document = {name: value for name, value in payload.items() if name not in ("iss", "sub", "iat", "exp")}
    multikey = "z" + base58(b"\xed\x01" + edwards.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))
    for name, suite, signing_key, method in (
            ("eddsa-jcs-2022", EddsaJcsProofSuite(), Ed25519SigningKey(edwards, kid="k"), f"did:key:{multikey}#{multikey}"),
            ("ecdsa-jcs-2019", EcdsaJcsProofSuite(), P256SigningKey(key, kid="k"), own_kid)):
        for which, verification_method in (("its own method", method), ("our method", header["kid"])):
            secured = suite.add_proof(document, signing_key=signing_key, verification_method=verification_method)
            report.refuses(client, f"{name} by openvc, {which}", lambda: own.says("not_genuine", json.dumps(secured, ensure_ascii=False)), "key_unknown|signature_invalid|malformed|issuer_unknown|algorithm_refused")


def exports(report, client, own, federation):
    """The RS256 envelope and the document with an embedded proof: openvc reads what we write, we read what openvc makes with our key."""
    def export(name, *more):
        return federation.run("badge", federation.ids[name], *more).stdout

    rsa_tokens = {name: export(name, "--format", "openbadge-jwt", "--algorithm", "RS256").decode().strip() for name in ("desert-rose", "zellige", "falcon")}
    base = rsa_tokens["desert-rose"]
    report.accepts(client, "RS256 envelope", lambda: own.genuine(base))
    report.refuses(client, "RS256 envelope, revoked", lambda: own.says("not_in_force", rsa_tokens["falcon"]), "revoked|suspended")
    for form in ("openbadge-svg", "openbadge-png"):
        report.accepts(client, f"baked {form}, RS256", lambda: own.genuine(export("desert-rose", "--format", form, "--algorithm", "RS256")))
    rsa_key = load_key(federation.home / "keys/dubai-open-badge-1.key.pem")
    words = "signature_invalid|algorithm_refused|malformed|key_unknown"
    for name, forged in broken_rsa_tokens(base, rsa_tokens["zellige"], rsa_key):
        report.refuses(client, f"RS256 envelope: {name}", lambda: own.says("not_genuine", forged), words)
    head, body = (json.loads(unpad(part)) for part in base.split(".")[:2])
    report.refuses(client, "PS256 with the RS256 key", lambda: own.says("not_genuine", signed(dict(head, alg="PS256"), body, rsa_key)), "algorithm_refused")
    report.refuses(client, "RS256 envelope: kid of a signer", lambda: own.says("not_genuine", signed(dict(head, kid=json.loads(unpad(federation.token("desert-rose").split(".")[0]))["kid"]), body, rsa_key)), words)

    suite, did = EddsaJcsProofSuite(), federation.did
    documents = {name: json.loads(export(name, "--format", "eddsa-jcs-2022")) for name in ("desert-rose", "zellige", "falcon", "blue-dhow")}
    methods = {method["id"]: method for method in did("dubai-chamber.example")["verificationMethod"]}

    def jwk_of(document):
        multikey = methods[document["proof"]["verificationMethod"]]["publicKeyMultibase"]
        raw = unbase58(multikey[1:])
        if raw[:2] != b"\xed\x01" or len(raw) != 34:
            raise RuntimeError("not an Ed25519 Multikey")
        return {"kty": "OKP", "crv": "Ed25519", "x": pad(raw[2:])}

    def by_openvc(document):
        try:
            return suite.verify(document, public_key_jwk=jwk_of(documents["desert-rose"]))
        except OpenvcError as refusal:
            raise Refused(str(refusal)) from None

    text = lambda document: json.dumps(document, ensure_ascii=False)
    for name, document in documents.items():
        report.accepts("openvc eddsa-jcs-2022", f"document of {name}", lambda: by_openvc(document))
        if federation.state[name] == "active":
            report.accepts(client, f"eddsa-jcs-2022 document of {name}", lambda: own.genuine(text(document)))
        else:
            report.refuses(client, f"eddsa-jcs-2022 document of {name}, {federation.state[name]}", lambda: own.says("not_in_force", text(document)), "revoked|suspended")
    document, other = documents["desert-rose"], documents["zellige"]
    proof = document["proof"]
    if not proof["verificationMethod"] in did("dubai-chamber.example")["assertionMethod"] or proof["cryptosuite"] != "eddsa-jcs-2022":
        report.problem(client, "eddsa-jcs-2022 document", "its method is not for assertions")
    signature = unbase58(proof["proofValue"][1:])
    flipped = lambda place: "z" + base58(signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1:])
    changes = {
        "a changed name": dict(document, name="Somebody else"), "a longer validity": dict(document, validUntil="2099-12-31T23:59:59Z"),
        "one more member": dict(document, extra=1), "another document's proof": dict(document, proof=other["proof"]),
        "a changed creation": dict(document, proof=dict(proof, created="2026-01-01T00:00:00Z")),
        "another purpose": dict(document, proof=dict(proof, proofPurpose="authentication")),
        "another suite's name": dict(document, proof=dict(proof, cryptosuite="ecdsa-jcs-2019")),
        "a bit of R flipped": dict(document, proof=dict(proof, proofValue=flipped(0))), "a bit of S flipped": dict(document, proof=dict(proof, proofValue=flipped(40))),
        "another multibase": dict(document, proof=dict(proof, proofValue="u" + pad(signature))),
        "no status": {name: value for name, value in document.items() if name != "credentialStatus"},
    }
    for name, changed in changes.items():
        report.refuses("openvc eddsa-jcs-2022", name, lambda: by_openvc(changed))
        report.refuses(client, f"eddsa-jcs-2022: {name}", lambda: own.says("not_genuine", text(changed)), "signature_invalid|malformed|algorithm_refused|key_unknown")
    signer = next(method for method in methods if methods[method].get("publicKeyJwk", {}).get("crv") == "P-256")
    report.refuses(client, "eddsa-jcs-2022: the signer's method", lambda: own.says("not_genuine", text(dict(document, proof=dict(proof, verificationMethod=signer)))), "algorithm_refused|signature_invalid|malformed")
    twice = text(document).replace('"name":', '"name":"x","name":', 1)
    report.refuses(client, "eddsa-jcs-2022: a member twice", lambda: own.says("not_genuine", twice), "malformed")
    # With the chamber's own key, as another implementation of the chamber would write it.
    edwards = load_key(federation.home / "keys/dubai-data-integrity-1.key.pem")
    plain = {name: value for name, value in document.items() if name != "proof"}

    def written(unsecured):
        made = suite.add_proof(unsecured, signing_key=Ed25519SigningKey(edwards, kid="k"), verification_method=proof["verificationMethod"])
        # openvc signs the context with the proof and leaves it out of what it writes; DI-EdDSA 3.3.1 wants it there.
        return made, dict(made, proof=dict(made["proof"], **{"@context": made["@context"]}))

    bare, whole = written(plain)
    report.refuses(client, "eddsa-jcs-2022 by openvc with the chamber's key, no context in the proof", lambda: own.says("not_genuine", text(bare)), "signature_invalid")
    report.accepts(client, "eddsa-jcs-2022 by openvc with the chamber's key", lambda: own.genuine(text(whole)))
    spaced = json.dumps(dict(reversed(document.items())), ensure_ascii=True, indent=1)
    report.accepts(client, "eddsa-jcs-2022 with spaces, escapes, another order", lambda: own.genuine(spaced))
    _, wrong = written(dict(plain, issuer=dict(plain["issuer"], id="did:web:ajman-chamber.example")))
    report.refuses(client, "eddsa-jcs-2022: another issuer, by the chamber's key", lambda: own.says("not_genuine", text(wrong)), "issuer_mismatch|malformed")


def unbase58(text):
    alphabet, number = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0
    for letter in text:
        number = number * 58 + alphabet.index(letter)
    return bytes(len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58(raw):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def chains(report, client, own, federation, token, forger):
    """Signed by the genuine, listed key; only the chain in x5c is wrong."""
    from clients.chains import Other
    other = Other(federation, "ajman", "Ajman Chamber (sample)", "ajman-chamber.example")
    header, raw = json.loads(unpad(token.split(".")[0])), unpad(token.split(".")[1])
    encode = lambda certificate: base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    for case in chain_cases(federation, forger, other):
        if case.says is None or not case.resigns:
            continue
        forged = signed(dict(header, x5c=[encode(certificate) for certificate in case.chain]), raw, forger.signer_key)
        report.refuses(client, f"chain: {case.name}", lambda: own.says("not_genuine", forged), "chain_invalid|key_not_for_purpose|malformed|signer_revoked|key_outside_validity")
    # A perfect certificate of a stolen CA: every path validation takes it, the trust list does not list its key.
    thief = ec.generate_private_key(ec.SECP256R1())
    stolen = forger.certificate(public=thief.public_key())
    for name, kid in (("the thief's kid", f"did:web:dubai-chamber.example#{thumbprint(ec_jwk(thief.public_key()))}"), ("our kid", header["kid"])):
        forged = signed(dict(header, kid=kid, x5c=[encode(stolen), encode(forger.ca)]), raw, thief)
        report.refuses(client, f"chain: a stolen CA's new signer, {name}", lambda: own.says("not_genuine", forged), "key_unknown|signature_invalid|chain_invalid")


def folders(report, client, own, federation, tokens):
    """Copies of public/ that were damaged on the way. What is taken away gives no good answer."""
    token = tokens["desert-rose"]
    slug = "dubai"

    def copy(name, act):
        folder = federation.fresh_copy(f"public-{name}")
        act(folder)
        return folder

    def put(path, read):
        def act(folder):
            (folder / path).write_bytes(read(folder))
        return act

    def flipped(path, place):
        def read(folder):
            raw = bytearray((folder / path).read_bytes())
            raw[place] ^= 1
            return bytes(raw)
        return put(path, read)

    revocation, suspension = f"status/{slug}/revocation/1", f"status/{slug}/suspension/1"
    anchor = federation.home / "anchors/root.pem"
    cases = [
        ("no revocation list", "cannot_tell", "status", lambda folder: (folder / revocation).unlink()),
        ("no suspension list", "cannot_tell", "status", lambda folder: (folder / suspension).unlink()),
        ("revocation list of another chamber", "cannot_tell", "status", put(revocation, lambda folder: (folder / "status/ajman/revocation/1").read_bytes())),
        ("suspension list in its place", "cannot_tell", "status", put(revocation, lambda folder: (folder / suspension).read_bytes())),
        ("revocation list with a bit flipped", "cannot_tell", "status", flipped(revocation, -5)),
        ("no CRL of the chamber", "cannot_tell", "trust_data", lambda folder: (folder / f"crl/{slug}.crl").unlink()),
        ("no CRL of the root", "cannot_tell", "trust_data", lambda folder: (folder / "crl/root.crl").unlink()),
        ("CRL with a bit flipped", "cannot_tell", "trust_data", flipped(f"crl/{slug}.crl", -5)),
    ]
    for number, (name, verdict, words, act) in enumerate(cases):
        folder = copy(str(number), act)
        report.refuses(client, name, lambda: own.says(verdict, token, "--anchor", anchor, public=folder), words)
    for number, (name, act) in enumerate([
            ("no trust list", lambda folder: (folder / ".well-known/chamber-trust-list.jwt").unlink()),
            ("trust list with a bit flipped", flipped(".well-known/chamber-trust-list.jwt", -5))]):
        folder = copy(f"t{number}", act)
        report.refuses(client, name, lambda: unusable(own, token, folder, anchor), "exit 2|cannot_tell|trust")
    ended = federation.payload(token)["validUntil"].replace("2027-", "2028-")
    report.refuses(client, "a year later", lambda: own.says("not_in_force", token, "--at", ended), "expired")


def unusable(own, token, folder, anchor):
    try:
        verdict, codes, _ = own.answer(token, "--anchor", anchor, public=folder)
    except RuntimeError as refusal:
        raise Refused(str(refusal)) from None
    if verdict not in GENUINE:
        raise Refused(f"{verdict} {' '.join(codes)}")
